// The content store among other processes, and on disks that are full, read-only or not there.
import assert from "node:assert/strict";
import { sha256 } from "../../../src/core/digest.ts";
import { KrustError } from "../../../src/core/error.ts";
import { bytesOf } from "../../../src/core/streams.ts";
import { ContentStore } from "../../../src/store/content_store.ts";
import { requiring } from "../../support/require.ts";
import { cut, drain, noise } from "../../support/streams.ts";
import { withTemporaryFolder } from "../../support/temporary_folder.ts";

function storeIn(folder: string): ContentStore {
  return new ContentStore(folder, { now: () => new Date(0) });
}

async function names(folder: string): Promise<readonly string[]> {
  return await Array.fromAsync(Deno.readDir(folder), ({ name }) => name);
}

/** Starts a process that has a `store` in `folder`, `noise` and `bytesOf`. */
function process(folder: string, body: string): Deno.ChildProcess {
  const root = new URL("../../../", import.meta.url);
  const program = `
    import { ContentStore } from "${root}src/store/content_store.ts";
    import { bytesOf } from "${root}src/core/streams.ts";
    import { noise } from "${root}tests/support/streams.ts";
    const store = new ContentStore(${JSON.stringify(folder)}, { now: () => new Date(0) });
    ${body}`;
  return new Deno.Command(Deno.execPath(), {
    args: ["eval", `--config=${root.pathname}deno.json`, "--no-lock", "--ext=js", program],
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
}

Deno.test("`ContentStore` serves several processes in one folder", () =>
  withTemporaryFolder(async (folder) => {
    const children = [1, 2, 3].map((seed) =>
      process(
        folder,
        `for (let at = 0; at < 12; at++) {
          await store.ingest(bytesOf(noise(200_000, 100 + at)), "a/b");
          await store.ingest(bytesOf(noise(1_000, ${seed} * 1_000 + at)), "a/b");
          await store.remember((await store.ingest(bytesOf(noise(9, 1)), "a/b")).descriptor.digest, at);
        }`,
      )
    );
    const store = storeIn(folder);
    const ends = await Promise.all(children.map((child) => child.output()));
    assert.deepEqual(ends.map(({ code }) => code), [0, 0, 0]);
    assert.deepEqual(await names(`${folder}/tmp`), []);
    assert.equal((await names(`${folder}/blobs/sha256`)).length, 12 + 3 * 12 + 1);
    for (let at = 0; at < 12; at++) {
      const content = noise(200_000, 100 + at);
      const descriptor = { mediaType: "a/b", digest: sha256(content), size: content.length };
      const blob = await store.find(descriptor) ?? assert.fail();
      assert.deepEqual(await drain(await blob.open()), content);
    }
    assert.equal(await store.recall(sha256(noise(9, 1))), 11);
  }));

Deno.test("`ContentStore` shows nothing of what a killed process was at", () =>
  withTemporaryFolder(async (folder) => {
    const child = process(
      folder,
      `let chunks = 0;
      setInterval(() => {}, 60_000);
      await store.ingest(new ReadableStream({
        pull(controller) {
          // Asked for the third, it has taken the first; there is never a fourth.
          if (++chunks === 4) return console.log("going"), new Promise(() => {});
          controller.enqueue(noise(50_000));
        },
      }, { highWaterMark: 0 }), "a/b");`,
    );
    const reader = child.stdout.getReader();
    await reader.read();
    child.kill("SIGKILL");
    await reader.cancel();
    await child.status;
    assert.equal((await names(`${folder}/tmp`)).length, 1);
    assert.deepEqual(await names(`${folder}/blobs/sha256`), []);
  }));

async function storeFailed(promise: Promise<unknown>, ...about: readonly RegExp[]): Promise<void> {
  await assert.rejects(promise, (error) => {
    assert.ok(error instanceof KrustError, `${error}`);
    assert.equal(error.code, "store-failed");
    for (const pattern of about) assert.match([error.message, ...error.help].join("\n"), pattern);
    return true;
  });
}

Deno.test("`ContentStore` names the path where a part of it is a file", () =>
  withTemporaryFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/cache`, "");
    const store = storeIn(`${folder}/cache/krust`);
    let cancelled = false;
    const bytes = new ReadableStream<Uint8Array<ArrayBuffer>>({
      cancel: () => void (cancelled = true),
    });
    await storeFailed(
      store.ingest(bytes, "a/b"),
      /cache\/krust\/tmp": Not a directory/,
      /not a folder/,
    );
    assert.equal(cancelled, true);
    await storeFailed(store.remember(sha256(noise(1)), 1), /cache\/krust\/tmp/);
  }));

/** Runs `use` on a file system of one mebibyte. */
async function onSmallDisk(
  use: (folder: string, mount: typeof run) => Promise<void>,
): Promise<void> {
  await withTemporaryFolder(async (folder) => {
    await run("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder);
    try {
      await use(folder, run);
    } finally {
      await run("umount", "-l", folder);
    }
  });
}

async function run(program: string, ...args: readonly string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command(program, { args: [...args], stdin: "null" })
    .output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
}

async function lacksMount(): Promise<string | undefined> {
  try {
    await onSmallDisk(() => Promise.resolve());
    return undefined;
  } catch (error) {
    return `cannot mount a tmpfs: ${error instanceof Error ? error.message : error}`;
  }
}

const lacking = await lacksMount();

await requiring(
  lacking,
  "`ContentStore` says that the disk is full, and leaves what it had",
  () =>
    onSmallDisk(async (folder) => {
      const store = storeIn(folder);
      const kept = await store.ingest(bytesOf(noise(100_000)), "a/b");
      await storeFailed(
        store.ingest(cut(noise(2 * 1024 * 1024), 65_536), "a/b"),
        /^no space left on ".*\/tmp\/.*" \(needs more than 8\d\d\.\d KiB\)/,
        /free some space/,
      );
      assert.deepEqual(await names(`${folder}/tmp`), []);
      assert.deepEqual(await drain(await kept.open()), noise(100_000));
      await store.ingest(bytesOf(noise(200_000, 2)), "a/b");
    }),
);

await requiring(
  lacking,
  "`ContentStore` says that the disk is read-only, and still reads",
  () =>
    onSmallDisk(async (folder, mount) => {
      const store = storeIn(folder);
      const kept = await store.ingest(bytesOf(noise(100_000)), "a/b");
      await mount("mount", "-o", "remount,ro", folder);
      await storeFailed(
        store.ingest(bytesOf(noise(10)), "a/b"),
        /Read-only file system/,
        /on a disk that can be written/,
      );
      assert.deepEqual(await drain(await kept.open()), noise(100_000));
    }),
);
