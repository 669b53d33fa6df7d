// What the memory registry does beyond the contract of Registry: it is what a server serves.
import assert from "node:assert/strict";
import { sha256 } from "../../../src/core/digest.ts";
import { encodeJson } from "../../../src/core/json.ts";
import { bytesOf } from "../../../src/core/streams.ts";
import { formatImageManifest } from "../../../src/oci/manifest.ts";
import { MEDIA_TYPE } from "../../../src/oci/media_type.ts";
import type { Descriptor, Manifest } from "../../../src/oci/descriptor.ts";
import { RegistryError } from "../../../src/registry/errors.ts";
import { MemoryRegistry } from "../../../src/registry/memory.ts";

const CONFIG = encodeJson({});
const CONFIG_DESCRIPTOR: Descriptor = {
  mediaType: MEDIA_TYPE.config,
  digest: sha256(CONFIG),
  size: CONFIG.length,
};

/** A registry with one image under some tags. */
async function registryWith(
  ...tags: readonly string[]
): Promise<{ readonly registry: MemoryRegistry; readonly manifest: Manifest }> {
  const registry = new MemoryRegistry();
  const staged = await registry.stageBlob();
  await staged.append(bytesOf(CONFIG));
  await staged.commit("app", CONFIG_DESCRIPTOR.digest);
  const manifest = formatImageManifest({ config: CONFIG_DESCRIPTOR, layers: [] });
  for (const tag of tags) await registry.pushManifest("app", manifest, tag);
  return { registry, manifest };
}

function refuses(code: string): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof RegistryError, String(error));
    assert.deepEqual(error.errors.map((one) => one.code), [code]);
    return true;
  };
}

Deno.test("`listTags()` gives tags in order, and tells no tags from no repository", async () => {
  const { registry } = await registryWith("v2", "latest", "v1");
  assert.deepEqual(await registry.listTags("app"), ["latest", "v1", "v2"]);
  assert.equal(await registry.listTags("other"), undefined);
});

Deno.test("`deleteManifest()` by digest takes its tags away, by tag leaves the manifest", async () => {
  const { registry, manifest } = await registryWith("v1", "v2");
  const { digest } = manifest.descriptor;
  assert.equal(await registry.deleteManifest("app", "v1"), true);
  assert.deepEqual(await registry.listTags("app"), ["v2"]);
  assert.ok(await registry.findManifest("app", digest));
  assert.equal(await registry.deleteManifest("app", digest), true);
  assert.deepEqual(await registry.listTags("app"), []);
  assert.equal(await registry.deleteManifest("app", digest), false);
  assert.equal(await registry.deleteManifest("other", digest), false);
});

Deno.test("`deleteBlob()` takes a blob out of one repository only", async () => {
  const { registry } = await registryWith();
  const { digest } = CONFIG_DESCRIPTOR;
  assert.equal(await registry.mountBlob("app", "copy", digest), true);
  assert.equal(await registry.deleteBlob("app", digest), true);
  assert.equal(await registry.deleteBlob("app", digest), false);
  assert.equal(await registry.hasBlob("copy", digest), true);
});

Deno.test("`commit()` refuses other bytes than were announced", async () => {
  const { registry } = await registryWith();
  const staged = await registry.stageBlob();
  await staged.append(bytesOf(new Uint8Array(3)));
  assert.equal(staged.size, 3);
  await assert.rejects(
    staged.commit("app", sha256(new Uint8Array(4))),
    refuses("DIGEST_INVALID"),
  );
});

Deno.test("`putManifest()` refuses what is none, and what is another", async () => {
  const { registry, manifest } = await registryWith();
  const { raw } = manifest;
  const put = (bytes: Uint8Array<ArrayBuffer>, at: string): Promise<unknown> =>
    registry.putManifest("app", bytes, MEDIA_TYPE.manifest, at);
  await assert.rejects(put(raw, sha256(new Uint8Array(9))), refuses("DIGEST_INVALID"));
  await assert.rejects(put(encodeJson({}), "v1"), refuses("MANIFEST_INVALID"));
  await assert.rejects(
    registry.putManifest("app", raw, MEDIA_TYPE.index, "v1"),
    refuses("MANIFEST_INVALID"),
  );
});

Deno.test("`putManifest()` keeps its own copy of the bytes", async () => {
  const { registry, manifest } = await registryWith();
  const raw = manifest.raw.slice();
  await registry.putManifest("app", raw, MEDIA_TYPE.manifest, "v1");
  raw.fill(0);
  const found = await registry.getManifest("app", "v1");
  assert.equal(sha256(found.raw), manifest.descriptor.digest);
});

Deno.test("`listReferrers()` describes what refers to a manifest", async () => {
  const { registry, manifest } = await registryWith("v1");
  const sbom = formatImageManifest({
    artifactType: "application/spdx+json",
    config: CONFIG_DESCRIPTOR,
    layers: [],
    subject: manifest.descriptor,
    annotations: { "org.example": "yes" },
  });
  const stored = await registry.putManifest("app", sbom.raw, MEDIA_TYPE.manifest, "sbom");
  assert.equal(stored.subject, manifest.descriptor.digest);
  assert.deepEqual(await registry.listReferrers("app", manifest.descriptor.digest), [{
    ...sbom.descriptor,
    artifactType: "application/spdx+json",
    annotations: { "org.example": "yes" },
  }]);
  assert.deepEqual(await registry.listReferrers("app", sbom.descriptor.digest), []);
  assert.deepEqual(await registry.listReferrers("other", sbom.descriptor.digest), []);
});
