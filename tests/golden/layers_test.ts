// Goldens of what krust packs: layers as listings, documents as JSON, and digests pinned.
import { dirname, join } from "node:path";
import type { Asset } from "../../src/assets/asset.ts";
import { assetEntries } from "../../src/assets/asset_entries.ts";
import { findAssets } from "../../src/assets/find_assets.ts";
import { sha256 } from "../../src/core/digest.ts";
import { fileCapabilities } from "../../src/core/file_capabilities.ts";
import { bodyOf } from "../../src/core/streams.ts";
import { appendLayer, emptyImage, withAnnotations, withCreated } from "../../src/image/mutate.ts";
import type { Image, Layer } from "../../src/image/image.ts";
import type { LayerEntry, LayerFile } from "../../src/image/layer_entry.ts";
import { packLayer } from "../../src/image/pack.ts";
import { validateImage } from "../../src/image/validate.ts";
import { builtinSource } from "../../src/sources/builtin.ts";
import { assertGolden } from "../support/golden.ts";
import { listLayer } from "../support/layer_listing.ts";
import { memoryStore } from "../support/memory_store.ts";
import { drain, noise } from "../support/streams.ts";
import { withTemporaryFolder } from "../support/temporary_folder.ts";

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

/** A project with assets, of which nothing but content and the owner's right to execute counts. */
async function assetLayer(): Promise<Layer> {
  return await withTemporaryFolder(async (project) => {
    const files = { "krustdata/b/deep.txt": "b", "krustdata/a": "a", "tool": "#!", "c.css": "" };
    for (const [name, text] of Object.entries(files)) {
      await Deno.mkdir(dirname(join(project, name)), { recursive: true });
      await Deno.writeTextFile(join(project, name), text);
      await Deno.chmod(join(project, name), name === "tool" ? 0o4775 : 0o660);
    }
    await Deno.mkdir(join(project, "krustdata/empty"));
    await Deno.symlink("../tool", join(project, "krustdata/link"));
    const asset = (source: string, destination: string, mode?: number): Asset => ({
      label: source,
      source: join(project, source),
      destination,
      namedBy: "project",
      ...(mode === undefined ? {} : { mode }),
    });
    const found = await findAssets([
      asset("krustdata", "/var/run/krust"),
      asset("*.css", "/srv", 0o440),
      asset("tool", "/tmp/"),
    ], { project });
    return (await packLayer(await assetEntries(found), { store: memoryStore(), mtime: 0 })).layer;
  });
}

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

Deno.test("a layer of assets is what its golden lists", async () => {
  await assertGolden("assets_layer.txt", await listLayer(await assetLayer()));
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
  const zstd = { format: "zstd", level: 3 } as const;
  const packed = await packLayer(APP, { store: memoryStore(), mtime: 0, compression: zstd });
  const capabilities = fileCapabilities(["net_bind_service"], (reason) => new Error(reason));
  const capable = await packLayer(
    [{ ...file("/app/hello", noise(10)), ...(capabilities && { capabilities }) }],
    { store: memoryStore(), mtime: 0 },
  );
  const builtin = await builtinImage();
  const scratch = emptyImage({ os: "linux", architecture: "arm", variant: "v7" });
  const lines = [
    ["application diffID", layer.diffID],
    ["application digest", layer.descriptor.digest],
    ["assets diffID", (await assetLayer()).diffID],
    ["capabilities diffID", capable.layer.diffID],
    ["zstd digest", packed.layer.descriptor.digest],
    ["builtin diffID", builtin.layers[0]?.diffID],
    ["builtin digest", builtin.layers[0]?.descriptor.digest],
    ["builtin manifest", builtin.descriptor.digest],
    ["scratch manifest", scratch.descriptor.digest],
  ];
  await assertGolden("digests.txt", lines.map((line) => `${line.join(" ")}\n`).join(""));
});
