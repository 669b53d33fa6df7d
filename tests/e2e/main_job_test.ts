// The main job with real parts: real cargo, a real registry server, a real docker engine.
import assert from "node:assert/strict";
import { fetchTransport } from "../../src/core/http.ts";
import { type Image, makeIndex } from "../../src/image/image.ts";
import { withContainer } from "../../src/image/mutate.ts";
import { parsePlatform } from "../../src/oci/platform.ts";
import { HttpRegistry } from "../../src/registry/client.ts";
import { builtinSource } from "../../src/sources/builtin.ts";
import { ContentStore } from "../../src/store/content_store.ts";
import { dockerEngineAvailable, startDockerEngine } from "../support/docker_engine.ts";
import { publish } from "../support/images.ts";
import { runKrust } from "../support/krust_process.ts";
import { run } from "../support/program.ts";
import { realRegistryAvailable, startRealRegistry } from "../support/registry_server.ts";
import { firstLacking, lackingProgram, requiring } from "../support/require.ts";
import { withTemporaryFolder } from "../support/temporary_folder.ts";

const REFERENCE = /^127\.0\.0\.1:\d+\/[a-z0-9/-]+@sha256:[0-9a-f]{64}\n$/;
const HELLO = "Hello from krust example!\nThis is running inside a container built with krust.\n";
const EXAMPLE = "example/hello-krust";

const lackingRegistry = firstLacking(lackingProgram("cargo"), realRegistryAvailable());
const lackingEngine = firstLacking(lackingRegistry, await dockerEngineAvailable());

/** Builds the example with an empty cache of its own; stdout must be one reference, and is given. */
function build(host: string, ...args: readonly string[]): Promise<string> {
  return withTemporaryFolder(async (cache) => {
    const { status, stdout, stderr } = await runKrust(
      ["build", "--libc", "auto", ...args, EXAMPLE],
      { env: { KRUST_REPO: `${host}/x`, KRUST_CACHE_DIR: cache } },
    );
    assert.equal(status, 0, stderr);
    assert.match(stdout, REFERENCE);
    return stdout.trimEnd();
  });
}

/** A base for two platforms with a configuration of its own, pushed as an index. */
function publishBase(host: string): Promise<void> {
  return withTemporaryFolder(async (folder) => {
    const store = new ContentStore(folder, { now: () => new Date() });
    const base = await builtinSource({ store, certificates: [] }).open();
    const images: Image[] = [];
    for (const platform of ["linux/amd64", "linux/arm64"]) {
      const image = await base.image(parsePlatform(platform));
      images.push(withContainer(image, (config) => ({
        ...config,
        User: "4711:4711",
        Env: [...config.Env ?? [], "FROM_BASE=yes"],
        Cmd: ["/nothing/to/see"],
        Labels: { "from.base": "yes" },
      })));
    }
    const registry = new HttpRegistry(host, { transport: fetchTransport() });
    await publish(registry, "bases/static", makeIndex(images), "nonroot");
  });
}

await requiring(
  lackingEngine,
  "`docker run $(krust build)` prints what the program prints, on every kind of base",
  async (t) => {
    await using registry = await startRealRegistry();
    await using engine = await startDockerEngine();
    const { host } = registry;
    const docker = (...args: readonly string[]): Promise<string> =>
      run("docker", args, { env: { DOCKER_HOST: engine.dockerHost } });
    const runs = async (reference: string): Promise<void> => {
      assert.equal(await docker("run", "--rm", "--network=none", reference), HELLO);
    };
    const inspect = async (reference: string): Promise<Record<string, unknown>> =>
      JSON.parse(await docker("image", "inspect", reference))[0].Config;

    await t.step("builtin", async () => await runs(await build(host, "--base", "builtin")));
    await t.step("scratch", async () => await runs(await build(host, "--base", "scratch")));
    await t.step("an image of a registry", async () => {
      const base = await build(host, "--base", "builtin", "--image", `${host}/bases/one:1`);
      const reference = await build(host, "--base", base);
      await runs(reference);
      assert.equal((await inspect(reference)).User, "65532:65532");
    });
    await t.step("an index of a registry, whose configuration is kept", async () => {
      await publishBase(host);
      const reference = await build(host, "--base", `${host}/bases/static:nonroot`);
      await runs(reference);
      const config = await inspect(reference);
      assert.equal(config.User, "4711:4711");
      assert.deepEqual(config.Entrypoint, ["/app/hello-krust"]);
      assert.equal(config.Cmd, null);
      assert.equal((config.Env as string[]).includes("FROM_BASE=yes"), true);
      assert.equal((config.Labels as Record<string, string>)["from.base"], "yes");
    });
    await t.step("`--local` needs no registry", async () => {
      const { status, stdout, stderr } = await runKrust(
        ["build", "--libc", "auto", "--base", "builtin", "--local", EXAMPLE],
        { env: { DOCKER_HOST: engine.dockerHost }, permissions: "tools" },
      );
      assert.equal(status, 0, stderr);
      assert.match(stdout, /^krust\.local\/hello-krust:[0-9a-f]{64}\n$/);
      await runs(stdout.trimEnd());
      await runs("krust.local/hello-krust:latest");
    });
    await t.step(
      "`--tarball` is what `docker load` takes",
      () =>
        withTemporaryFolder(async (folder) => {
          const { status, stdout, stderr } = await runKrust([
            ...["build", "--libc", "auto", "--base", "builtin", "--no-push"],
            ...["--tarball", `${folder}/image.tar`, EXAMPLE],
          ]);
          assert.equal(status, 0, stderr);
          assert.equal(stdout, "");
          await docker("load", "--input", `${folder}/image.tar`);
          await runs("krust.local/hello-krust:latest");
        }),
    );
  },
);

await requiring(
  firstLacking(lackingRegistry, lackingProgram("crane", "skopeo", "regctl", "umoci")),
  "other people's tools find nothing wrong with the image",
  () =>
    withTemporaryFolder(async (folder) => {
      await using registry = await startRealRegistry();
      const layout = `${folder}/layout`;
      const reference = await build(registry.host, "--base", "builtin", "--oci-layout", layout);
      await run("crane", ["validate", "--remote", reference]);
      const seen = JSON.parse(
        await run("skopeo", ["inspect", "--tls-verify=false", `docker://${reference}`]),
      );
      assert.equal(seen.Os, "linux");
      assert.equal(seen.Labels["org.opencontainers.image.title"], "hello-krust");
      const env = { REGCTL_CONFIG: `${folder}/regctl.json` };
      await run("regctl", ["registry", "set", registry.host, "--tls", "disabled"], { env });
      await run("regctl", ["image", "copy", reference, `ocidir://${folder}/copied:it`], { env });
      await run("umoci", ["unpack", "--rootless", "--image", `${folder}/copied:it`, `${folder}/b`]);
      assert.equal((await Deno.stat(`${folder}/b/rootfs/app/hello-krust`)).mode, 0o100755);
      await run("skopeo", ["copy", `oci:${layout}:latest`, `oci:${folder}/again:it`]);
    }),
);
