// Manifests and indexes of others: judged by what they hold; only KrustError escapes.
import assert from "node:assert/strict";
import fc from "fast-check";
import { sha256 } from "../../../src/core/digest.ts";
import { KrustError } from "../../../src/core/error.ts";
import type { Descriptor } from "../../../src/oci/descriptor.ts";
import {
  formatImageIndex,
  formatImageManifest,
  isImageConfigType,
  type ManifestDocument,
  parseManifest,
  sortedAnnotations,
} from "../../../src/oci/manifest.ts";
import {
  DOCKER_MEDIA_TYPE,
  isIndexType,
  isManifestType,
  MEDIA_TYPE,
  ociLayerType,
} from "../../../src/oci/media_type.ts";

const digestOf = (text: string) => sha256(new TextEncoder().encode(text));
const descriptor = (mediaType: string, text: string): Descriptor => ({
  mediaType,
  digest: digestOf(text),
  size: text.length,
});
const config = descriptor(MEDIA_TYPE.config, "config");
const layer = descriptor(MEDIA_TYPE.layerGzip, "layer");
const child = {
  ...descriptor(MEDIA_TYPE.manifest, "child"),
  platform: { os: "linux", architecture: "arm", variant: "v7" },
};
const image = { schemaVersion: 2, mediaType: MEDIA_TYPE.manifest, config, layers: [layer] };
const index = { schemaVersion: 2, mediaType: MEDIA_TYPE.index, manifests: [child] };

function parse(value: unknown, contentType?: string): ManifestDocument {
  return parseManifest(new TextEncoder().encode(JSON.stringify(value)), contentType, "base x");
}

Deno.test("parseManifest() reads an image, without keys that are not used", () => {
  const layers = [{ ...layer, urls: ["http://trap.test"], data: "eA==" }];
  assert.deepEqual(parse({ ...image, layers, more: { deep: [1] } }), {
    kind: "image",
    manifest: { mediaType: MEDIA_TYPE.manifest, config, layers: [layer] },
  });
});

Deno.test("parseManifest() reads an index that is an artifact about something, as it is written", () => {
  const artifact = { manifests: [], artifactType: "application/x", subject: child };
  const { raw, descriptor } = formatImageIndex(artifact);
  assert.deepEqual(parseManifest(raw, MEDIA_TYPE.index, "it"), {
    kind: "index",
    index: { mediaType: MEDIA_TYPE.index, ...artifact },
  });
  assert.equal(descriptor.artifactType, "application/x");
});

Deno.test("parseManifest() reads an index", () => {
  assert.deepEqual(parse({ ...index, annotations: { a: "b" } }), {
    kind: "index",
    index: { mediaType: MEDIA_TYPE.index, manifests: [child], annotations: { a: "b" } },
  });
});

Deno.test("parseManifest() reads docker's types, and keeps layer types that it does not know", () => {
  const foreign = descriptor("application/vnd.docker.image.rootfs.foreign.diff.tar.gzip", "f");
  const docker = { ...image, mediaType: DOCKER_MEDIA_TYPE.manifest, layers: [foreign] };
  const read = parse(docker, DOCKER_MEDIA_TYPE.manifest);
  assert.ok(read.kind === "image");
  assert.equal(read.manifest.mediaType, DOCKER_MEDIA_TYPE.manifest);
  assert.deepEqual(read.manifest.layers, [foreign]);
  const list = parse({ ...index, mediaType: DOCKER_MEDIA_TYPE.index }, DOCKER_MEDIA_TYPE.index);
  assert.equal(list.kind, "index");
});

Deno.test("parseManifest() judges by the fields where no type is given", () => {
  const { mediaType: _, ...typeless } = index;
  const read = parse(typeless);
  assert.ok(read.kind === "index");
  assert.equal(read.index.mediaType, MEDIA_TYPE.index);
  const { mediaType: __, ...untyped } = image;
  assert.equal(parse(untyped, "text/plain").kind, "image");
});

Deno.test("parseManifest() takes null for absent, as Go does", () => {
  const nulls = { mediaType: null, annotations: null, subject: null, artifactType: null };
  assert.deepEqual(parse({ ...image, ...nulls, layers: null, manifests: null }), {
    kind: "image",
    manifest: { mediaType: MEDIA_TYPE.manifest, config, layers: [] },
  });
  const bare = { ...child, annotations: null, platform: { ...child.platform, variant: null } };
  const read = parse({ ...index, manifests: [bare], layers: null, config: null });
  assert.ok(read.kind === "index");
  assert.deepEqual(read.index.manifests[0]?.platform, { os: "linux", architecture: "arm" });
});

