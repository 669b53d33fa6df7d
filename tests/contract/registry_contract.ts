// What every Registry must do, whatever is behind it: one suite, run on each implementation.
import assert from "node:assert/strict";
import { sha256 } from "../../src/core/digest.ts";
import { KrustError } from "../../src/core/error.ts";
import { type Bytes, bytesOf, verified } from "../../src/core/streams.ts";
import { blobOf } from "../../src/image/image.ts";
import type { Blob, Descriptor, Manifest } from "../../src/oci/descriptor.ts";
import { formatImageIndex, formatImageManifest } from "../../src/oci/manifest.ts";
import { MEDIA_TYPE } from "../../src/oci/media_type.ts";
import { RegistryError } from "../../src/registry/errors.ts";
import type { Registry } from "../../src/registry/registry.ts";
import { type Lacking, registerTest } from "../support/require.ts";
import { cut, drain, noise } from "../support/streams.ts";

/** A registry for one test, empty, and whatever it runs on. */
export interface ContractRegistry extends AsyncDisposable {
  /** The registry. */
  readonly registry: Registry;
}

const APP = "team/app";
const BASE = "base";

/** Registers the contract's tests for the registries that `make` makes, one for each test. */
export function registryContract(
  name: string,
  make: () => Promise<ContractRegistry>,
  lacking?: Lacking,
): void {
  const test = (what: string, run: (registry: Registry) => Promise<void>): void =>
    registerTest(Deno.test, lacking, `${name}: ${what}`, async () => {
      await using made = await make();
      await run(made.registry);
    });
  blobTests(test);
  mountTests(test);
  uploadTests(test);
  manifestTests(test);
}

type Test = (what: string, run: (registry: Registry) => Promise<void>) => void;

function blobTests(test: Test): void {
  test("`getBlob()` gives what `pushBlob()` uploaded", async (registry) => {
    const blob = layer("hello");
    assert.equal(await registry.hasBlob(APP, blob.descriptor.digest), false);
    assert.equal(await registry.pushBlob(APP, blob), "uploaded");
    assert.equal(await registry.hasBlob(APP, blob.descriptor.digest), true);
    const bytes = await drain(await registry.getBlob(APP, blob.descriptor));
    assert.equal(new TextDecoder().decode(bytes), "hello");
  });

  test("`pushBlob()` sends nothing that is there", async (registry) => {
    const blob = layer("hello");
    await registry.pushBlob(APP, blob);
    const again: Blob = { ...blob, open: () => Promise.reject(new Error("opened")) };
    assert.equal(await registry.pushBlob(APP, again), "existing");
  });

  test("`pushBlob()` sends what is there when it is forced to", async (registry) => {
    const blob = layer("hello");
    await registry.pushBlob(APP, blob);
    assert.equal(await registry.pushBlob(APP, blob, { force: true }), "uploaded");
    assert.equal((await drain(await registry.getBlob(APP, blob.descriptor))).length, 5);
  });

  test("a blob of one repository is not in another", async (registry) => {
    const blob = layer("hello");
    await registry.pushBlob(BASE, blob);
    assert.equal(await registry.hasBlob(APP, blob.descriptor.digest), false);
  });

  test("`pushBlob()` takes an empty blob", async (registry) => {
    const blob = layer("");
    assert.equal(await registry.pushBlob(APP, blob), "uploaded");
    assert.equal((await drain(await registry.getBlob(APP, blob.descriptor))).length, 0);
  });

  test("`pushBlob()` tells how much it sent of a large blob", async (registry) => {
    const content = noise(3 * 1024 * 1024);
    const blob: Blob = {
      ...blobOf(content, MEDIA_TYPE.layerGzip),
      open: () => Promise.resolve(cut(content, 100_000)),
    };
    const sent: number[] = [];
    await registry.pushBlob(APP, blob, { onSent: (bytes) => sent.push(bytes) });
    assert.ok(sent.length > 1, `${sent.length} chunks`);
    assert.equal(sent.reduce((sum, bytes) => sum + bytes, 0), content.length);
    const back = await drain(await registry.getBlob(APP, blob.descriptor));
    assert.equal(sha256(back), blob.descriptor.digest);
  });

  test("`getBlob()` says that a blob is not there", async (registry) => {
    await registry.pushBlob(APP, layer("hello"));
    await rejectsWith(registry.getBlob(APP, layer("other").descriptor), 404);
  });

  test("`getBlob()` fails where the descriptor promises another size", async (registry) => {
    const blob = layer("hello");
    await registry.pushBlob(APP, blob);
    for (const size of [4, 6]) {
      const bytes = await registry.getBlob(APP, { ...blob.descriptor, size });
      await assert.rejects(drain(bytes), hasCode("digest-mismatch"), `size ${size}`);
    }
  });
}

