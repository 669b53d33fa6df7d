// The content store on disk: whole or absent, whatever happens to the process, the disk or a file.
import assert from "node:assert/strict";
import { digestHex, sha256 } from "../../../src/core/digest.ts";
import { causeChain, KrustError } from "../../../src/core/error.ts";
import { bytesOf } from "../../../src/core/streams.ts";
import { ContentStore } from "../../../src/store/content_store.ts";
import { storeContract } from "../../support/store_contract.ts";
import { drain, noise } from "../../support/streams.ts";
import { withTemporaryFolder } from "../../support/temporary_folder.ts";

const NOW = Date.UTC(2030, 0, 2);
const HOUR = 3_600_000;

const content = noise(100_000);
const descriptor = { mediaType: "a/b", digest: sha256(content), size: content.length };

function storeIn(folder: string): ContentStore {
  return new ContentStore(folder, { now: () => new Date(NOW) });
}

function blobPath(folder: string): string {
  return `${folder}/blobs/sha256/${digestHex(descriptor.digest)}`;
}

async function permissions(path: string): Promise<number> {
  return ((await Deno.stat(path)).mode ?? 0) & 0o777;
}

async function names(folder: string): Promise<readonly string[]> {
  return (await Array.fromAsync(Deno.readDir(folder), ({ name }) => name)).toSorted();
}

async function storeFailed(promise: Promise<unknown>, ...about: readonly RegExp[]): Promise<void> {
  await assert.rejects(promise, (error) => {
    assert.ok(error instanceof KrustError, `${error}`);
    assert.equal(error.code, "store-failed");
    const told = [error.message, ...causeChain(error), ...error.help].join("\n");
    for (const pattern of about) assert.match(told, pattern);
    return true;
  });
}

storeContract(
  "`ContentStore`",
  (use) => withTemporaryFolder((folder) => use(storeIn(`${folder}/cache/krust`))),
);

Deno.test("`ContentStore` makes nothing before the first write, and then for its owner alone", () =>
  withTemporaryFolder(async (folder) => {
    const store = storeIn(`${folder}/cache/krust`);
    await store.find(descriptor);
    await store.recall(descriptor.digest);
    assert.deepEqual(await names(folder), []);
    await store.ingest(bytesOf(content), "a/b");
    await store.remember(descriptor.digest, 1);
    assert.deepEqual(await names(`${folder}/cache/krust`), ["blobs", "recall", "tmp"]);
    for (const path of ["", "/krust", "/krust/tmp", "/krust/recall", "/krust/blobs/sha256"]) {
      assert.equal(await permissions(`${folder}/cache${path}`), 0o700, path);
    }
    assert.equal(await permissions(blobPath(`${folder}/cache/krust`)), 0o600);
  }));

Deno.test("`ContentStore.ingest()` leaves no temporary file, done or aborted", () =>
  withTemporaryFolder(async (folder) => {
    const store = storeIn(folder);
    const stop = new AbortController();
    const bytes = ReadableStream.from((async function* () {
      yield content;
      // By now the first chunk is on its way to a file.
      yield content;
      stop.abort(new Error("enough"));
      yield content;
    })());
    await assert.rejects(store.ingest(bytes, "a/b", stop), /enough/);
    assert.deepEqual(await names(`${folder}/tmp`), []);
    assert.deepEqual(await names(`${folder}/blobs/sha256`), []);
    await store.ingest(bytesOf(content), "a/b");
    assert.deepEqual(await names(`${folder}/tmp`), []);
  }));

Deno.test("`ContentStore.ingest()` replaces a damaged entry", () =>
  withTemporaryFolder(async (folder) => {
    const store = storeIn(folder);
    await store.ingest(bytesOf(content), "a/b");
    await Deno.writeFile(blobPath(folder), noise(content.length, 9));
    const blob = await store.ingest(bytesOf(content), "a/b");
    assert.deepEqual(await drain(await blob.open()), content);
  }));

