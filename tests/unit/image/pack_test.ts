// Packing: one pass, the same bytes for the same files, nothing kept of files that change.
import assert from "node:assert/strict";
import { sha256 } from "../../../src/core/digest.ts";
import { gunzip } from "../../../src/core/gunzip.ts";
import { type Body, bodyOf, bytesOf } from "../../../src/core/streams.ts";
import type { Compression } from "../../../src/image/compression.ts";
import type { LayerEntry, LayerFile } from "../../../src/image/layer_entry.ts";
import { packLayer } from "../../../src/image/pack.ts";
import { memoryStore } from "../../support/memory_store.ts";
import { cut, drain, noise } from "../../support/streams.ts";

function file(path: string, content: Uint8Array<ArrayBuffer>, mode = 0o755): LayerFile {
  return { path, mode, digest: sha256(content), body: bodyOf(content) };
}

/** A file whose body fails the test if it is opened. */
function unopened(given: LayerFile): LayerFile {
  return { ...given, body: { size: given.body.size, open: () => assert.fail("it was read") } };
}

const APP: readonly LayerEntry[] = [
  file("/app/hello", noise(70_000)),
  file("/app/second", noise(10, 2)),
  file("/etc/hello/config.toml", new TextEncoder().encode("a = 1\n"), 0o644),
  { type: "symlink", path: "/app/link", target: "hello" },
];

Deno.test("`packLayer()` describes the bytes that it keeps", async () => {
  const store = memoryStore();
  const { layer, cached } = await packLayer(APP, { store, mtime: 0 });
  const raw = await drain(await layer.open());
  assert.equal(cached, false);
  assert.deepEqual(layer.descriptor, {
    mediaType: "application/vnd.oci.image.layer.v1.tar+gzip",
    digest: sha256(raw),
    size: raw.length,
  });
  assert.equal(layer.diffID, sha256(await drain(gunzip(bytesOf(raw), "layer"))));
});

Deno.test("`packLayer()` gives the same layer for any order, workers and chunks", async () => {
  const big = noise(5 * 1024 * 1024);
  const body: Body = { size: big.length, open: () => Promise.resolve(cut(big, 100_001)) };
  const first = await packLayer([...APP, file("/big", big)], { store: memoryStore(), mtime: 0 });
  const again = await packLayer(
    [{ ...file("big", big), body }, ...APP.toReversed()],
    { store: memoryStore(), mtime: 0, workers: 3 },
  );
  assert.deepEqual(again.layer.descriptor, first.layer.descriptor);
});

Deno.test("`packLayer()` finds what it packed before, without reading a file", async () => {
  const store = memoryStore();
  const given = file("/app/hello", noise(70_000));
  const first = await packLayer([given], { store, mtime: 5 });
  const again = await packLayer([unopened(given)], {
    store,
    mtime: 5,
    onRead: () => assert.fail("it said that it read"),
  });
  assert.equal(again.cached, true);
  assert.deepEqual(again.layer.descriptor, first.layer.descriptor);
  assert.equal(again.layer.diffID, first.layer.diffID);
  assert.deepEqual(await drain(await again.layer.open()), await drain(await first.layer.open()));
});

Deno.test("`packLayer()` packs anew where anything that shows in the bytes differs", async () => {
  const store = memoryStore();
  const given = file("/app/hello", noise(1_000));
  const variants: readonly (readonly [LayerEntry, { mtime: number; compression?: Compression }])[] =
    [
      [given, { mtime: 0 }],
      [given, { mtime: 1 }],
      [given, { mtime: 0, compression: { format: "gzip", level: 9 } }],
      [given, { mtime: 0, compression: { format: "zstd", level: 3 } }],
      [given, { mtime: 0, compression: { format: "none", level: 0 } }],
      [{ ...given, capabilities: Uint8Array.of(1) }, { mtime: 0 }],
      [{ ...given, mode: 0o644 }, { mtime: 0 }],
      [{ ...given, uid: 1 }, { mtime: 0 }],
      [{ ...given, gid: 1 }, { mtime: 0 }],
      [file("/app/hello2", noise(1_000)), { mtime: 0 }],
      [file("/app/hello", noise(1_000, 2)), { mtime: 0 }],
      [{ type: "directory", path: "/app/hello", mode: 0o755 }, { mtime: 0 }],
      [{ type: "symlink", path: "/app/hello", target: "a" }, { mtime: 0 }],
      [{ type: "symlink", path: "/app/hello", target: "b" }, { mtime: 0 }],
    ];
  for (const [entry, options] of variants) {
    assert.equal((await packLayer([entry], { store, ...options })).cached, false);
  }
  for (const [entry, options] of variants) {
    assert.equal((await packLayer([entry], { store, ...options })).cached, true);
  }
});