const refused: readonly (readonly [string, unknown, RegExp, string?])[] = [
  ["layers and manifests", { ...image, ...index }, /ambiguous manifest/],
  ["config and manifests", { ...index, config }, /ambiguous manifest/],
  ["neither layers nor manifests", { schemaVersion: 2 }, /neither layers nor manifests/],
  ["schema 1", { schemaVersion: 1, fsLayers: [], history: [] }, /schema 1 is not supported/],
  ["another schema", { ...image, schemaVersion: 3 }, /schemaVersion/],
  ["no schema", { ...image, schemaVersion: undefined }, /schemaVersion/],
  [
    "an image that says it is an index",
    { ...image, mediaType: MEDIA_TYPE.index },
    /is an image but/,
  ],
  [
    "an index that says it is an image",
    { ...index, mediaType: MEDIA_TYPE.manifest },
    /an index but/,
  ],
  ["an image sent as an index", image, /is an image but says/, DOCKER_MEDIA_TYPE.index],
  ["an index sent as an image", index, /is an index but says/, MEDIA_TYPE.manifest],
  ["null", null, /form it should/],
  ["a list", [], /not a manifest/],
  ["text", "x", /form it should/],
  ["a null layer", { ...image, layers: [null] }, /layers\.0/],
  [
    "a digest that is a path",
    { ...image, config: { ...config, digest: "../x" } },
    /config\.digest/,
  ],
  ["sha512", { ...image, layers: [{ ...layer, digest: `sha512:${"a".repeat(128)}` }] }, /digest/],
  ["a negative size", { ...image, layers: [{ ...layer, size: -1 }] }, /layers\.0\.size/],
  ["a size with a fraction", { ...image, layers: [{ ...layer, size: 1.5 }] }, /size/],
  ["a size that JSON rounds", { ...image, layers: [{ ...layer, size: 2 ** 53 }] }, /size/],
  ["annotations that are no text", { ...image, annotations: { a: 1 } }, /annotations\.a/],
  ["1,001 layers", { ...image, layers: Array(1_001).fill(layer) }, /layers/],
  ["10,001 manifests", { ...index, manifests: Array(10_001).fill(layer) }, /manifests/],
];
for (const [name, value, message, contentType] of refused) {
  Deno.test(`parseManifest() refuses ${name}`, () => {
    assert.throws(() => parse(value, contentType), (error) => {
      assert.ok(error instanceof KrustError, String(error));
      assert.equal(error.code, "document-invalid");
      assert.match(error.message, /^base x /);
      assert.match(error.message, message);
      return true;
    });
  });
}

const notJson: readonly (readonly [string, Uint8Array])[] = [
  ["an empty body", new Uint8Array()],
  ["HTML", new TextEncoder().encode("<html>")],
  ["a byte order mark", new TextEncoder().encode(`\ufeff${JSON.stringify(image)}`)],
  ["bad UTF-8", Uint8Array.of(0x22, 0xc3, 0x22)],
  ["a million brackets", new TextEncoder().encode("[".repeat(1_000_000))],
];
for (const [name, raw] of notJson) {
  Deno.test(`parseManifest() refuses ${name} as no manifest`, () => {
    assert.throws(() => parseManifest(raw, undefined, "base x"), {
      code: "document-invalid",
      message: /^base x is not a manifest: it is not JSON/,
    });
  });
}

Deno.test("parseManifest() repeats no control characters of a document or header", () => {
  const evil = "\u001b[2J\n\u0007";
  for (const value of [{ ...image, [evil]: 1, annotations: { [evil]: 1 } }, { ...index, config }]) {
    assert.throws(() => parse(value, evil), (error) => {
      assert.ok(error instanceof KrustError);
      assert.doesNotMatch(error.message, /[^ -~]/);
      return true;
    });
  }
});

