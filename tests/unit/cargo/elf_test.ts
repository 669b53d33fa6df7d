// The ELF reader: right on good files, safe on all others.
import assert from "node:assert/strict";
import { requiring } from "../../support/require.ts";
import fc from "fast-check";
import { KrustError } from "../../../src/core/error.ts";
import { fileSource } from "../../../src/cargo/check_executable.ts";
import { type ByteSource, readElf } from "../../../src/cargo/elf.ts";
import { tinyElf } from "../../support/tiny_elf.ts";
import { sampleElf } from "./sample_elf.ts";

/** Bytes that fail the test where a reader asks for what is outside them, or for much more than headers. */
function guarded(bytes: Uint8Array): ByteSource & { readonly read: ByteSource["read"] } {
  let asked = 0;
  return {
    size: bytes.length,
    read(offset, length): Promise<Uint8Array> {
      assert.ok(
        Number.isSafeInteger(offset) && Number.isSafeInteger(length),
        `${offset} ${length}`,
      );
      assert.ok(offset >= 0 && length >= 0 && offset + length <= bytes.length, "within the file");
      asked += length;
      assert.ok(asked <= 8 * 1024 * 1024, "a bounded amount");
      return Promise.resolve(bytes.subarray(offset, offset + length));
    },
  };
}

async function onlyKrustErrors(bytes: Uint8Array): Promise<void> {
  try {
    await readElf(guarded(bytes), "it");
  } catch (error) {
    assert.ok(error instanceof KrustError, String(error));
    assert.equal(error.code, "executable-mismatch");
  }
}

for (const bits of [32, 64] as const) {
  for (const little of [true, false]) {
    Deno.test(`\`readElf()\` reads ${bits}-bit ${little ? "little" : "big"}-endian files`, async () => {
      const bytes = sampleElf({
        bits,
        little,
        interpreter: "/lib/ld.so",
        needed: ["liba.so", "b"],
      });
      const elf = await readElf(guarded(bytes), "it");
      assert.equal(elf.interpreter, "/lib/ld.so");
      assert.deepEqual(elf.needed, ["liba.so", "b"]);
      assert.equal(elf.bits, bits);
      assert.equal(elf.endianness, little ? "little" : "big");
      assert.equal(elf.type, "dynamic");
      assert.equal(elf.staticPie, false);
      assert.equal(elf.startable, true);
    });
  }
}

Deno.test("`readElf()` tells a static-pie program from one that needs a loader", async () => {
  assert.equal((await readElf(guarded(sampleElf()), "it")).staticPie, true);
  assert.equal(
    (await readElf(guarded(sampleElf({ needed: ["libc.so.6"] })), "it")).staticPie,
    false,
  );
  assert.equal((await readElf(guarded(sampleElf({ type: 2 })), "it")).staticPie, false);
});

for (
  const [machine, sample] of [
    ["x86_64", {}],
    ["aarch64", { machine: 183 }],
    ["arm", { machine: 40, bits: 32 }],
    ["i386", { machine: 3, bits: 32 }],
    ["riscv64", { machine: 243 }],
    ["powerpc64le", { machine: 21 }],
    ["powerpc64", { machine: 21, little: false }],
    ["s390x", { machine: 22, little: false }],
    ["x86_64 (32-bit, little-endian)", { bits: 32 }],
    ["aarch64 (64-bit, big-endian)", { machine: 183, little: false }],
    ["machine 9999 (64-bit, little-endian)", { machine: 9999 }],
  ] as const
) {
  Deno.test(`\`readElf()\` names the machine ${machine}`, async () => {
    assert.equal((await readElf(guarded(sampleElf(sample)), "it")).machine, machine);
  });
}

const lackingElf = Deno.build.os === "linux" ? undefined : "programs here are not ELF";

await requiring(lackingElf, "`readElf()` reads the program that runs this test", async () => {
  using file = await Deno.open(Deno.execPath());
  const { size } = await file.stat();
  const elf = await readElf(fileSource(file, size), "deno");
  assert.equal(elf.machine, Deno.build.arch);
  assert.match(elf.interpreter ?? "", /^\/lib.*\/ld-/);
  assert.ok(elf.needed.some((name) => name.startsWith("libc.")), elf.needed.join());
});

