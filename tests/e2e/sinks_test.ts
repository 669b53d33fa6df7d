// What the sinks write, read by programs that are not ours: skopeo, umoci and a docker engine.
import assert from "node:assert/strict";
import { join } from "node:path";
import { sha256 } from "../../src/core/digest.ts";
import { type Host, realHost } from "../../src/core/host.ts";
import type { Image } from "../../src/image/image.ts";
import { SILENT } from "../../src/report/reporter.ts";
import { archiveSink } from "../../src/sinks/archive.ts";
import { engineSink } from "../../src/sinks/engine.ts";
import { ociLayoutSink } from "../../src/sinks/oci_layout.ts";
import type { Target } from "../../src/sinks/sink.ts";
import { dockerEngineAvailable, startDockerEngine } from "../support/docker_engine.ts";
import { noise, syntheticImage, syntheticIndex } from "../support/images.ts";
import { lackingProgram, requiring } from "../support/require.ts";
import { withTemporaryFolder } from "../support/temporary_folder.ts";

const TARGET: Target = {
  name: "hello",
  repository: { registry: "registry.test", name: "me/hello" },
  tags: ["latest", "v1"],
};

/** What a program writes to its standard output; it must exit with 0. */
async function run(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  const { status, stdout, stderr } = await realHost().run({ program, args, env });
  assert.equal(status, 0, `${program} ${args.join(" ")}: ${stderr}`);
  return stdout;
}

function layersOf(image: Image): readonly string[] {
  return image.layers.map((layer) => layer.descriptor.digest);
}

/** Arguments with which skopeo copies without a signature policy, and without a word. */
const COPY = ["--insecure-policy", "copy", "--quiet"];

const skopeo = lackingProgram("skopeo");

await requiring(
  skopeo,
  "skopeo reads what `ociLayoutSink()` writes",
  () =>
    withTemporaryFolder(async (folder) => {
      const layout = join(folder, "layout");
      const first = await syntheticImage({ seed: 1 });
      const second = await syntheticIndex(["linux/amd64", "linux/arm64"], { seed: 2 });
      const sink = ociLayoutSink(layout);
      await sink.write(first, { ...TARGET, tags: ["one"] }, { report: SILENT });
      await sink.write(second, { ...TARGET, tags: ["two"] }, { report: SILENT });
      const one = JSON.parse(await run("skopeo", ["inspect", `oci:${layout}:one`]));
      assert.equal(one.Digest, first.descriptor.digest);
      assert.deepEqual(one.Layers, layersOf(first));
      const raw = await run("skopeo", ["inspect", "--raw", `oci:${layout}:two`]);
      assert.equal(sha256(new TextEncoder().encode(raw)), second.descriptor.digest);
      await run("skopeo", [...COPY, "--all", `oci:${layout}:two`, `dir:${join(folder, "copy")}`]);
    }),
);

await requiring(
  skopeo,
  "skopeo copies what `archiveSink()` writes, as OCI's and as docker's",
  () =>
    withTemporaryFolder(async (folder) => {
      const path = join(folder, "hello.tar");
      const index = await syntheticIndex(["linux/amd64", "linux/arm64"]);
      await archiveSink({ path }).write(index, TARGET, { report: SILENT });
      const layout = join(folder, "layout");
      await run("skopeo", [...COPY, "--all", `oci-archive:${path}:v1`, `oci:${layout}:v1`]);
      const raw = await run("skopeo", ["inspect", "--raw", `oci:${layout}:v1`]);
      assert.equal(sha256(new TextEncoder().encode(raw)), index.descriptor.digest);
      const docker = join(folder, "docker");
      await run("skopeo", [...COPY, `docker-archive:${path}`, `dir:${docker}`]);
      const manifest = JSON.parse(await Deno.readTextFile(join(docker, "manifest.json")));
      const [amd64] = index.manifests;
      assert.equal(manifest.config.digest, amd64?.configBlob.descriptor.digest);
    }),
);

await requiring(
  lackingProgram("umoci"),
  "umoci unpacks what `ociLayoutSink()` writes",
  () =>
    withTemporaryFolder(async (folder) => {
      const layout = join(folder, "layout");
      const bundle = join(folder, "bundle");
      await ociLayoutSink(layout).write(await syntheticImage({ seed: 3 }), TARGET, {
        report: SILENT,
      });
      await run("umoci", ["unpack", "--rootless", "--image", `${layout}:v1`, bundle]);
      for (const seed of [3_000, 3_001]) {
        assert.deepEqual(
          await Deno.readFile(join(bundle, `rootfs/noise-${seed}`)),
          noise(seed, 2048),
        );
      }
    }),
);

await requiring(dockerEngineAvailable(), "docker loads what the sinks write", async (t) => {
  await using engine = await startDockerEngine();
  const env = { DOCKER_HOST: engine.dockerHost };
  const docker = (...args: readonly string[]): Promise<string> => run("docker", args, env);
  const real = realHost();
  const host: Pick<Host, "run"> = {
    run: (command, options) => real.run({ ...command, env: { ...command.env, ...env } }, options),
  };
  const architecture = (await docker("version", "--format", "{{.Server.Arch}}")).trim();
  // Names of this run alone: the engine may be one that others use too.
  const name = `krust-test-${crypto.randomUUID()}`;
  const loaded: string[] = [];
  try {
    await t.step("`archiveSink()`", () =>
      withTemporaryFolder(async (folder) => {
        const path = join(folder, "hello.tar");
        const image = await syntheticImage({ seed: 4, platform: `linux/${architecture}` });
        const target = { ...TARGET, repository: { registry: "registry.test", name } };
        await archiveSink({ path }).write(image, target, { report: SILENT });
        const tags = target.tags.map((tag) => `registry.test/${name}:${tag}`);
        await docker("load", "--quiet", "--input", path);
        loaded.push(...tags);
        const [shown] = JSON.parse(await docker("image", "inspect", tags[0] ?? ""));
        assert.deepEqual(shown.RepoTags.toSorted(), tags.toSorted());
        assert.deepEqual(shown.RootFS.Layers, image.layers.map((layer) => layer.diffID));
        assert.deepEqual(shown.Config.Env, ["PATH=/bin"]);
      }));
    await t.step("`engineSink()`", async () => {
      const others = ["linux/s390x", `linux/${architecture}`];
      const index = await syntheticIndex(others, { seed: 5 });
      const sink = engineSink({ host });
      const references = await sink.write(index, { name, tags: ["latest"] }, { report: SILENT });
      const tags = [
        `krust.local/${name}:${index.descriptor.digest.slice("sha256:".length)}`,
        `krust.local/${name}:latest`,
      ];
      loaded.push(...tags);
      assert.deepEqual(references, tags.slice(0, 1));
      const [shown] = JSON.parse(await docker("image", "inspect", tags[0] ?? ""));
      assert.deepEqual(shown.RepoTags.toSorted(), tags.toSorted());
      assert.equal(shown.Architecture, architecture);
      assert.deepEqual(
        shown.RootFS.Layers,
        index.manifests[1]?.layers.map((layer) => layer.diffID),
      );
    });
  } finally {
    if (loaded.length > 0) await docker("image", "rm", ...loaded);
  }
});