Deno.test("`packLayer()` packs anew where the blob is gone or the answer is not one", async () => {
  const store = memoryStore();
  const given = [file("/app/hello", noise(1_000))];
  const { layer } = await packLayer(given, { store, mtime: 0 });
  store.blobs.clear();
  assert.equal((await packLayer(given, { store, mtime: 0 })).cached, false);
  const [key = assert.fail()] = store.answers.keys();
  for (
    const answer of ["null", "[]", '{"digest":"sha256:../../etc/passwd","size":1,"diffID":""}']
  ) {
    store.answers.set(key, answer);
    const again = await packLayer(given, { store, mtime: 0 });
    assert.equal(again.cached, false);
    assert.deepEqual(again.layer.descriptor, layer.descriptor);
  }
});

Deno.test("`packLayer()` says what it reads", async () => {
  let read = 0;
  const onRead = (bytes: number): void => void (read += bytes);
  await packLayer(APP, { store: memoryStore(), mtime: 0, onRead });
  assert.equal(read, 70_000 + 10 + 6);
});

const CHANGED: readonly (readonly [how: string, content: Uint8Array<ArrayBuffer>])[] = [
  ["grew", noise(2_001)],
  ["shrank", noise(1_999)],
  ["was written over", noise(2_000, 7)],
  ["was emptied", new Uint8Array(0)],
];

for (const [how, content] of CHANGED) {
  Deno.test(`\`packLayer()\` fails and keeps nothing where a file ${how} meanwhile`, async () => {
    const store = memoryStore();
    const promised = file("/app/hello", noise(2_000));
    const body: Body = { size: 2_000, open: () => Promise.resolve(bytesOf(content)) };
    await assert.rejects(packLayer([{ ...promised, body }], { store, mtime: 0 }), {
      code: "store-failed",
      message: '"/app/hello" changed while it was read',
      help: ["wait until nothing else writes it, then run again"],
    });
    assert.equal(store.answers.size + store.blobs.size, 0);
  });
}

Deno.test("`packLayer()` names the file that cannot be opened", async () => {
  const body: Body = { size: 1, open: () => Promise.reject(new Deno.errors.NotFound("gone")) };
  const given = [{ ...file("/app/hello", noise(1)), body }];
  await assert.rejects(packLayer(given, { store: memoryStore(), mtime: 0 }), {
    code: "store-failed",
    message: 'cannot archive "app/hello"',
  });
});

Deno.test("`packLayer()` refuses a time that no archive holds", async () => {
  for (const mtime of [-1, 0.5, 8 ** 11, NaN]) {
    await assert.rejects(packLayer(APP, { store: memoryStore(), mtime }), {
      code: "config-invalid",
    });
  }
  await packLayer(APP, { store: memoryStore(), mtime: 8 ** 11 - 1 });
});

Deno.test("`packLayer()` stops at the signal, closes its file and keeps nothing", async () => {
  const stop = new AbortController();
  const store = memoryStore();
  let cancelled = false;
  const body: Body = {
    size: 1024 ** 3,
    open: () =>
      Promise.resolve(
        new ReadableStream({
          pull: (controller) => controller.enqueue(noise(65_536)),
          cancel: () => void (cancelled = true),
        }),
      ),
  };
  let read = 0;
  const packing = packLayer([{ ...file("/a", noise(1)), body }], {
    store,
    mtime: 0,
    workers: 2,
    signal: stop.signal,
    onRead: (bytes) => (read += bytes) > 6_000_000 && stop.abort(new Error("enough")),
  });
  await assert.rejects(packing, /enough/);
  assert.equal(cancelled, true);
  assert.equal(store.answers.size + store.blobs.size, 0);
});
