import assert from "node:assert/strict";
import { byTag, published } from "../../../src/cli/references.ts";
import { syntheticImage, syntheticIndex } from "../../support/images.ts";

const REPOSITORY = { registry: "x.test", name: "team/hello" };
const TARGET = { repository: REPOSITORY, name: "hello", tags: ["v1"] };
const PUSHED = { target: TARGET, pushed: true, toEngine: false };
const LOCAL = { target: TARGET, pushed: false, toEngine: true };

Deno.test("byTag() gives the reference by its tag, where there is one at all", () => {
  assert.deepEqual(byTag(["x.test/team/hello@sha256:0"], PUSHED), ["x.test/team/hello:v1"]);
  assert.deepEqual(byTag(["krust.local/hello:0"], LOCAL), ["krust.local/hello:v1"]);
  assert.deepEqual(byTag([], PUSHED), []);
});

Deno.test("published() gives the index first, then each platform's manifest, none twice", async () => {
  const index = await syntheticIndex(["linux/amd64", "linux/arm64"]);
  const at = (digest: string): string => `x.test/team/hello@${digest}`;
  const digests = [index, ...index.manifests].map(({ descriptor }) => at(descriptor.digest));
  assert.deepEqual(published(index, ["as printed"], PUSHED), digests);
  const image = await syntheticImage();
  assert.deepEqual(published(image, ["as printed"], PUSHED), [at(image.descriptor.digest)]);
});

Deno.test("published() gives what the engine has, and nothing where nothing was published", async () => {
  const index = await syntheticIndex(["linux/amd64"]);
  assert.deepEqual(published(index, ["krust.local/hello:0"], LOCAL), ["krust.local/hello:0"]);
  assert.deepEqual(published(index, [], { ...PUSHED, pushed: false }), []);
});
