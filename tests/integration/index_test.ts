// `krust index`: what separate machines pushed, joined into what one build of all would have been.
import assert from "node:assert/strict";
import { join } from "node:path";
import { imagePlatform, imagesOf } from "../../src/image/image.ts";
import { MEDIA_TYPE } from "../../src/oci/media_type.ts";
import { formatPlatform } from "../../src/oci/platform.ts";
import { encodeJson } from "../../src/core/json.ts";
import { documentOf, publish, syntheticImage, syntheticIndex } from "../support/images.ts";
import { HELLO, type Machine, onMachine } from "./machine.ts";
import { pullValid } from "./pulled.ts";

const BASE = ["linux/amd64", "linux/arm64"];

/** Builds for platforms into a repository; gives the reference. */
async function build(
  { krust }: Machine,
  platforms: string,
  ...options: readonly string[]
): Promise<string> {
  const { status, stdout, stderr } = await krust([
    ...["build", "--base", "registry.test/base:v1", "--platform", platforms],
    ...(options.includes("-i") ? [] : ["-i", "registry.test/hello"]),
    ...options,
  ]);
  assert.equal(status, 0, stderr);
  return stdout.trim();
}

async function onBase(work: (machine: Machine) => Promise<void>): Promise<void> {
  await onMachine(HELLO, async (machine) => {
    const memory = machine.registry("registry.test");
    await publish(memory, "base", await syntheticIndex(BASE), "v1");
    await work(machine);
  });
}

Deno.test("index gives byte for byte what one build of both platforms gives, in any order", async () => {
  await onBase(async (machine) => {
    const memory = machine.registry("other.test");
    const options = ["--annotation", "note=x"];
    const one = await build(machine, "amd64,arm64", ...options);
    const parts = [
      await build(machine, "arm64", ...options),
      await build(machine, "amd64", ...options),
    ];
    for (const images of [parts, parts.toReversed()]) {
      const ran = await machine.krust(["index", "registry.test/hello:both", ...images]);
      assert.equal(ran.status, 0, ran.stderr);
      assert.equal(ran.stdout, `${one}\n`);
    }
    assert.deepEqual(await memory.listTags("hello"), undefined);
  });
});

Deno.test("index sends the index alone where the images are", async () => {
  await onBase(async (machine) => {
    const parts = [await build(machine, "arm64"), await build(machine, "amd64")];
    const ran = await machine.krust([
      ...["index", "registry.test/hello", "--tag", "v1,v2", ...parts],
    ]);
    assert.equal(ran.status, 0, ran.stderr);
    const sent = ran.host.requests.filter((request) => !/^(GET|HEAD) /.test(request));
    assert.deepEqual(sent.map((request) => request.replace(/sha256:.*/, "DIGEST")), [
      "PUT https://registry.test/v2/hello/manifests/DIGEST",
      "PUT https://registry.test/v2/hello/manifests/v1",
      "PUT https://registry.test/v2/hello/manifests/v2",
    ]);
  });
});

Deno.test("index takes images of other repositories and registries, and indexes apart, each image once", async () => {
  await onBase(async (machine) => {
    const far = machine.registry("far.test");
    const near = machine.registry("near.test");
    const one = await build(machine, "amd64,arm64");
    const images = [
      await build(machine, "amd64,arm64", "-i", "far.test/a/hello"),
      await build(machine, "amd64", "-i", "near.test/b/hello"),
    ];
    const ran = await machine.krust(["index", "near.test/hello", ...images]);
    assert.equal(ran.status, 0, ran.stderr);
    assert.equal(ran.stdout.trim().split("@")[1], one.split("@")[1]);
    const root = await pullValid(near, ran.stdout.trim());
    assert.deepEqual(
      imagesOf(root).map((image) => formatPlatform(imagePlatform(image))),
      BASE,
    );
    assert.ok(ran.host.requests.some((request) => /mount=.*from=b\/hello/.test(request)));
    assert.deepEqual(await far.listTags("hello"), undefined);
  });
});

