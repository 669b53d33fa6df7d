// Versions of symbols, in every class and byte order.
import assert from "node:assert/strict";
import { type ElfHeaders, readElf } from "../../../src/cargo/elf.ts";
import { KrustError } from "../../../src/core/error.ts";
import { type SampleElf, sampleElf } from "./sample_elf.ts";

function read(
  sample: SampleElf,
  damage: (bytes: Uint8Array) => void = () => {},
): Promise<ElfHeaders> {
  const bytes = sampleElf(sample);
  damage(bytes);
  const part = (offset: number, length: number) =>
    Promise.resolve(bytes.subarray(offset, offset + length));
  return readElf({ size: bytes.length, read: part }, "it");
}

const PROGRAM: SampleElf = {
  needed: ["libc.so.6", "libgcc_s.so.1"],
  versions: {
    "libc.so.6": ["GLIBC_2.2.5", "GLIBC_2.34", "GLIBC_2.99?"],
    "libgcc_s.so.1": ["GCC_3.0"],
  },
};

for (const [bits, little] of [[64, true], [64, false], [32, true], [32, false]] as const) {
  const name = `${bits} bits, ${little ? "little" : "big"}-endian`;

  Deno.test(`\`readElf()\` gives the versions that a program wants: ${name}`, async () => {
    const { needed, versions, defined, soname } = await read({ ...PROGRAM, bits, little });
    assert.deepEqual(needed, PROGRAM.needed);
    assert.deepEqual(versions, {
      "libc.so.6": ["GLIBC_2.2.5", "GLIBC_2.34"],
      "libgcc_s.so.1": ["GCC_3.0"],
    });
    assert.deepEqual([defined, soname], [undefined, undefined]);
  });

  Deno.test(`\`readElf()\` gives what a library is called and defines: ${name}`, async () => {
    const library = { soname: "libc.so.6", defined: ["libc.so.6", "GLIBC_2.2.5", "GLIBC_2.36"] };
    const { soname, defined, versions } = await read({ ...library, bits, little });
    assert.deepEqual({ soname, defined }, library);
    assert.equal(versions, undefined);
  });
}

Deno.test("`readElf()` refuses versions that lie outside the file, and chains without an end", async () => {
  const samples: readonly SampleElf[] = [PROGRAM, { soname: "x", defined: ["A", "B", "C"] }];
  for (const sample of samples) {
    const whole = sampleElf(sample);
    for (let at = 64 + 3 * 56; at < whole.length; at++) {
      await read(sample, (bytes) => bytes.fill(0xff, at, at + 4)).catch((error) => {
        assert.ok(error instanceof KrustError, String(error));
        assert.equal(error.code, "executable-mismatch");
      });
    }
  }
});
