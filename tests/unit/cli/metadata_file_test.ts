import assert from "node:assert/strict";
import { join } from "node:path";
import { KrustError } from "../../../src/core/error.ts";
import { describeBuild, writeMetadataFile } from "../../../src/cli/metadata_file.ts";
import { syntheticIndex } from "../../support/images.ts";
import { withTemporaryFolder } from "../../support/temporary_folder.ts";

Deno.test("describeBuild() tells of each platform, the base and the tags", async () => {
  const root = await syntheticIndex(["linux/amd64", "linux/arm/v7"]);
  const base = { name: "x.test/base:v1", digest: root.descriptor.digest };
  const repository = { registry: "x.test", name: "team/hello" };
  const target = { repository, name: "hello", tags: ["v1", "v2"] };
  const [amd64, arm] = root.manifests;
  assert.deepEqual(describeBuild({ root, base, references: [] }, target, true), {
    "image.name": "x.test/team/hello",
    "containerimage.digest": root.descriptor.digest,
    tags: ["v1", "v2"],
    platforms: [
      { platform: "linux/amd64", digest: amd64?.descriptor.digest, size: amd64?.descriptor.size },
      { platform: "linux/arm/v7", digest: arm?.descriptor.digest, size: arm?.descriptor.size },
    ],
    base,
    pushed: true,
  });
});

Deno.test("writeMetadataFile() writes relative to the working directory, over what is there", async () => {
  await withTemporaryFolder(async (cwd) => {
    await writeMetadataFile({ cwd }, "meta.json", { old: 1 });
    await writeMetadataFile({ cwd }, "meta.json", { a: 1 });
    assert.equal(await Deno.readTextFile(join(cwd, "meta.json")), '{\n  "a": 1\n}\n');
    assert.deepEqual([...Deno.readDirSync(cwd)].map(({ name }) => name), ["meta.json"]);
  });
});

Deno.test("writeMetadataFile() says what could not be written, and the help it was given", async () => {
  await withTemporaryFolder(async (cwd) => {
    await assert.rejects(
      writeMetadataFile({ cwd }, "no/meta.json", {}, ["it is x"]),
      (error) =>
        error instanceof KrustError && error.code === "output-failed" &&
        error.message.includes(join(cwd, "no/meta.json")) && error.help[0] === "it is x",
    );
  });
});