const REPLACED: readonly (readonly [what: string, replace: (path: string) => Promise<unknown>])[] =
  [
    ["a folder", (path) => Deno.mkdir(`${path}/inner`, { recursive: true })],
    ["a link to good content", async (path) => {
      await Deno.writeFile(`${path}.good`, content);
      await Deno.symlink(`${path}.good`, path);
    }],
    ["a link to nothing", (path) => Deno.symlink("nowhere", path)],
    ["a pipe", (path) => new Deno.Command("mkfifo", { args: [path] }).output()],
    ["a shorter file", (path) => Deno.writeFile(path, content.slice(1))],
    ["a longer file", (path) => Deno.writeFile(path, noise(content.length + 1))],
  ];

for (const [what, replace] of REPLACED) {
  Deno.test(`\`ContentStore.find()\` passes over ${what}, and \`ingest()\` replaces it`, () =>
    withTemporaryFolder(async (folder) => {
      const store = storeIn(folder);
      const before = await store.ingest(bytesOf(content), "a/b");
      await Deno.remove(blobPath(folder));
      await replace(blobPath(folder));
      assert.equal(await store.find(descriptor), undefined);
      if (!what.endsWith("file")) await storeFailed(before.open(), /not there any more/);
      await store.ingest(bytesOf(content), "a/b");
      const found = await store.find(descriptor) ?? assert.fail();
      assert.deepEqual(await drain(await found.open()), content);
    }));
}

Deno.test("a blob of `ContentStore` that was damaged fails, is removed, and can be kept anew", () =>
  withTemporaryFolder(async (folder) => {
    const store = storeIn(folder);
    const blob = await store.ingest(bytesOf(content), "a/b");
    await Deno.writeFile(blobPath(folder), content.with(50_000, (content[50_000] ?? 0) ^ 1));
    await storeFailed(
      (async () => await drain(await blob.open()))(),
      /cache entry ".*" was damaged/,
      /expected sha256:/,
      /run again/,
    );
    assert.equal(await store.find(descriptor), undefined);
    await store.ingest(bytesOf(content), "a/b");
    assert.deepEqual(await drain(await blob.open()), content);
  }));

Deno.test("a blob of `ContentStore` closes its file when it is not read to the end", () =>
  withTemporaryFolder(async (folder) => {
    const blob = await storeIn(folder).ingest(bytesOf(noise(2_000_000)), "a/b");
    const reader = (await blob.open()).getReader();
    await reader.read();
    await reader.cancel();
    await assert.rejects(blob.open({ signal: AbortSignal.abort(new Error("enough")) }), /enough/);
  }));

const UNREADABLE: readonly (readonly [what: string, write: (path: string) => Promise<unknown>])[] =
  [
    ["half of it", (path) => Deno.writeTextFile(path, '{"size":')],
    ["bad UTF-8", (path) => Deno.writeFile(path, Uint8Array.of(0x22, 0xff, 0x22))],
    ["a folder", (path) => Deno.mkdir(path)],
    ["a link", (path) => Deno.symlink("/etc/hostname", path)],
    ["far too much", (path) => Deno.writeTextFile(path, `"${"x".repeat(1024 * 1024)}"`)],
  ];

for (const [what, write] of UNREADABLE) {
  Deno.test(`\`ContentStore.recall()\` knows nothing where there is ${what}`, () =>
    withTemporaryFolder(async (folder) => {
      const store = storeIn(folder);
      const path = `${folder}/recall/${digestHex(descriptor.digest)}.json`;
      await store.remember(descriptor.digest, 1);
      await Deno.remove(path);
      await write(path);
      assert.equal(await store.recall(descriptor.digest), undefined);
      await store.remember(descriptor.digest, 2);
      assert.equal(await store.recall(descriptor.digest), 2);
    }));
}

Deno.test("`ContentStore` sweeps what a killed process left a day ago, and nothing younger", () =>
  withTemporaryFolder(async (folder) => {
    await Deno.mkdir(`${folder}/tmp`, { recursive: true });
    for (const [name, hours] of [["old", 25], ["young", 23]] as const) {
      await Deno.writeTextFile(`${folder}/tmp/${name}`, "half");
      const written = (NOW - hours * HOUR) / 1_000;
      await Deno.utime(`${folder}/tmp/${name}`, written, written);
    }
    await storeIn(folder).ingest(bytesOf(content), "a/b");
    assert.deepEqual(await names(`${folder}/tmp`), ["young"]);
  }));
