// The order and the number of requests of a push, judged on a registry that refuses what lacks parts.
import assert from "node:assert/strict";
import { KrustError } from "../../../src/core/error.ts";
import { refusal } from "../../../src/registry/errors.ts";
import { type Image, imagesOf, type Node } from "../../../src/image/image.ts";
import { MemoryRegistry } from "../../../src/registry/memory.ts";
import type { PushBlobOptions, Registry } from "../../../src/registry/registry.ts";
import { SILENT } from "../../../src/report/reporter.ts";
import { registrySink } from "../../../src/sinks/registry.ts";
import type { Target } from "../../../src/sinks/sink.ts";
import { blobsOf, publish, syntheticImage, syntheticIndex } from "../../support/images.ts";
import { type RecordedCall, recordedRegistry } from "../../support/recorded_registry.ts";
import { recordedReport } from "../../support/recorded_report.ts";

const HOST = "registry.test";

function target(name = "me/hello", tags: readonly string[] = ["latest"]): Target {
  return { name: "hello", repository: { registry: HOST, name }, tags };
}

/** Calls as `method at`, with digests replaced by what they are the digest of. */
function story(calls: readonly RecordedCall[], root: Node): readonly string[] {
  const names = new Map<string, string>([[root.descriptor.digest, root.kind]]);
  for (const blob of blobsOf(root)) names.set(blob.descriptor.digest, "blob");
  if (root.kind === "index") {
    for (const image of root.manifests) names.set(image.descriptor.digest, "manifest");
  }
  return calls.map(({ method, at }) => `${method} ${names.get(at) ?? at}`);
}

async function push(registry: Registry, root: Node, to = target()): Promise<readonly string[]> {
  return await registrySink({ registries: () => registry }).write(root, to, { report: SILENT });
}

/** Asserts that a repository holds all of a node. */
async function assertHeld(registry: Registry, repository: string, root: Node): Promise<void> {
  for (const blob of blobsOf(root)) {
    assert.ok(await registry.hasBlob(repository, blob.descriptor.digest));
  }
  for (const image of imagesOf(root)) {
    assert.ok(await registry.headManifest(repository, image.descriptor.digest));
  }
  assert.ok(await registry.headManifest(repository, root.descriptor.digest));
}

async function tagged(registry: Registry, tag: string): Promise<string | undefined> {
  return (await registry.headManifest("me/hello", tag))?.digest;
}

Deno.test("`registrySink()` sends blobs, then the manifest by digest, then tags, and names our digest", async () => {
  const registry = recordedRegistry(new MemoryRegistry(HOST));
  const image = await syntheticImage();
  const references = await push(registry, image, target("me/hello", ["v1", "latest"]));
  assert.deepEqual(references, [`${HOST}/me/hello@${image.descriptor.digest}`]);
  assert.deepEqual(story(registry.calls, image), [
    "headManifest v1",
    "headManifest latest",
    "pushBlob blob",
    "pushBlob blob",
    "pushBlob blob",
    "pushManifest image",
    "pushManifest v1",
    "pushManifest latest",
  ]);
  await assertHeld(registry, "me/hello", image);
  assert.equal(await tagged(registry, "v1"), image.descriptor.digest);
  assert.equal(await tagged(registry, "latest"), image.descriptor.digest);
});

Deno.test("`registrySink()` sends an index after its manifests, and shared blobs once", async () => {
  const registry = recordedRegistry(new MemoryRegistry(HOST));
  const index = await syntheticIndex(["linux/amd64", "linux/arm64"]);
  const references = await push(registry, index);
  assert.deepEqual(references, [`${HOST}/me/hello@${index.descriptor.digest}`]);
  assert.deepEqual(story(registry.calls, index), [
    "headManifest latest",
    ...Array.from({ length: 5 }, () => "pushBlob blob"),
    "pushManifest manifest",
    "pushManifest manifest",
    "pushManifest index",
    "pushManifest latest",
  ]);
  await assertHeld(registry, "me/hello", index);
});

Deno.test("`registrySink()` sends by digest alone where there is no tag", async () => {
  const registry = recordedRegistry(new MemoryRegistry(HOST));
  const image = await syntheticImage();
  await push(registry, image, target("me/hello", []));
  assert.deepEqual(story(registry.calls, image), [
    "headManifest image",
    ...Array.from({ length: 3 }, () => "pushBlob blob"),
    "pushManifest image",
  ]);
});

