// Bases as registries hold them: which image is given out for a platform, and what is refused.
import assert from "node:assert/strict";
import { KrustError } from "../../../src/core/error.ts";
import { encodeJson } from "../../../src/core/json.ts";
import { blobOf, type Image } from "../../../src/image/image.ts";
import type { Descriptor, Manifest } from "../../../src/oci/descriptor.ts";
import { formatImageIndex } from "../../../src/oci/manifest.ts";
import { MEDIA_TYPE } from "../../../src/oci/media_type.ts";
import { formatPlatform, parsePlatform } from "../../../src/oci/platform.ts";
import { refusal } from "../../../src/registry/errors.ts";
import { MemoryRegistry } from "../../../src/registry/memory.ts";
import type { Registry } from "../../../src/registry/registry.ts";
import type { Base } from "../../../src/sources/source.ts";
import {
  fails,
  holding,
  HOST,
  NAME,
  openBase,
  readDigest,
  TAGGED,
  withStore,
} from "../../support/bases.ts";
import {
  dockerManifest,
  documentOf,
  publish,
  syntheticImage,
  syntheticIndex,
} from "../../support/images.ts";
import { recordedRegistry } from "../../support/recorded_registry.ts";
import { recordedReport } from "../../support/recorded_report.ts";

const AMD64 = parsePlatform("linux/amd64");

/** An index over manifests that are in the registry already, put there under `tag`. */
async function index(
  registry: Registry,
  manifests: readonly Descriptor[],
  tag?: string,
): Promise<Manifest> {
  const made = formatImageIndex({ manifests });
  await registry.pushManifest(NAME, made, tag ?? made.descriptor.digest);
  return made;
}

function platforms(base: Base): readonly string[] {
  return (base.platforms ?? []).map(formatPlatform);
}

Deno.test("`registrySource()` opens an index: its digest, its platforms, its own images", async () => {
  await withStore(async (store) => {
    const root = await syntheticIndex(["linux/amd64", "linux/arm64", "linux/arm/v7"]);
    const base = await openBase(await holding(root), store);
    assert.equal(base.name, TAGGED);
    assert.equal(base.digest, root.descriptor.digest);
    assert.deepEqual(platforms(base), ["linux/amd64", "linux/arm64", "linux/arm/v7"]);
    for (const expected of root.manifests) {
      const { os, architecture, variant } = expected.config;
      const image = await base.image({
        os,
        architecture,
        ...(variant === undefined ? {} : { variant }),
      });
      assert.equal(image.kind, "image");
      assert.deepEqual(image.descriptor, expected.descriptor);
      assert.deepEqual(image.raw, expected.raw);
      assert.deepEqual(image.config, expected.config);
      assert.deepEqual(
        image.layers.map((layer) => [layer.descriptor, layer.diffID, layer.origin]),
        expected.layers.map((
          layer,
        ) => [layer.descriptor, layer.diffID, { registry: HOST, name: NAME }]),
      );
      for (const layer of image.layers) {
        assert.equal(await readDigest(layer), layer.descriptor.digest);
      }
      assert.equal(await readDigest(image.configBlob), image.configBlob.descriptor.digest);
    }
  });
});

Deno.test("`registrySource()` opens a single manifest, whose configuration says the platform", async () => {
  await withStore(async (store) => {
    const root = await syntheticImage({ platform: "linux/arm/v7" });
    const base = await openBase(await holding(root), store);
    assert.equal(base.digest, root.descriptor.digest);
    assert.deepEqual(platforms(base), ["linux/arm/v7"]);
    const image = await base.image(parsePlatform("linux/arm/v7"));
    assert.equal(image.descriptor.digest, root.descriptor.digest);
  });
});

Deno.test("`registrySource()` opens what docker has typed, and keeps its bytes", async () => {
  await withStore(async (store) => {
    const image = await syntheticImage();
    const registry = await holding(image);
    const docker = dockerManifest(image);
    await registry.pushManifest(NAME, docker, "docker");
    const base = await openBase(registry, store, `${HOST}/${NAME}:docker`);
    const found = await base.image(AMD64);
    assert.equal(found.descriptor.digest, docker.descriptor.digest);
    assert.equal(
      found.layers[0]?.descriptor.mediaType,
      "application/vnd.docker.image.rootfs.diff.tar.gzip",
    );
  });
});

Deno.test("`registrySource()` asks for `latest` where the reference has neither tag nor digest", async () => {
  await withStore(async (store) => {
    const root = await syntheticImage();
    const base = await openBase(await holding(root, "latest"), store, `${HOST}/${NAME}`);
    assert.equal(base.name, `${HOST}/${NAME}:latest`);
    assert.equal(base.digest, root.descriptor.digest);
  });
});

