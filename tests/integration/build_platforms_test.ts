// Several platforms: one index, whose images and annotations are what each platform's base says.
import assert from "node:assert/strict";
import { join } from "node:path";
import { encodeJson } from "../../src/core/json.ts";
import { imagePlatform, imagesOf } from "../../src/image/image.ts";
import { MEDIA_TYPE } from "../../src/oci/media_type.ts";
import { formatPlatform } from "../../src/oci/platform.ts";
import type { MemoryRegistry } from "../../src/registry/memory.ts";
import { documentOf, publish, syntheticImage, syntheticIndex } from "../support/images.ts";
import { HELLO, onMachine } from "./machine.ts";
import { pullValid } from "./pulled.ts";

const ENV = { KRUST_REPO: "registry.test/team" };

Deno.test("several platforms are an index with the facts on it and on each image", async () => {
  await onMachine(HELLO, async ({ registry, krust }) => {
    const memory = registry("registry.test");
    const base = await syntheticIndex(["linux/amd64", "linux/arm64"]);
    await publish(memory, "base", base, "v1");
    const { status, stdout, stderr, host } = await krust([
      ...["build", "--base", "registry.test/base:v1", "--annotation", "note=x"],
      ...["--platform", "linux/arm64", "--platform", "amd64,linux/amd64,host"],
    ], { env: ENV });
    assert.equal(status, 0, stderr);
    const root = await pullValid(memory, stdout.trim());
    assert.equal(root.kind, "index");
    const images = imagesOf(root);
    assert.deepEqual(images.map((image) => formatPlatform(imagePlatform(image))), [
      "linux/amd64",
      "linux/arm64",
    ]);
    const facts = (annotations: Readonly<Record<string, string>>): readonly unknown[] => [
      annotations["org.opencontainers.image.title"],
      annotations["org.opencontainers.image.base.name"],
      annotations["note"],
    ];
    for (const { annotations } of [root, ...images]) {
      assert.deepEqual(facts(annotations), ["hello", "registry.test/base:v1", "x"]);
    }
    const digests = [root, ...images]
      .map(({ annotations }) => annotations["org.opencontainers.image.base.digest"]);
    const [amd64, arm64] = base.manifests.map(({ descriptor }) => descriptor.digest);
    assert.deepEqual(digests, [base.descriptor.digest, amd64, arm64]);
    const builds = host.commands.filter(({ args }) => args[0] === "build");
    assert.equal(builds.length, 1, "one run of cargo for all platforms");
  });
});

/** Publishes an index of two images, one that krust cannot build for, and BuildKit's attestation. */
async function publishAttested(memory: MemoryRegistry): Promise<void> {
  const index = await syntheticIndex(["linux/amd64", "windows/amd64", "linux/arm64"]);
  await publish(memory, "base", index);
  const attestation = await syntheticImage({ seed: 9, platform: "unknown/unknown", layers: 1 });
  await publish(memory, "base", attestation);
  const raw = encodeJson({
    schemaVersion: 2,
    mediaType: MEDIA_TYPE.index,
    manifests: [
      ...index.manifests.map((image) => ({
        ...image.descriptor,
        platform: imagePlatform(image),
      })),
      {
        ...attestation.descriptor,
        platform: { os: "unknown", architecture: "unknown" },
        annotations: { "vnd.docker.reference.type": "attestation-manifest" },
      },
    ],
  });
  await memory.pushManifest("base", documentOf(raw, MEDIA_TYPE.index), "attested");
}

Deno.test("--platform all is what the base has and krust can build; attestations are passed over", async () => {
  await onMachine(HELLO, async ({ registry, krust }) => {
    const memory = registry("registry.test");
    await publishAttested(memory);
    const { status, stdout, stderr } = await krust(
      ["build", "--base", "registry.test/base:attested", "--platform", "all"],
      { env: ENV },
    );
    assert.equal(status, 0, stderr);
    const images = imagesOf(await pullValid(memory, stdout.trim()));
    assert.deepEqual(images.map((image) => formatPlatform(imagePlatform(image))), [
      "linux/amd64",
      "linux/arm64",
    ]);
    assert.match(stderr, /^Detected platforms: linux\/amd64, linux\/arm64$/m);
    assert.match(stderr, /^Successfully built image for 2 platform\(s\)$/m);
  });
});

Deno.test("the order of the platforms makes no difference", async () => {
  await onMachine(HELLO, async ({ registry, krust }) => {
    registry("registry.test");
    const build = async (platforms: string): Promise<string> => {
      const args = ["build", "--base", "builtin", "--platform", platforms];
      return (await krust(args, { env: ENV })).stdout;
    };
    const first = await build("amd64,arm64");
    assert.match(first, /@sha256:/);
    assert.equal(await build("arm64,amd64"), first);
  });
});