Deno.test("`registrySink()` asks once a tag and sends nothing when nothing has changed", async (t) => {
  const roots: readonly [string, Node][] = [
    ["an image", await syntheticImage()],
    ["an index", await syntheticIndex(["linux/amd64", "linux/arm64"])],
  ];
  for (const [name, root] of roots) {
    await t.step(name, async () => {
      const memory = new MemoryRegistry(HOST);
      await push(memory, root);
      const registry = recordedRegistry(memory);
      const references = await push(registry, root);
      assert.deepEqual(references, [`${HOST}/me/hello@${root.descriptor.digest}`]);
      assert.deepEqual(story(registry.calls, root), ["headManifest latest"]);
    });
  }
  await t.step("without tags, by digest", async () => {
    const [[, root] = []] = roots;
    assert.ok(root);
    const memory = new MemoryRegistry(HOST);
    await push(memory, root);
    const registry = recordedRegistry(memory);
    await push(registry, root, target("me/hello", []));
    assert.deepEqual(story(registry.calls, root), ["headManifest image"]);
  });
});

Deno.test("`registrySink()` moves only the tags that are elsewhere when one is right", async () => {
  const memory = new MemoryRegistry(HOST);
  const image = await syntheticImage();
  await push(memory, image, target("me/hello", ["v1"]));
  const registry = recordedRegistry(memory);
  await push(registry, image, target("me/hello", ["v1", "latest"]));
  assert.deepEqual(story(registry.calls, image), [
    "headManifest v1",
    "headManifest latest",
    "pushManifest latest",
  ]);
});

Deno.test("`registrySink()` replaces what a tag names", async () => {
  const memory = new MemoryRegistry(HOST);
  await push(memory, await syntheticImage({ seed: 1 }));
  const next = await syntheticImage({ seed: 2 });
  await push(memory, next);
  assert.equal(await tagged(memory, "latest"), next.descriptor.digest);
});

Deno.test("`registrySink()` leaves the tag as it was when a request fails, and can be run again", async (t) => {
  const index = await syntheticIndex(["linux/amd64", "linux/arm64"], { seed: 2 });
  const all = recordedRegistry(new MemoryRegistry(HOST));
  await push(all, index);
  const failure = new KrustError("network-failed", "the line went dead");
  for (let failing = 0; failing < all.calls.length; failing++) {
    await t.step(`request ${failing + 1} of ${all.calls.length}`, async () => {
      const memory = new MemoryRegistry(HOST);
      const old = await syntheticImage({ seed: 1 });
      await push(memory, old);
      let at = 0;
      const registry = recordedRegistry(memory, () => {
        if (at++ === failing) throw failure;
      });
      await assert.rejects(push(registry, index), (error) => error === failure);
      assert.equal(await tagged(memory, "latest"), old.descriptor.digest);
      await assertHeld(memory, "me/hello", old);
      await push(memory, index);
      assert.equal(await tagged(memory, "latest"), index.descriptor.digest);
      await assertHeld(memory, "me/hello", index);
    });
  }
});

Deno.test("`registrySink()` keeps at most four requests under way", async (t) => {
  for (const [concurrency, expected] of [[undefined, 4], [1, 1]] as const) {
    await t.step(`concurrency ${concurrency}`, async () => {
      const registry = recordedRegistry(new MemoryRegistry(HOST));
      const sink = registrySink({
        registries: () => registry,
        ...(concurrency === undefined ? {} : { concurrency }),
      });
      await sink.write(await syntheticImage({ layers: 9 }), target(), { report: SILENT });
      assert.equal(registry.busiest, expected);
    });
  }
});

Deno.test("`registrySink()` sends the largest blob first", async () => {
  const registry = recordedRegistry(new MemoryRegistry(HOST));
  const small = await syntheticImage({ seed: 1, layers: 6, size: 100 });
  const large = await syntheticImage({ seed: 2, layers: 1, size: 50_000 });
  const image: Image = { ...small, layers: [...small.layers, ...large.layers] };
  const first = large.layers[0]?.descriptor.digest;
  // The manifest does not name the large layer; nothing but the order of the blobs matters here.
  await push(registry, image);
  assert.equal(registry.calls.find((call) => call.method === "pushBlob")?.at, first);
});

Deno.test("`registrySink()` mounts base layers from their origin without opening them", async () => {
  const memory = new MemoryRegistry(HOST);
  const base = await syntheticImage();
  await publish(memory, "bases/static", base);
  const image: Image = {
    ...base,
    layers: base.layers.map((layer) => ({
      ...layer,
      origin: { registry: HOST, name: "bases/static" },
      open: () => Promise.reject(new Error("opened")),
    })),
  };
  const report = recordedReport();
  await registrySink({ registries: () => memory }).write(image, target(), { report });
  await assertHeld(memory, "me/hello", base);
  assert.deepEqual(report.steps.filter((step) => step.cached).length, base.layers.length);
});