Deno.test("`registrySource()` names a base by its tag even where a digest pins it", async (t) => {
  const root = await syntheticImage();
  const { digest } = root.descriptor;
  for (
    const [reference, name] of [
      [`${TAGGED}@${digest}`, TAGGED],
      [`${HOST}/${NAME}@${digest}`, `${HOST}/${NAME}@${digest}`],
    ] as const
  ) {
    await t.step(reference, () =>
      withStore(async (store) => {
        const registry = await holding(await syntheticImage({ seed: 2 }));
        await publish(registry, NAME, root);
        const base = await openBase(registry, store, reference);
        assert.equal(base.name, name);
        assert.equal(base.digest, digest);
      }));
  }
});

Deno.test("`registrySource()` resolves a tag once, however often it moves afterwards", async () => {
  await withStore(async (store) => {
    const root = await syntheticIndex(["linux/amd64", "linux/arm64"]);
    const registry = await holding(root);
    const base = await openBase(registry, store);
    await publish(registry, NAME, await syntheticIndex(["linux/amd64"], { seed: 2 }), "nonroot");
    const image = await base.image(parsePlatform("linux/arm64"));
    assert.equal(image.descriptor.digest, root.manifests[1]?.descriptor.digest);
    assert.equal(base.digest, root.descriptor.digest);
  });
});

Deno.test("`registrySource()` passes over what is no image for a platform", async () => {
  await withStore(async (store) => {
    const root = await syntheticIndex(["linux/amd64", "linux/arm64"]);
    const registry = await holding(root);
    const [amd64, arm64] = root.manifests;
    assert.ok(amd64 && arm64);
    const platform = { os: "linux", architecture: "riscv64" };
    await index(registry, [
      { ...amd64.descriptor, platform: { os: "unknown", architecture: "unknown" } },
      {
        ...amd64.descriptor,
        platform,
        annotations: { "vnd.docker.reference.type": "attestation-manifest" },
      },
      { ...amd64.descriptor, platform, artifactType: "application/spdx+json" },
      // The first of two for one platform is the one that counts.
      { ...arm64.descriptor, platform: { os: "linux", architecture: "arm64", variant: "v8" } },
      { ...amd64.descriptor, platform: { os: "linux", architecture: "arm64" } },
    ], "odd");
    const base = await openBase(registry, store, `${HOST}/${NAME}:odd`);
    assert.deepEqual(platforms(base), ["linux/arm64"]);
    const image = await base.image(parsePlatform("linux/arm64"));
    assert.equal(image.descriptor.digest, arm64.descriptor.digest);
  });
});

Deno.test("`registrySource()` asks the configuration where an index does not say a platform", async () => {
  await withStore(async (store) => {
    const image = await syntheticImage({ platform: "linux/s390x" });
    const registry = await holding(image);
    await index(registry, [image.descriptor], "bare");
    const base = await openBase(registry, store, `${HOST}/${NAME}:bare`);
    assert.deepEqual(platforms(base), ["linux/s390x"]);
  });
});

Deno.test("`registrySource()` searches an index within an index, and no deeper", async () => {
  await withStore(async (store) => {
    const root = await syntheticIndex(["linux/amd64"]);
    const registry = await holding(root);
    const deep = await syntheticIndex(["linux/arm64"], { seed: 2 });
    await publish(registry, NAME, deep);
    const third = await index(registry, [deep.descriptor]);
    await index(registry, [root.descriptor, third.descriptor], "nested");
    const base = await openBase(registry, store, `${HOST}/${NAME}:nested`);
    assert.deepEqual(platforms(base), ["linux/amd64"]);
    await base.image(AMD64);
  });
});

Deno.test("`registrySource()` lists what a base has where it lacks a platform", async (t) => {
  const lacking = parsePlatform("linux/s390x");
  await t.step("an index", () =>
    withStore(async (store) => {
      const registry = await holding(await syntheticIndex(["linux/amd64", "linux/arm/v7"]));
      const base = await openBase(registry, store);
      await assert.rejects(
        base.image(lacking),
        fails(
          "base-platform-missing",
          /nonroot" has no linux\/s390x: it has linux\/amd64, linux\/arm\/v7/,
        ),
      );
    }));
  await t.step("an index of nothing", () =>
    withStore(async (store) => {
      const registry = new MemoryRegistry(HOST);
      await index(registry, [], "nonroot");
      const base = await openBase(registry, store);
      await assert.rejects(
        base.image(lacking),
        fails("base-platform-missing", /it has no image at all/),
      );
    }));
});

