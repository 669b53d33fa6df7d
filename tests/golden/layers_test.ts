// Goldens of what krust packs: layers as listings, documents as JSON, and digests pinned.
import { sha256 } from "../../src/core/digest.ts";
import { bodyOf } from "../../src/core/streams.ts";
import { appendLayer, emptyImage, withAnnotations, withCreated } from "../../src/image/mutate.ts";
import type { Image } from "../../src/image/image.ts";
import type { LayerEntry, LayerFile } from "../../src/image/layer_entry.ts";
import { packLayer } from "../../src/image/pack.ts";
import { validateImage } from "../../src/image/validate.ts";
import { builtinSource } from "../../src/sources/builtin.ts";
import { assertGolden } from "../support/golden.ts";
import { listLayer } from "../support/layer_listing.ts";
import { memoryStore } from "../support/memory_store.ts";
import { drain, noise } from "../support/streams.ts";

function file(path: string, content: Uint8Array<ArrayBuffer>, mode = 0o755): LayerFile {
  return { path, mode, digest: sha256(content), body: bodyOf(content) };
}

const APP: readonly LayerEntry[] = [
  file("/app/hello", noise(70_000)),
  file("/app/second", noise(10, 2)),
  file("/etc/hello/config.toml", new TextEncoder().encode("a = 1\n"), 0o644),
  { type: "symlink", path: "/app/link", target: "hello" },
];

// A fixed pair stands in for the authorities of the runtime, which change with it.
const CERTIFICATES = ["first", "second"].map((name) =>
  `-----BEGIN CERTIFICATE-----\n${btoa(name)}\n-----END CERTIFICATE-----`
);

async function builtinImage(): Promise<Image> {
  const source = builtinSource({ store: memoryStore(), certificates: CERTIFICATES });
  return await (await source.open()).image({ os: "linux", architecture: "amd64" });
}

/** The image's documents, indented, for the reader of a difference. */
async function documents(image: Image): Promise<string> {
  const config = await drain(await image.configBlob.open());
  return [image.raw, config]
    .map((raw) => JSON.stringify(JSON.parse(new TextDecoder().decode(raw)), undefined, 2))
    .join("\n") + "\n";
}

Deno.test("an application's layer is what its golden lists", async () => {
  const { layer } = await packLayer(APP, { store: memoryStore(), mtime: 0 });
  await assertGolden("app_layer.txt", await listLayer(layer));
});

Deno.test("the layer of `builtin` is what its golden lists", async () => {
  const [layer] = (await builtinImage()).layers;
  if (layer !== undefined) await assertGolden("builtin_layer.txt", await listLayer(layer));
});

Deno.test("an image's documents are what their golden has", async () => {
  const { layer } = await packLayer(APP, { store: memoryStore(), mtime: 0 });
  const history = { created_by: "krust build", comment: "/app/hello" };
  const image = withAnnotations(
    withCreated(appendLayer(await builtinImage(), layer, history), "1970-01-01T00:00:00Z"),
    { "org.opencontainers.image.version": "1.2.3", "org.opencontainers.image.title": "hello" },
  );
  await validateImage(image, { deep: true });
  await assertGolden("image_documents.txt", await documents(image));
});

Deno.test("digests are those that are pinned", async () => {
  // diffIDs hold for ever. The layers' digests are zlib's in Deno 2.9.6: where another Deno changes
  // them and nothing else, the compressor changed, and they are pinned anew with a word in CHANGELOG.
  const { layer } = await packLayer(APP, { store: memoryStore(), mtime: 0 });
  const builtin = await builtinImage();
  const scratch = emptyImage({ os: "linux", architecture: "arm", variant: "v7" });
  const lines = [
    ["application diffID", layer.diffID],
    ["application digest", layer.descriptor.digest],
    ["builtin diffID", builtin.layers[0]?.diffID],
    ["builtin digest", builtin.layers[0]?.descriptor.digest],
    ["builtin manifest", builtin.descriptor.digest],
    ["scratch manifest", scratch.descriptor.digest],
  ];
  await assertGolden("digests.txt", lines.map((line) => `${line.join(" ")}\n`).join(""));
});