function mountTests(test: Test): void {
  test("`pushBlob()` mounts a blob from where it came", async (registry) => {
    const blob = layer("of the base");
    await registry.pushBlob(BASE, blob);
    const origin = { registry: registry.host, name: BASE };
    const unopened = { ...blob, origin, open: () => Promise.reject(new Error("opened")) };
    assert.equal(await registry.pushBlob(APP, unopened), "mounted");
    const bytes = await drain(await registry.getBlob(APP, blob.descriptor));
    assert.equal(new TextDecoder().decode(bytes), "of the base");
  });

  test("`pushBlob()` uploads what its origin does not have", async (registry) => {
    await registry.pushBlob(BASE, layer("something"));
    const blob = { ...layer("else"), origin: { registry: registry.host, name: BASE } };
    assert.equal(await registry.pushBlob(APP, blob), "uploaded");
    assert.equal((await drain(await registry.getBlob(APP, blob.descriptor))).length, 4);
  });

  test("`pushBlob()` uploads what another registry has", async (registry) => {
    const origin = { registry: "elsewhere.example", name: BASE };
    assert.equal(await registry.pushBlob(APP, { ...layer("far"), origin }), "uploaded");
  });
}

function uploadTests(test: Test): void {
  test("`pushBlob()` fails as the blob's own source does, and leaves nothing", async (registry) => {
    const content = noise(500_000);
    const blob = blobOf(content, MEDIA_TYPE.layerGzip);
    const wrong = content.with(499_999, 1 + (content[499_999] ?? 0));
    let opened = 0;
    const broken: Blob = {
      ...blob,
      open(): Promise<Bytes> {
        opened++;
        return Promise.resolve(verified(bytesOf(wrong), blob.descriptor, "the base's layer"));
      },
    };
    await assert.rejects(registry.pushBlob(APP, broken), (error) => {
      assert.ok(error instanceof KrustError && !(error instanceof RegistryError));
      assert.equal(error.code, "digest-mismatch");
      assert.match(error.message, /^the base's layer/);
      return true;
    });
    assert.equal(opened, 1, "tried again");
    assert.equal(await registry.hasBlob(APP, blob.descriptor.digest), false);
  });

  test("the same blob can be pushed twice at once", async (registry) => {
    const content = noise(300_000);
    const blob = blobOf(content, MEDIA_TYPE.layerGzip);
    await Promise.all([registry.pushBlob(APP, blob), registry.pushBlob(APP, blob)]);
    assert.equal((await drain(await registry.getBlob(APP, blob.descriptor))).length, 300_000);
  });

  test("what is cancelled rejects with the signal's reason", async (registry) => {
    const signal = AbortSignal.abort(new KrustError("interrupted", "enough"));
    const blob = layer("hello");
    const manifest = image(blob);
    const interrupted = hasCode("interrupted");
    await assert.rejects(registry.pushBlob(APP, blob, { signal }), interrupted);
    await assert.rejects(registry.hasBlob(APP, blob.descriptor.digest, { signal }), interrupted);
    await assert.rejects(registry.getBlob(APP, blob.descriptor, { signal }), interrupted);
    await assert.rejects(registry.getManifest(APP, "v1", { signal }), interrupted);
    await assert.rejects(registry.headManifest(APP, "v1", { signal }), interrupted);
    await assert.rejects(registry.pushManifest(APP, manifest, "v1", { signal }), interrupted);
  });

  test("`pushBlob()` that is cancelled on the way rejects with the reason", async (registry) => {
    const stop = new AbortController();
    const content = noise(1_000_000);
    const blob: Blob = {
      ...blobOf(content, MEDIA_TYPE.layerGzip),
      open: () => Promise.resolve(cut(content, 10_000)),
    };
    let sent = 0;
    const onSent = (bytes: number): void => {
      sent += bytes;
      if (sent > 100_000) stop.abort(new KrustError("interrupted", "enough"));
    };
    const pushing = registry.pushBlob(APP, blob, { signal: stop.signal, onSent });
    await assert.rejects(pushing, hasCode("interrupted"));
    assert.equal(await registry.hasBlob(APP, blob.descriptor.digest), false);
  });
}

function manifestTests(test: Test): void {
  test("`getManifest()` gives what was pushed, by digest and by tag", async (registry) => {
    const manifest = await pushImage(registry, "hello");
    await registry.pushManifest(APP, manifest, "v1");
    for (const at of [manifest.descriptor.digest, "v1"]) {
      const found = await registry.getManifest(APP, at);
      assert.deepEqual(found.raw, manifest.raw);
      assert.deepEqual(found.descriptor, manifest.descriptor);
    }
  });

  test("a manifest pushed by digest has no tag", async (registry) => {
    const manifest = await pushImage(registry, "hello");
    await registry.pushManifest(APP, manifest, manifest.descriptor.digest);
    await rejectsWith(registry.getManifest(APP, "latest"), 404);
    const found = await registry.getManifest(APP, manifest.descriptor.digest);
    assert.equal(found.descriptor.digest, manifest.descriptor.digest);
  });

  test("a tag moves, and what it named stays", async (registry) => {
    const old = await pushImage(registry, "old");
    const fresh = await pushImage(registry, "fresh");
    await registry.pushManifest(APP, old, "latest");
    await registry.pushManifest(APP, fresh, "latest");
    const found = await registry.getManifest(APP, "latest");
    assert.equal(found.descriptor.digest, fresh.descriptor.digest);
    assert.deepEqual((await registry.getManifest(APP, old.descriptor.digest)).raw, old.raw);
  });

  test("an index is kept once its manifests are", async (registry) => {
    const manifest = await pushImage(registry, "hello");
    await registry.pushManifest(APP, manifest, manifest.descriptor.digest);
    const platform = { os: "linux", architecture: "arm64" };
    const index = formatImageIndex({ manifests: [{ ...manifest.descriptor, platform }] });
    await registry.pushManifest(APP, index, "multi");
    const found = await registry.getManifest(APP, "multi");
    assert.deepEqual(found.raw, index.raw);
    assert.equal(found.descriptor.mediaType, MEDIA_TYPE.index);
  });

  test("an index whose manifest is missing is refused, and the tag stays", async (registry) => {
    const manifest = await pushImage(registry, "hello");
    await registry.pushManifest(APP, manifest, "latest");
    const absent = image(layer("never pushed")).descriptor;
    const platform = { os: "linux", architecture: "arm64" };
    const index = formatImageIndex({ manifests: [{ ...absent, platform }] });
    await assert.rejects(registry.pushManifest(APP, index, "latest"), RegistryError);
    const found = await registry.getManifest(APP, "latest");
    assert.equal(found.descriptor.digest, manifest.descriptor.digest);
  });

  test("a manifest whose blob is missing is refused with the spec's code", async (registry) => {
    const blob = layer("never pushed");
    await registry.pushBlob(APP, config());
    await assert.rejects(registry.pushManifest(APP, image(blob), "v1"), (error) => {
      assert.ok(error instanceof RegistryError, String(error));
      assert.equal(error.code, "registry-rejected");
      assert.ok(error.has("MANIFEST_BLOB_UNKNOWN"), error.message);
      return true;
    });
    await rejectsWith(registry.getManifest(APP, "v1"), 404);
  });

  test("`getManifest()` says that a manifest is not there", async (registry) => {
    await rejectsWith(registry.getManifest("no/such", "latest"), 404);
    await rejectsWith(registry.getManifest("no/such", layer("x").descriptor.digest), 404);
  });

  test("`headManifest()` describes what is there", async (registry) => {
    const manifest = await pushImage(registry, "hello");
    await registry.pushManifest(APP, manifest, "v1");
    const { mediaType, digest, size } = manifest.descriptor;
    const expected: Descriptor = { mediaType, digest, size };
    assert.deepEqual(await registry.headManifest(APP, "v1"), expected);
    assert.deepEqual(await registry.headManifest(APP, digest), expected);
    assert.equal(await registry.headManifest(APP, "v2"), undefined);
  });
}

function layer(text: string): Blob {
  return blobOf(new TextEncoder().encode(text), MEDIA_TYPE.layerGzip);
}

function config(): Blob {
  return blobOf(new TextEncoder().encode("{}"), MEDIA_TYPE.config);
}

function image(blob: Blob): Manifest {
  return formatImageManifest({ config: config().descriptor, layers: [blob.descriptor] });
}

/** Pushes the blobs of an image and gives its manifest. */
async function pushImage(registry: Registry, text: string): Promise<Manifest> {
  const blob = layer(text);
  await registry.pushBlob(APP, config());
  await registry.pushBlob(APP, blob);
  return image(blob);
}

function hasCode(code: string): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof KrustError, String(error));
    assert.equal(error.code, code, error.message);
    return true;
  };
}

async function rejectsWith(work: Promise<unknown>, status: number): Promise<void> {
  await assert.rejects(work, (error) => {
    assert.ok(error instanceof RegistryError, String(error));
    assert.equal(error.status, status);
    assert.equal(error.code, "registry-rejected");
    return true;
  });
}
