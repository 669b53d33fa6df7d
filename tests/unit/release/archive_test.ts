import assert from "node:assert/strict";
import { join } from "node:path";
import { readFile } from "../../../src/core/files.ts";
import { gunzip } from "../../../src/core/gunzip.ts";
import { collect } from "../../../src/core/streams.ts";
import { readTar } from "../../../src/core/tar.ts";
import { writeArchive } from "../../../tools/release/archive.ts";
import { writeChecksums } from "../../../tools/release/checksums.ts";
import type { Content } from "../../../tools/release/contents.ts";
import { type Target, targetsNamed } from "../../../tools/release/targets.ts";
import { run } from "../../support/program.ts";
import { lackingProgram, requiring } from "../../support/require.ts";
import { withTemporaryFolder } from "../../support/temporary_folder.ts";

const FILES: readonly Content[] = [
  { path: "krust", mode: 0o755, content: bytes("#!/bin/sh\n") },
  { path: "lib/deno", mode: 0o755, content: bytes("runtime ".repeat(100_000)) },
  { path: "share/man/ü", mode: 0o644, content: bytes("") },
];
const LINK: Content = { path: "cargo-krust", mode: 0o777, content: "krust" };

function bytes(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

function target(name: string): Target {
  const [target] = targetsNamed(name);
  assert.ok(target !== undefined);
  return target;
}

Deno.test("an archive has one folder, every folder before its files, and nothing of this machine", () =>
  withTemporaryFolder(async (folder) => {
    const name = await writeArchive(folder, "krust-1", target("linux-x64"), [...FILES, LINK]);
    assert.equal(name, "krust-1.tar.gz");
    const found: string[] = [];
    for await (const entry of readTar(gunzip(await readFile(join(folder, name)), name), name)) {
      const { path, mode, size, linkname } = entry;
      found.push(`${mode.toString(8)} ${path}${linkname && ` -> ${linkname}`} ${size}`);
      assert.deepEqual(
        [entry.uid, entry.gid, entry.uname, entry.gname, entry.mtime],
        [0, 0, "", "", 315_532_800],
      );
      await collect(entry.body, 1_000_000, path);
    }
    assert.deepEqual(found, [
      "755 krust-1 0",
      "777 krust-1/cargo-krust -> krust 0",
      "755 krust-1/krust 10",
      "755 krust-1/lib 0",
      "755 krust-1/lib/deno 800000",
      "755 krust-1/share 0",
      "755 krust-1/share/man 0",
      "644 krust-1/share/man/ü 0",
    ]);
  }));

for (const name of ["linux-x64", "windows-x64"]) {
  Deno.test(`an archive for ${name} has the same bytes whatever the order and the time`, () =>
    withTemporaryFolder(async (folder) => {
      const file = await writeArchive(folder, "krust-1", target(name), FILES);
      const sums = await writeChecksums(folder);
      await writeArchive(folder, "krust-1", target(name), FILES.toReversed());
      assert.equal(await writeChecksums(folder), sums);
      assert.match(sums, new RegExp(`^[0-9a-f]{64}  ${file}\n$`));
    }));
}

await requiring(
  lackingProgram("python3"),
  "a zip archive is one that others read",
  () =>
    withTemporaryFolder(async (folder) => {
      const name = await writeArchive(folder, "krust-1", target("windows-x64"), FILES);
      const program = [
        "import sys, zipfile",
        "z = zipfile.ZipFile(sys.argv[1])",
        "assert z.testzip() is None",
        "for i in z.infolist():",
        "  print(i.filename, oct(i.external_attr >> 16), i.date_time[:3], i.file_size, len(z.read(i)))",
      ].join("\n");
      assert.equal(
        await run("python3", ["-c", program, join(folder, name)]),
        [
          "krust-1/krust 0o100755 (1980, 1, 1) 10 10",
          "krust-1/lib/deno 0o100755 (1980, 1, 1) 800000 800000",
          "krust-1/share/man/ü 0o100644 (1980, 1, 1) 0 0",
          "",
        ].join("\n"),
      );
    }),
);

Deno.test("what cannot be archived leaves nothing behind", () =>
  withTemporaryFolder(async (folder) => {
    await assert.rejects(
      writeArchive(folder, "krust-1", target("windows-x64"), [LINK]),
      /no links/,
    );
    assert.deepEqual([...Deno.readDirSync(folder)], []);
  }));