Deno.test("`readElf()` says of what is empty, cut off or damaged that it is so", async (t) => {
  const whole = sampleElf({ interpreter: "/lib/ld.so", needed: ["liba.so"] });
  const patched = (at: number, ...values: readonly number[]): Uint8Array => {
    const copy = whole.slice();
    copy.set(values, at);
    return copy;
  };
  const rows: readonly (readonly [string, Uint8Array, RegExp])[] = [
    ["nothing", new Uint8Array(), /^it is empty$/],
    ["three bytes", whole.subarray(0, 3), /^it is of no known program format, wanted ELF$/],
    ["half a header", whole.subarray(0, 40), /^it is cut off within its ELF header$/],
    ["no program headers", whole.subarray(0, 100), /^it is cut off or damaged: .* byte 64 of 100$/],
    ["the last byte missing", whole.subarray(0, -1), /^it is cut off: it has \d+ bytes of \d+$/],
    ["no class", patched(4, 9), /^it is damaged: its ELF header has no valid class/],
    ["65,535 program headers", patched(56, 0xff, 0xff), /^it is damaged: its program headers/],
    ["program headers of 1 byte", patched(54, 1, 0), /^it is damaged: its program headers/],
    ["a table beyond 2^53", patched(32, ...new Array(8).fill(0xff)), /^it is cut off or damaged/],
    ["sections past the end", patched(40, 0, 0, 0, 1), /^it is cut off: it has/],
  ];
  for (const [name, bytes, message] of rows) {
    await t.step(name, () =>
      assert.rejects(
        readElf(guarded(bytes), "it"),
        (error) => error instanceof KrustError && message.test(error.message),
      ));
  }
});

Deno.test("`readElf()` refuses a file that becomes shorter while it is read", async () => {
  const bytes = sampleElf();
  const source: ByteSource = {
    size: bytes.length,
    read: (offset, length) => Promise.resolve(bytes.subarray(offset, offset + length - 1)),
  };
  await assert.rejects(readElf(source, "it"), /it became shorter while it was read/);
});

Deno.test("`readElf()` keeps control characters out of names", async () => {
  const elf = await readElf(guarded(sampleElf({ interpreter: "/lib/\u001b[31mx" })), "it");
  assert.match(elf.interpreter ?? "", /^\/lib\/[ -~]*x$/);
});

Deno.test("`readElf()` throws nothing but KrustError, whatever the bytes", async () => {
  await fc.assert(fc.asyncProperty(fc.uint8Array({ maxLength: 4096 }), onlyKrustErrors));
});

Deno.test("`readElf()` throws nothing but KrustError behind an ELF header of random fields", async () => {
  const file = fc.tuple(
    fc.constantFrom(1, 2),
    fc.constantFrom(1, 2),
    fc.uint8Array({ minLength: 58, maxLength: 2048 }),
  );
  await fc.assert(
    fc.asyncProperty(
      file,
      ([bits, order, rest]) =>
        onlyKrustErrors(new Uint8Array([0x7f, 0x45, 0x4c, 0x46, bits, order, ...rest])),
    ),
    { numRuns: 500 },
  );
});

Deno.test("`readElf()` throws nothing but KrustError for mutations of good files", async () => {
  const seeds = [
    sampleElf({ interpreter: "/lib64/ld-linux-x86-64.so.2", needed: ["libc.so.6", "libm.so.6"] }),
    sampleElf({ bits: 32, little: false, machine: 20, needed: ["libc.so.6"] }),
    tinyElf({ machine: "s390x" }),
  ];
  // Values at which arithmetic goes wrong are tried more often than a random byte would hit them.
  const value = fc.oneof(fc.nat(255), fc.constantFrom(0, 1, 0x7f, 0x80, 0xff));
  const mutation = fc.record({
    at: fc.nat(),
    values: fc.array(value, { minLength: 1, maxLength: 8 }),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...seeds),
      fc.array(mutation, { minLength: 1, maxLength: 6 }),
      fc.nat(),
      (seed, mutations, cut) => {
        const bytes = seed.slice();
        for (const { at, values } of mutations) {
          values.forEach((each, index) => bytes[(at + index) % bytes.length] = each);
        }
        return onlyKrustErrors(cut % 4 === 0 ? bytes.subarray(0, cut % bytes.length) : bytes);
      },
    ),
    { numRuns: 1000 },
  );
});