Deno.test("`registrySource()` gives an image the variant that only the index says", async () => {
  await withStore(async (store) => {
    const image = await syntheticImage({ platform: "linux/arm" });
    const registry = await holding(image);
    const platform = { os: "linux", architecture: "arm", variant: "v6" };
    await index(registry, [{ ...image.descriptor, platform }], "v6");
    const base = await openBase(registry, store, `${HOST}/${NAME}:v6`);
    const found = await base.image(platform);
    assert.equal(found.config.variant, "v6");
    assert.equal(found.descriptor.digest, image.descriptor.digest);
  });
});

/** The image with a manifest over another configuration, put into the registry under `bad`. */
async function withConfig(
  registry: Registry,
  image: Image,
  config: unknown,
  mediaType: string = MEDIA_TYPE.config,
): Promise<void> {
  const blob = blobOf(encodeJson(config), mediaType);
  await registry.pushBlob(NAME, blob);
  const raw = encodeJson({
    schemaVersion: 2,
    mediaType: MEDIA_TYPE.manifest,
    config: blob.descriptor,
    layers: image.layers.map((layer) => layer.descriptor),
  });
  const manifest = documentOf(raw, MEDIA_TYPE.manifest);
  const platform = { os: "linux", architecture: "amd64" };
  await registry.pushManifest(NAME, manifest, manifest.descriptor.digest);
  await index(registry, [{ ...manifest.descriptor, platform }], "bad");
}

Deno.test("`registrySource()` refuses an image that contradicts itself", async (t) => {
  const image = await syntheticImage();
  const cases: Readonly<Record<string, [unknown, RegExp]>> = {
    "another architecture": [
      { ...image.config, architecture: "arm64" },
      /for linux\/arm64, its index says linux\/amd64/,
    ],
    "another system": [{ ...image.config, os: "windows" }, /for windows\/amd64/],
    "fewer diff_ids than layers": [
      { ...image.config, rootfs: { type: "layers", diff_ids: [] } },
      /2 layers, its configuration 0 diff_ids/,
    ],
    "no rootfs": [{ os: "linux", architecture: "amd64" }, /rootfs/],
    "no configuration but JSON": [[], /configuration/],
  };
  for (const [name, [config, pattern]] of Object.entries(cases)) {
    await t.step(name, () =>
      withStore(async (store) => {
        const registry = await holding(image);
        await withConfig(registry, image, config);
        const base = await openBase(registry, store, `${HOST}/${NAME}:bad`);
        await assert.rejects(base.image(AMD64), fails("document-invalid", pattern));
      }));
  }
  await t.step("an artifact", () =>
    withStore(async (store) => {
      const registry = await holding(image);
      await withConfig(registry, image, image.config, MEDIA_TYPE.empty);
      const base = await openBase(registry, store, `${HOST}/${NAME}:bad`);
      await assert.rejects(base.image(AMD64), fails("document-invalid", /which is no image's/));
    }));
});

Deno.test("`registrySource()` says that a base was not found, with the registry's own words below", async (t) => {
  for (const reference of [TAGGED, `${HOST}/${NAME}@sha256:${"0".repeat(64)}`]) {
    await t.step(reference, () =>
      withStore(async (store) => {
        await assert.rejects(
          openBase(new MemoryRegistry(HOST), store, reference),
          (error) =>
            fails("base-not-found", /base image "registry.test\/.*" was not found/)(error) &&
            error instanceof KrustError && error.details["side"] === "base" &&
            error.cause instanceof KrustError && error.cause.code === "registry-rejected",
        );
      }));
  }
});

Deno.test("`registrySource()` passes other refusals on, marked as the base's", async () => {
  await withStore(async (store) => {
    const registry = recordedRegistry(await holding(await syntheticImage()), () => {
      throw refusal(401, "UNAUTHORIZED", "who are you?");
    });
    await assert.rejects(
      openBase(registry, store),
      (error) =>
        error instanceof KrustError && error.code === "auth-required" &&
        error.details["side"] === "base" && error.details["status"] === "401",
    );
  });
});

Deno.test("`registrySource()` refuses a configuration that is too large", async () => {
  await withStore(async (store) => {
    const image = await syntheticImage();
    const registry = await holding(image);
    await withConfig(registry, image, { ...image.config, author: "x".repeat(4 * 1024 * 1024) });
    const base = await openBase(registry, store, `${HOST}/${NAME}:bad`);
    await assert.rejects(base.image(AMD64), fails("document-invalid", /larger than 4194304 bytes/));
  });
});

Deno.test("`registrySource()` tells what it looks for only when asked to say more", async () => {
  await withStore(async (store) => {
    const report = recordedReport();
    await openBase(await holding(await syntheticImage()), store, TAGGED, { report });
    assert.deepEqual(report.messages, [
      `debug: Detecting available platforms from base image: ${TAGGED}`,
    ]);
  });
});