Deno.test("`registrySink()` mounts what it has put into another repository of the registry", async () => {
  const memory = new MemoryRegistry(HOST);
  const image = await syntheticImage();
  let opened = 0;
  const foreign: Image = {
    ...image,
    layers: image.layers.map((layer) => ({
      ...layer,
      origin: { registry: "elsewhere.test", name: "base" },
      open: (options) => {
        opened++;
        return layer.open(options);
      },
    })),
  };
  const sink = registrySink({ registries: () => memory });
  await sink.write(foreign, target("me/one"), { report: SILENT });
  assert.equal(opened, image.layers.length);
  await sink.write(foreign, target("me/two"), { report: SILENT });
  assert.equal(opened, image.layers.length);
  await assertHeld(memory, "me/two", image);
});

Deno.test("`registrySink()` sends all again, once, when a blob turns out to be missing", async (t) => {
  /** A registry that says that it has every blob, and keeps only those that are forced on it. */
  const lying = (memory: MemoryRegistry, heal: boolean): Registry => ({
    host: HOST,
    getBlob: (...args) => memory.getBlob(...args),
    hasBlob: (...args) => memory.hasBlob(...args),
    getManifest: (...args) => memory.getManifest(...args),
    headManifest: (...args) => memory.headManifest(...args),
    pushManifest: (...args) => memory.pushManifest(...args),
    pushBlob: (repository, blob, options: PushBlobOptions = {}) =>
      options.force === true && heal
        ? memory.pushBlob(repository, blob, options)
        : Promise.resolve("existing"),
  });
  const index = await syntheticIndex(["linux/amd64", "linux/arm64"]);
  await t.step("and succeeds", async () => {
    const memory = new MemoryRegistry(HOST);
    await push(lying(memory, true), index);
    await assertHeld(memory, "me/hello", index);
    assert.equal(await tagged(memory, "latest"), index.descriptor.digest);
  });
  await t.step("and gives up", async () => {
    const memory = new MemoryRegistry(HOST);
    const registry = recordedRegistry(lying(memory, false));
    await assert.rejects(
      push(registry, index),
      (error) => error instanceof KrustError && error.details["errors"] === "MANIFEST_BLOB_UNKNOWN",
    );
    const distinct = new Set(blobsOf(index).map((blob) => blob.descriptor.digest)).size;
    const pushes = registry.calls.filter((call) => call.method === "pushBlob");
    assert.equal(pushes.length, 2 * distinct);
    assert.equal(await tagged(memory, "latest"), undefined);
  });
});

Deno.test("`registrySink()` gives other refusals to the caller at once", async () => {
  const denied = refusal(403, "DENIED", "not yours");
  const registry = recordedRegistry(new MemoryRegistry(HOST), ({ method }) => {
    if (method === "pushManifest") throw denied;
  });
  const image = await syntheticImage();
  await assert.rejects(push(registry, image), (error) => error === denied);
  assert.equal(registry.calls.filter((call) => call.method === "pushBlob").length, 3);
});

Deno.test("`registrySink()` rejects with the signal's reason when cancelled", async () => {
  const stop = new AbortController();
  const reason = new KrustError("interrupted", "interrupted");
  const memory = new MemoryRegistry(HOST);
  const registry = recordedRegistry(memory, ({ method }) => {
    if (method === "pushBlob") stop.abort(reason);
  });
  await assert.rejects(
    async () =>
      registrySink({ registries: () => registry }).write(await syntheticImage(), target(), {
        report: SILENT,
        signal: stop.signal,
      }),
    (error) => error === reason,
  );
  assert.equal(await tagged(memory, "latest"), undefined);
  assert.ok(registry.calls.every((call) => call.method !== "pushManifest"));
});

Deno.test("`registrySink()` says where it pushes and what each step moves", async () => {
  const report = recordedReport();
  const image = await syntheticImage({ layers: 1 });
  const memory = new MemoryRegistry(HOST);
  await registrySink({ registries: () => memory })
    .write(image, target("me/hello", ["v1", "latest"]), { report });
  const [layer] = image.layers;
  assert.ok(layer);
  assert.deepEqual(report.messages.filter((message) => message.startsWith("info: ")), [
    `info: Pushing image to: ${HOST}/me/hello:v1, ${HOST}/me/hello:latest`,
    `info: Successfully pushed image: ${HOST}/me/hello@${image.descriptor.digest}`,
  ]);
  const step = report.steps.find((one) =>
    one.label === `Pushing layer ${layer.descriptor.digest.slice(0, 19)}…`
  );
  assert.deepEqual([step?.total, step?.done, step?.cached], [
    layer.descriptor.size,
    layer.descriptor.size,
    false,
  ]);
});

Deno.test("`registrySink()` refuses a target without a repository as a bug of ours", async () => {
  const sink = registrySink({ registries: () => new MemoryRegistry(HOST) });
  await assert.rejects(
    async () =>
      sink.write(await syntheticImage(), { name: "hello", tags: ["latest"] }, { report: SILENT }),
    (error) => error instanceof KrustError && error.code === "internal",
  );
});