Deno.test("a platform has its own base where config.toml names one, unless the command line names another", async () => {
  await onMachine(HELLO, async ({ registry, krust, folder }) => {
    const memory = registry("registry.test");
    const [general, own] = [
      await syntheticIndex(["linux/amd64", "linux/arm64"]),
      await syntheticIndex(["linux/arm64"], { seed: 7 }),
    ];
    await publish(memory, "general", general, "v1");
    await publish(memory, "own", own, "v1");
    const config = join(folder, "config.toml");
    await Deno.writeTextFile(
      config,
      'base = "registry.test/general:v1"\n[platforms."linux/arm64"]\nbase = "registry.test/own:v1"\n',
    );
    const env = { ...ENV, KRUST_CONFIG: config };
    const bases = async (...args: readonly string[]): Promise<readonly unknown[]> => {
      const ran = await krust(["build", "--platform", "amd64,arm64", ...args], { env });
      assert.equal(ran.status, 0, ran.stderr);
      const root = await pullValid(memory, ran.stdout.trim());
      return [root, ...imagesOf(root)]
        .map(({ annotations }) => annotations["org.opencontainers.image.base.name"]);
    };
    assert.deepEqual(await bases(), [
      undefined,
      "registry.test/general:v1",
      "registry.test/own:v1",
    ]);
    const all = "registry.test/general:v1";
    assert.deepEqual(await bases("--base", all), [all, all, all]);
    const dry = await krust(["build", "--platform", "amd64,arm64", "--dry-run"], { env });
    assert.match(
      dry.stderr,
      /, on registry.test\/general:v1, linux\/arm64 on registry.test\/own:v1$/m,
    );
  });
});

Deno.test("a platform's linker and flags of config.toml go to cargo, for it alone", async () => {
  await onMachine(HELLO, async ({ krust, folder }) => {
    const config = join(folder, "config.toml");
    await Deno.writeTextFile(
      config,
      '[platforms."linux/arm64"]\nlinker = "my-ld"\nrustflags = ["-C", "target-cpu=cortex-a72"]\n',
    );
    const { status, stderr, host } = await krust(
      ["build", "--no-push", "--base", "scratch", "--platform", "amd64,arm64"],
      { env: { KRUST_CONFIG: config } },
    );
    assert.equal(status, 0, stderr);
    const [build] = host.commands.filter(({ args }) => args[0] === "build");
    assert.equal(build?.env?.["CARGO_TARGET_AARCH64_UNKNOWN_LINUX_MUSL_LINKER"], "my-ld");
    const told = JSON.stringify([build.args, build.env]).split(/[",]/)
      .filter((word) => word.includes("cortex-a72"));
    assert.equal(told.length, 1);
    assert.equal(build.env["CARGO_TARGET_X86_64_UNKNOWN_LINUX_MUSL_LINKER"] === "my-ld", false);
  });
});

Deno.test("a bad base of a platform is told with its place", async () => {
  await onMachine(HELLO, async ({ krust, folder }) => {
    const config = join(folder, "config.toml");
    await Deno.writeTextFile(config, '[platforms."linux/arm64"]\nbase = "Bad/Base"\n');
    const { status, stderr } = await krust(["build", "--no-push"], {
      env: { KRUST_CONFIG: config },
    });
    assert.equal(status, 2);
    assert.match(stderr, /config\.toml: platforms\."linux\/arm64"\.base: not an image reference/);
  });
});

const REFUSED: readonly (readonly [args: readonly string[], code: string, says: RegExp])[] = [
  [["--platform", "all,linux/amd64"], "usage", /"all" stands alone/],
  [["--platform", "all", "--platform", "host"], "usage", /"all" stands alone/],
  [["--platform", "linux/mips"], "platform-unknown", /Unsupported platform: linux\/mips/],
  [["--platform", ""], "platform-unknown", /Unsupported platform: ""/],
];

for (const [args, code, says] of REFUSED) {
  Deno.test(`build ${args.join(" ")} is refused before cargo is asked`, async () => {
    await onMachine(HELLO, async ({ krust }) => {
      const { status, stdout, stderr, host } = await krust(["build", "--no-push", ...args]);
      assert.equal(status, 2);
      assert.equal(stdout, "");
      assert.ok(stderr.startsWith(`error[${code}]: `), stderr);
      assert.match(stderr, says);
      assert.deepEqual(host.commands, []);
    });
  });
}