Deno.test("index passes attestations over", async () => {
  await onBase(async (machine) => {
    const memory = machine.registry("registry2.test");
    const index = await syntheticIndex(["linux/amd64"]);
    await publish(memory, "x", index);
    const attestation = await syntheticImage({ seed: 9, platform: "unknown/unknown" });
    await publish(memory, "x", attestation);
    const [image] = index.manifests;
    assert.ok(image !== undefined);
    const platform = imagePlatform(image);
    const raw = encodeJson({
      schemaVersion: 2,
      mediaType: MEDIA_TYPE.index,
      manifests: [
        { ...image.descriptor, platform },
        {
          ...attestation.descriptor,
          platform: { os: "unknown", architecture: "unknown" },
          annotations: { "vnd.docker.reference.type": "attestation-manifest" },
        },
      ],
    });
    const attested = documentOf(raw, MEDIA_TYPE.index);
    await memory.pushManifest("x", attested, attested.descriptor.digest);
    const arm = await syntheticImage({ platform: "linux/arm64" });
    await publish(memory, "x", arm);
    const ran = await machine.krust([
      ...["index", "registry2.test/x", `registry2.test/x@${attested.descriptor.digest}`],
      `registry2.test/x@${arm.descriptor.digest}`,
    ]);
    assert.equal(ran.status, 0, ran.stderr);
    const digests = imagesOf(await pullValid(memory, ran.stdout.trim()))
      .map(({ descriptor }) => descriptor.digest);
    assert.deepEqual(digests, [image.descriptor.digest, arm.descriptor.digest]);
  });
});

Deno.test("index of one image is that image, copied and tagged", async () => {
  await onBase(async (machine) => {
    const memory = machine.registry("near.test");
    const image = await build(machine, "arm64");
    const ran = await machine.krust(["index", "near.test/hello:v1", image]);
    assert.equal(ran.status, 0, ran.stderr);
    assert.equal(ran.stdout.trim(), `near.test/hello@${image.split("@")[1]}`);
    await pullValid(memory, "near.test/hello:v1");
    const annotated = await machine.krust([
      "index",
      "near.test/hello",
      image,
      "--annotation",
      "a=b",
    ]);
    assert.equal(annotated.status, 2);
    assert.match(annotated.stderr, /--annotation is for an index/);
  });
});

Deno.test("index warns where the images are of different versions, and leaves the version out", async () => {
  await onBase(async (machine) => {
    const first = await build(machine, "arm64");
    const manifest = HELLO["Cargo.toml"]?.replace("1.2.3", "1.2.4") ?? "";
    await machine.write({ "Cargo.toml": manifest });
    const ran = await machine.krust([
      ...["index", "registry.test/hello", first, await build(machine, "amd64")],
    ]);
    assert.equal(ran.status, 0, ran.stderr);
    assert.match(
      ran.stderr,
      /^warning: the images differ in org\.opencontainers\.image\.version: linux\/amd64 has 1\.2\.4, linux\/arm64 has 1\.2\.3$/m,
    );
  });
});

Deno.test("index --dry-run reads and tells, and sends nothing", async () => {
  await onBase(async (machine) => {
    const parts = [await build(machine, "arm64"), await build(machine, "amd64")];
    const ran = await machine.krust(["index", "registry.test/hello:v9", "--dry-run", ...parts]);
    assert.equal(ran.status, 0, ran.stderr);
    assert.equal(ran.stdout, "");
    assert.match(ran.stderr, /^Joined linux\/amd64, linux\/arm64: sha256:/m);
    assert.match(ran.stderr, /^Would push it to registry\.test\/hello:v9$/m);
    assert.deepEqual(ran.host.requests.filter((request) => !/^(GET|HEAD) /.test(request)), []);
  });
});

Deno.test("index writes the metadata file that the one build writes", async () => {
  await onBase(async (machine) => {
    const read = async (name: string): Promise<string> =>
      await Deno.readTextFile(join(machine.folder, name));
    await build(machine, "amd64,arm64", "--metadata-file", "one.json");
    const parts = [await build(machine, "arm64"), await build(machine, "amd64")];
    const ran = await machine.krust([
      ...["index", "registry.test/hello", "--metadata-file", "joined.json", ...parts],
    ]);
    assert.equal(ran.status, 0, ran.stderr);
    assert.equal(await read("joined.json"), await read("one.json"));
  });
});

