// Parsers of bytes: archives, compressed streams, executables.
import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { type ByteSource, readElf } from "../../src/cargo/elf.ts";
import { gunzip } from "../../src/core/gunzip.ts";
import { bytesOf } from "../../src/core/streams.ts";
import { readTar } from "../../src/core/tar.ts";
import { sampleElf } from "../unit/cargo/sample_elf.ts";
import { tinyElf } from "../support/tiny_elf.ts";
import { type FuzzTarget, target } from "./fuzz.ts";
import { harmedBytes } from "./inputs.ts";
import { handmadeTar } from "./tar_examples.ts";

const tars = [
  handmadeTar([{ name: "a", type: "0", content: "hello" }, { name: "d/", type: "5" }]),
  handmadeTar([
    { name: "pax", type: "x", content: "18 path=long-name\n" },
    { name: "b", type: "0", content: "x" },
  ]),
  handmadeTar([
    { name: "././@LongLink", type: "L", content: `${"n".repeat(120)}\0` },
    { name: "n", type: "2", link: "../x" },
  ]),
];

const tar = target("tar", harmedBytes(tars), async (bytes) => {
  let total = 0;
  for await (const { path, size } of readTar(bytesOf(bytes), "an archive")) {
    assert.ok(!path.split("/").includes(".."), path);
    assert.ok(!path.startsWith("/"), path);
    assert.ok(Number.isSafeInteger(size) && size >= 0);
    total += size;
  }
  assert.ok(total <= bytes.length, "no archive holds more than itself");
});

const compressed = [
  new Uint8Array(gzipSync(new TextEncoder().encode("hello ".repeat(50)))),
  new Uint8Array([...gzipSync(new Uint8Array(9)), ...gzipSync(new Uint8Array(3))]),
  new Uint8Array(gzipSync(new Uint8Array(100_000))),
];

const LIMIT = 1_000_000;

const gzip = target("gzip", harmedBytes(compressed), async (bytes) => {
  let size = 0;
  for await (const chunk of gunzip(bytesOf(bytes), "a layer", { limit: LIMIT })) {
    size += chunk.length;
  }
  assert.ok(size <= LIMIT);
});

const elves = [
  tinyElf(),
  tinyElf({ machine: "arm" }),
  tinyElf({ machine: "s390x", interpreter: "/lib/ld.so" }),
  sampleElf({ interpreter: "/lib64/ld-linux-x86-64.so.2", needed: ["libc.so.6", "libm.so.6"] }),
  sampleElf({ bits: 32, little: false, needed: ["libc.so"] }),
];

const elf = target("ELF", harmedBytes(elves), async (bytes) => {
  await readElf(guarded(bytes), '"app"');
});

/** Bytes that must only be asked for where they are. */
function guarded(bytes: Uint8Array): ByteSource {
  return {
    size: bytes.length,
    read: (offset, length): Promise<Uint8Array> => {
      assert.ok(Number.isSafeInteger(offset) && Number.isSafeInteger(length));
      assert.ok(offset >= 0 && length >= 0 && offset + length <= bytes.length, "outside the file");
      return Promise.resolve(bytes.slice(offset, offset + length));
    },
  };
}

/** The targets of this file. */
export const BINARY_TARGETS: readonly FuzzTarget[] = [tar, gzip, elf];
