import assert from "node:assert/strict";
import { bytesOf } from "../../../src/core/streams.ts";
import { sha256 } from "../../../src/core/digest.ts";
import { ContentStore } from "../../../src/store/content_store.ts";
import {
  type Entry,
  listEntries,
  planEviction,
  removeEntries,
  totalSize,
} from "../../../src/store/eviction.ts";
import { noise } from "../../support/streams.ts";
import { withTemporaryFolder } from "../../support/temporary_folder.ts";

const entry = (path: string, size: number, used: number): Entry => ({ path, size, used });
const names = (entries: readonly Entry[]): string => entries.map(({ path }) => path).join(" ");

Deno.test("planEviction() removes what was used longest ago until the rest fits", () => {
  const entries = [entry("old", 5, 1), entry("new", 5, 3), entry("mid", 5, 2)];
  const { removed, kept } = planEviction(entries, { limit: 10 });
  assert.equal(names(kept), "new mid");
  assert.equal(names(removed), "old");
});

Deno.test("planEviction() lets small entries stay where a large newer one does not fit", () => {
  const { removed, kept } = planEviction([entry("large", 50, 2), entry("small", 1, 1)], {
    limit: 10,
  });
  assert.deepEqual([names(kept), names(removed)], ["small", "large"]);
});

Deno.test("planEviction() spares what is fresh, however little room there is", () => {
  const { kept } = planEviction([entry("a", 5, 10), entry("b", 5, 9), entry("c", 0, 1)], {
    limit: 0,
    fresh: 8,
  });
  assert.equal(names(kept), "a b");
});

Deno.test("planEviction() removes what has expired, however much room there is", () => {
  const { removed } = planEviction([entry("a", 5, 10), entry("b", 5, 1)], {
    limit: Infinity,
    expired: 2,
  });
  assert.equal(names(removed), "b");
});

const DAY = 24 * 3_600_000;

Deno.test("what the store finds again counts as used", () =>
  withTemporaryFolder(async (folder) => {
    let now = Date.UTC(2030, 0, 1);
    const store = new ContentStore(folder, { now: () => new Date(now) });
    const [one, other] = [noise(1_000, 1), noise(1_000, 2)];
    const first = await store.ingest(bytesOf(one), "a/b");
    await store.ingest(bytesOf(other), "a/b");
    await store.remember(sha256(one), { answer: 1 });
    now += DAY;
    await store.find(first.descriptor);
    await store.recall(sha256(one));
    const entries = await listEntries(folder);
    assert.equal(entries.length, 3);
    assert.equal(totalSize(entries), 2_000 + '{"answer":1}'.length);
    const { removed } = planEviction(entries, { limit: 1_500 });
    assert.deepEqual(await removeEntries(removed), removed);
    assert.notEqual(await store.find(first.descriptor), undefined);
    assert.equal((await listEntries(folder)).length, 2);
  }));

Deno.test("listEntries() finds nothing where there is no cache yet", async () => {
  assert.deepEqual(await listEntries("/nonexistent/krust"), []);
});

Deno.test("removeEntries() leaves out what somebody else has removed already", async () => {
  assert.deepEqual(await removeEntries([entry("/nonexistent/krust/x", 1, 1)]), []);
});