Deno.test("index lists all references, and prints the tag where that is asked for", async () => {
  await onBase(async (machine) => {
    const parts = [await build(machine, "arm64"), await build(machine, "amd64")];
    const ran = await machine.krust([
      ...["index", "registry.test/hello:v1", "--tag-only", "--image-refs", "refs.txt", ...parts],
    ]);
    assert.equal(ran.status, 0, ran.stderr);
    assert.equal(ran.stdout, "registry.test/hello:v1\n");
    const [index, ...images] = (await Deno.readTextFile(join(machine.folder, "refs.txt"))).trim()
      .split("\n");
    assert.match(index ?? "", /^registry\.test\/hello@sha256:/);
    assert.deepEqual(images, parts.toReversed());
  });
});

Deno.test("index refuses images on different states of one base, and sends nothing", async () => {
  await onBase(async (machine) => {
    const first = await build(machine, "arm64");
    const memory = machine.registry("registry.test");
    await publish(memory, "base", await syntheticIndex(BASE), "v1");
    const copied = await build(machine, "arm64");
    assert.equal(copied, first, "the registry is new, the image the same");
    await publish(memory, "base", await syntheticIndex(BASE, { seed: 5 }), "v1");
    const ran = await machine.krust([
      ...["index", "registry.test/hello", first, await build(machine, "amd64")],
    ]);
    assert.equal(ran.status, 5);
    assert.match(ran.stderr, /^error\[images-mismatch\]: the images stand on different states/m);
    assert.match(ran.stderr, /linux\/amd64 has sha256:.*, linux\/arm64 has sha256:/);
    assert.match(ran.stderr, /registry\.test\/base:v1@sha256:/);
    assert.deepEqual(ran.host.requests.filter((request) => !/^(GET|HEAD) /.test(request)), []);
  });
});

const DIGEST = `sha256:${"0".repeat(64)}`;

const REFUSED: readonly (readonly [
  images: readonly string[],
  status: number,
  says: RegExp,
])[] = [
  [
    ["registry.test/hello:v1"],
    2,
    /error\[usage\]: images are joined by digest: "registry\.test\/hello:v1" has none/,
  ],
  [["registry.test/Bad@" + DIGEST], 2, /error\[reference-invalid\]/],
  [[`registry.test/base@${DIGEST}`], 5, /error\[images-mismatch\]: ".*" was not found/],
  [[], 2, /error\[usage\].*REF@DIGEST/],
];

for (const [images, status, says] of REFUSED) {
  Deno.test(`index of ${images[0] ?? "nothing"} is refused`, async () => {
    await onBase(async ({ krust }) => {
      const ran = await krust(["index", "registry.test/hello", ...images]);
      assert.equal(ran.status, status, ran.stderr);
      assert.equal(ran.stdout, "");
      assert.match(ran.stderr, says);
    });
  });
}

Deno.test("index refuses a digest as its own name", async () => {
  await onBase(async ({ krust }) => {
    const ran = await krust(["index", `registry.test/x@${DIGEST}`, `registry.test/x@${DIGEST}`]);
    assert.equal(ran.status, 2);
    assert.match(ran.stderr, /nothing can be pushed to a digest/);
  });
});

Deno.test("index refuses two different images of one platform", async () => {
  await onBase(async (machine) => {
    const first = await build(machine, "amd64");
    await machine.write({ "src/main.rs": "fn main() {}\n// other\n" });
    const ran = await machine.krust([
      ...["index", "registry.test/hello", first, await build(machine, "amd64")],
    ]);
    assert.equal(ran.status, 5);
    assert.match(ran.stderr, /error\[images-mismatch\]: two different images are for linux\/amd64/);
  });
});

Deno.test("index refuses what is no image", async () => {
  await onBase(async (machine) => {
    const memory = machine.registry("registry2.test");
    const image = await syntheticImage({ layers: 1 });
    await publish(memory, "x", image);
    const [layer] = image.layers;
    const raw = encodeJson({
      schemaVersion: 2,
      mediaType: MEDIA_TYPE.manifest,
      config: {
        ...image.configBlob.descriptor,
        mediaType: "application/vnd.cncf.helm.config.v1+json",
      },
      layers: [layer?.descriptor],
    });
    const chart = documentOf(raw, MEDIA_TYPE.manifest);
    await memory.pushManifest("x", chart, chart.descriptor.digest);
    const ran = await machine.krust([
      ...["index", "registry2.test/y", `registry2.test/x@${chart.descriptor.digest}`],
    ]);
    assert.equal(ran.status, 5);
    assert.match(ran.stderr, /error\[images-mismatch\]: ".*" is no image, nor an index of images/);
  });
});