Deno.test("parseManifest() lets only a KrustError escape, whatever the JSON", () => {
  const keys = fc.constantFrom("schemaVersion", "mediaType", "config", "layers", "manifests", "x");
  const values = fc.oneof(
    fc.jsonValue(),
    fc.constantFrom(null, 1, 2, config, [layer], [child], MEDIA_TYPE.index, MEDIA_TYPE.manifest),
  );
  const documents = fc.oneof(fc.jsonValue(), fc.dictionary(keys, values));
  fc.assert(
    fc.property(documents, fc.option(fc.string(), { nil: undefined }), (value, type) => {
      try {
        const read = parse(value, type);
        assert.ok(read.kind === "image" || read.kind === "index");
      } catch (error) {
        assert.ok(error instanceof KrustError, String(error));
      }
    }),
    { numRuns: 1_000 },
  );
});

Deno.test("formatImageManifest() writes compactly, in the spec's order, and is read back", () => {
  const annotations = { b: "2", a: "1" };
  const { raw, descriptor } = formatImageManifest({ config, layers: [layer], annotations });
  const text = new TextDecoder().decode(raw);
  assert.deepEqual(Object.keys(JSON.parse(text)), [
    "schemaVersion",
    "mediaType",
    "config",
    "layers",
    "annotations",
  ]);
  assert.ok(text.endsWith('"annotations":{"a":"1","b":"2"}}'));
  assert.deepEqual(descriptor, {
    mediaType: MEDIA_TYPE.manifest,
    digest: sha256(raw),
    size: raw.length,
  });
  assert.deepEqual(parseManifest(raw, MEDIA_TYPE.manifest, "it"), {
    kind: "image",
    manifest: { mediaType: MEDIA_TYPE.manifest, config, layers: [layer], annotations },
  });
});

Deno.test("formatImageManifest() writes an artifact with its subject, and says its type twice", () => {
  const artifact = { artifactType: "application/spdx+json", config, layers: [], subject: layer };
  const { raw, descriptor } = formatImageManifest(artifact);
  assert.equal(descriptor.artifactType, "application/spdx+json");
  assert.deepEqual(parseManifest(raw, undefined, "it"), {
    kind: "image",
    manifest: { mediaType: MEDIA_TYPE.manifest, ...artifact },
  });
});

Deno.test("formatImageIndex() keeps the order of its manifests and no key of others", () => {
  const second = { ...child, digest: digestOf("second"), extra: "dropped" };
  const { raw } = formatImageIndex({ manifests: [second, child] });
  assert.doesNotMatch(new TextDecoder().decode(raw), /dropped|annotations/);
  const { extra: _, ...clean } = second;
  assert.deepEqual(parseManifest(raw, MEDIA_TYPE.index, "it"), {
    kind: "index",
    index: { mediaType: MEDIA_TYPE.index, manifests: [clean, child] },
  });
});

Deno.test("formatImageIndex() gives the same bytes whatever the order of annotations", () => {
  const entries = fc.uniqueArray(fc.tuple(fc.string(), fc.string()), { selector: ([key]) => key });
  fc.assert(fc.property(entries, (entries) => {
    const [left, right] = [entries, entries.toReversed()].map((entries) =>
      formatImageIndex({ manifests: [], annotations: Object.fromEntries(entries) })
    );
    assert.deepEqual(left, right);
  }));
});

Deno.test("sortedAnnotations() has nothing for none", () => {
  assert.equal(sortedAnnotations({}), undefined);
  assert.equal(sortedAnnotations(undefined), undefined);
});

Deno.test("the media types are told apart, docker's and OCI's alike", () => {
  for (const type of [MEDIA_TYPE.manifest, DOCKER_MEDIA_TYPE.manifest]) {
    assert.deepEqual([isManifestType(type), isIndexType(type)], [true, false]);
  }
  for (const type of [MEDIA_TYPE.index, DOCKER_MEDIA_TYPE.index]) {
    assert.deepEqual([isManifestType(type), isIndexType(type)], [false, true]);
  }
  assert.ok(isImageConfigType(MEDIA_TYPE.config) && isImageConfigType(DOCKER_MEDIA_TYPE.config));
  assert.ok(!isImageConfigType(MEDIA_TYPE.layer));
  assert.equal(ociLayerType(DOCKER_MEDIA_TYPE.layerGzip), MEDIA_TYPE.layerGzip);
  assert.equal(ociLayerType(DOCKER_MEDIA_TYPE.layer), MEDIA_TYPE.layer);
  assert.equal(ociLayerType("application/other"), "application/other");
});
