// What every `Store` promises, as tests that any implementation can be put through.
import assert from "node:assert/strict";
import { sha256 } from "../../src/core/digest.ts";
import { bytesOf } from "../../src/core/streams.ts";
import type { Store } from "../../src/store/store.ts";
import { chunked, cut, drain, noise } from "./streams.ts";

const content = noise(300_000);
const descriptor = { mediaType: "a/b", digest: sha256(content), size: content.length };

const CONTRACT: Readonly<Record<string, (store: Store) => Promise<void>>> = {
  async "names what it ingests, and finds it"(store): Promise<void> {
    assert.equal(await store.find(descriptor), undefined);
    const ingested = await store.ingest(cut(content, 70_000), "a/b");
    assert.deepEqual(ingested.descriptor, descriptor);
    const found = await store.find(descriptor);
    assert.deepEqual(found?.descriptor, descriptor);
    for (const blob of [ingested, found, found]) {
      assert.deepEqual(await drain(await blob?.open() ?? assert.fail()), content);
    }
  },

  async "ingests nothing, and the same thing twice"(store): Promise<void> {
    for (const raw of [new Uint8Array(0), content, content]) {
      const { descriptor, open } = await store.ingest(bytesOf(raw), "a/b");
      assert.equal(descriptor.digest, sha256(raw));
      assert.deepEqual(await drain(await open()), raw);
    }
  },

  async "finds nothing of another size"(store): Promise<void> {
    await store.ingest(bytesOf(content), "a/b");
    assert.equal(await store.find({ ...descriptor, size: content.length - 1 }), undefined);
  },

  async "keeps nothing where the bytes fail, and passes the failure on"(store): Promise<void> {
    const torn = ReadableStream.from((async function* () {
      yield content;
      throw new Error("torn");
    })());
    await assert.rejects(store.ingest(torn, "a/b"), /^Error: torn$/);
    assert.equal(await store.find(descriptor), undefined);
  },

  async "stops ingesting at the signal, cancels the bytes and keeps nothing"(store): Promise<void> {
    const stop = new AbortController();
    const reason = new Error("enough");
    let cancelled: unknown;
    const endless = new ReadableStream<Uint8Array<ArrayBuffer>>({
      pull(controller): void | Promise<never> {
        if (stop.signal.aborted) return new Promise<never>(() => {});
        controller.enqueue(content.slice());
        stop.abort(reason);
      },
      cancel: (why) => void (cancelled = why),
    }, { highWaterMark: 0 });
    await assert.rejects(store.ingest(endless, "a/b", stop), reason);
    assert.equal(cancelled, reason);
    assert.equal(await store.find(descriptor), undefined);
    await assert.rejects(store.ingest(chunked(content), "a/b", stop), reason);
  },

  async "recalls what it was told last"(store): Promise<void> {
    const [key, other] = [sha256(content), sha256(new Uint8Array(1))];
    assert.equal(await store.recall(key), undefined);
    await store.remember(key, { size: 1 });
    await store.remember(other, "else");
    await store.remember(key, { size: 2, list: [null, "é"] });
    assert.deepEqual(await store.recall(key), { size: 2, list: [null, "é"] });
    assert.equal(await store.recall(other), "else");
  },

  async "takes the same content from many at once"(store): Promise<void> {
    const blobs = await Promise.all(
      Array.from({ length: 8 }, () => store.ingest(cut(content, 50_000), "a/b")),
    );
    for (const blob of blobs) assert.deepEqual(await drain(await blob.open()), content);
  },
};

/**
 * Registers the tests.
 *
 * @param name names the implementation in theirs.
 * @param withStore makes an empty store, calls `use`, and clears up.
 */
export function storeContract(
  name: string,
  withStore: (use: (store: Store) => Promise<void>) => Promise<void>,
): void {
  for (const [does, use] of Object.entries(CONTRACT)) {
    Deno.test(`${name} ${does}`, () => withStore(use));
  }
}
