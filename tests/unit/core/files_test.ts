// Files that are whole or absent, and what is no file.
import assert from "node:assert/strict";
import { join } from "node:path";
import { isFolder, writeFileWhole } from "../../../src/core/files.ts";
import { lackingProgram, requiring } from "../../support/require.ts";
import { withTemporaryFolder } from "../../support/temporary_folder.ts";

async function names(folder: string): Promise<readonly string[]> {
  return (await Array.fromAsync(Deno.readDir(folder), ({ name }) => name)).toSorted();
}

Deno.test("`writeFileWhole()` writes a new file, and over an old one, and leaves nothing else", async () => {
  await withTemporaryFolder(async (folder) => {
    const path = join(folder, "a.json");
    await writeFileWhole(path, "old and longer");
    await writeFileWhole(path, new TextEncoder().encode("new"));
    assert.equal(await Deno.readTextFile(path), "new");
    assert.deepEqual(await names(folder), ["a.json"]);
  });
});

Deno.test("`writeFileWhole()` leaves nothing where it fails", async () => {
  await withTemporaryFolder(async (folder) => {
    await Deno.mkdir(join(folder, "taken"));
    await assert.rejects(writeFileWhole(join(folder, "taken"), "text"));
    await assert.rejects(writeFileWhole(join(folder, "none", "a"), "text"), Deno.errors.NotFound);
    assert.deepEqual(await names(folder), ["taken"]);
  });
});

Deno.test("`writeFileWhole()` writes what a link points at, and the link stays", async () => {
  await withTemporaryFolder(async (folder) => {
    const [link, file] = [join(folder, "link"), join(folder, "file")];
    await Deno.writeTextFile(file, "old");
    await Deno.symlink(file, link);
    await writeFileWhole(link, "new");
    assert.ok((await Deno.lstat(link)).isSymlink);
    assert.equal(await Deno.readTextFile(file), "new");
  });
});

await requiring(
  lackingProgram("mkfifo"),
  "`writeFileWhole()` writes into a pipe and does not replace it",
  async () => {
    await withTemporaryFolder(async (folder) => {
      const pipe = join(folder, "pipe");
      await new Deno.Command("mkfifo", { args: [pipe] }).output();
      // Opened both ways, neither side waits for the other.
      using held = await Deno.open(pipe, { read: true, write: true });
      await writeFileWhole(pipe, "text");
      assert.equal((await Deno.stat(pipe)).isFifo, true);
      const buffer = new Uint8Array(10);
      assert.equal(await held.read(buffer), 4);
    });
  },
);

Deno.test("`isFolder()` is for folders and links to them alone", async () => {
  await withTemporaryFolder(async (folder) => {
    const [link, file] = [join(folder, "link"), join(folder, "file")];
    await Deno.writeTextFile(file, "");
    await Deno.symlink(folder, link);
    assert.equal(await isFolder(folder), true);
    assert.equal(await isFolder(link), true);
    assert.equal(await isFolder(file), false);
    assert.equal(await isFolder(join(folder, "none")), false);
  });
});
