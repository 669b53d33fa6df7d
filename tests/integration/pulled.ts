// What a registry holds, read back as the values that `validateImage` takes.
import assert from "node:assert/strict";
import type { Image, Node } from "../../src/image/image.ts";
import { validateImage } from "../../src/image/validate.ts";
import { parseManifest } from "../../src/oci/manifest.ts";
import type { MemoryRegistry } from "../../src/registry/memory.ts";
import { registrySource } from "../../src/sources/registry.ts";
import { parseReference } from "../../src/oci/reference.ts";
import { memoryStore } from "../support/memory_store.ts";

/** Reads an image or index by `registry/name:tag` or `registry/name@digest` and checks all of it. */
export async function pullValid(memory: MemoryRegistry, text: string): Promise<Node> {
  const reference = parseReference(text);
  const at = reference.digest ?? reference.tag ?? "latest";
  const manifest = await memory.getManifest(reference.name, at);
  const document = parseManifest(manifest.raw, manifest.descriptor.mediaType, text);
  const root: Node = document.kind === "image"
    ? await pullImage(memory, reference.name, manifest.descriptor.digest)
    : {
      ...manifest,
      kind: "index",
      annotations: document.index.annotations ?? {},
      manifests: await Promise.all(
        document.index.manifests.map(({ digest }) => pullImage(memory, reference.name, digest)),
      ),
    };
  await validateImage(root, { deep: true });
  return root;
}

async function pullImage(memory: MemoryRegistry, name: string, digest: string): Promise<Image> {
  const base = await registrySource({
    reference: parseReference(`${memory.host}/${name}@${digest}`),
    registries: () => memory,
    store: memoryStore(),
    keepLayers: false,
    offline: false,
  }).open();
  const [platform, ...others] = base.platforms ?? [];
  assert.ok(platform !== undefined && others.length === 0, "one manifest is for one platform");
  return await base.image(platform);
}

/** The one image of a node that is no index. */
export function soleImage(node: Node): Image {
  assert.equal(node.kind, "image");
  return node.kind === "image" ? node : assert.fail();
}
