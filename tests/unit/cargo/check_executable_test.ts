// Programs that would die in a container are refused, with the reason.
import assert from "node:assert/strict";
import { checkExecutable } from "../../../src/cargo/check_executable.ts";
import type { ByteSource } from "../../../src/cargo/elf.ts";
import { KrustError } from "../../../src/core/error.ts";
import { parsePlatform, SUPPORTED_PLATFORMS } from "../../../src/oci/platform.ts";
import { type Machine, tinyElf } from "../../support/tiny_elf.ts";
import { sampleElf } from "./sample_elf.ts";

function source(bytes: Uint8Array): ByteSource {
  return {
    size: bytes.length,
    read: (offset, length) => Promise.resolve(bytes.subarray(offset, offset + length)),
  };
}

async function refusal(bytes: Uint8Array, platform = "linux/amd64"): Promise<KrustError> {
  try {
    await checkExecutable(source(bytes), "app", parsePlatform(platform));
  } catch (error) {
    if (error instanceof KrustError) return error;
    throw error;
  }
  return assert.fail("it was accepted");
}

const MACHINES: Readonly<Record<string, Machine>> = {
  "linux/amd64": "x86_64",
  "linux/arm64": "aarch64",
  "linux/arm/v7": "arm",
  "linux/arm/v6": "arm",
  "linux/386": "i686",
  "linux/riscv64": "riscv64",
  "linux/ppc64le": "powerpc64le",
  "linux/s390x": "s390x",
};

for (const platform of SUPPORTED_PLATFORMS) {
  Deno.test(`\`checkExecutable()\` accepts a static program on ${platform} and none of another machine`, async () => {
    const machine = MACHINES[platform];
    assert.ok(machine !== undefined);
    const elf = await checkExecutable(source(tinyElf({ machine })), "app", parsePlatform(platform));
    assert.deepEqual(elf.needed, []);
    assert.equal(elf.interpreter, undefined);
    const other: Machine = machine === "x86_64" ? "aarch64" : "x86_64";
    const error = await refusal(tinyElf({ machine: other }), platform);
    assert.equal(
      error.message,
      `"app" cannot run on ${platform}: it is ELF ${other}, wanted ELF ${elf.machine}`,
    );
  });
}

Deno.test("`checkExecutable()` accepts a static-pie program", async () => {
  const elf = await checkExecutable(source(sampleElf()), "app", parsePlatform("linux/amd64"));
  assert.deepEqual(elf, { machine: "x86_64", needed: [] });
});

Deno.test("`checkExecutable()` says which loader and libraries are absent", async () => {
  const error = await refusal(
    sampleElf({
      interpreter: "/lib64/ld-linux-x86-64.so.2",
      needed: ["libgcc_s.so.1", "libc.so.6"],
    }),
  );
  assert.equal(error.code, "executable-mismatch");
  assert.equal(error.exitStatus, 3);
  assert.equal(
    error.message,
    '"app" cannot run on linux/amd64: it needs /lib64/ld-linux-x86-64.so.2 (linked with libgcc_s.so.1, libc.so.6), absent in the base',
  );
  assert.deepEqual(error.details, {
    interpreter: "/lib64/ld-linux-x86-64.so.2",
    needed: "libgcc_s.so.1,libc.so.6",
  });
  assert.match(error.help.join("\n"), /target-feature=\+crt-static/);
});

Deno.test("`checkExecutable()` names musl-gcc where musl's loader was linked in", async () => {
  const error = await refusal(sampleElf({ interpreter: "/lib/ld-musl-x86_64.so.1" }));
  assert.match(error.message, /it needs \/lib\/ld-musl-x86_64\.so\.1, absent in the base$/);
  assert.match(error.help.join("\n"), /musl-gcc/);
});

Deno.test("`checkExecutable()` refuses libraries without a loader", async () => {
  const error = await refusal(sampleElf({ needed: ["libz.so.1"] }));
  assert.match(error.message, /it needs libz\.so\.1, absent in the base$/);
});

const ascii = (text: string): Uint8Array => Uint8Array.from(text, (each) => each.charCodeAt(0));

for (
  const [what, bytes, found] of [
    ["a script", ascii("#!/bin/sh\nexit 0\n"), "a script"],
    ["PE", ascii("MZ\x90\0\x03\0\0\0"), "a Windows program (PE)"],
    ["an archive", ascii("!<arch>\n/       "), "an archive (a static library)"],
    ["WebAssembly", ascii("\0asm\x01\0\0\0"), "WebAssembly"],
    ["Mach-O arm64", Uint8Array.of(0xcf, 0xfa, 0xed, 0xfe, 12, 0, 0, 1), "Mach-O arm64"],
    ["Mach-O x86_64", Uint8Array.of(0xcf, 0xfa, 0xed, 0xfe, 7, 0, 0, 1), "Mach-O x86_64"],
    [
      "Mach-O of PowerPC's order",
      Uint8Array.of(0xfe, 0xed, 0xfa, 0xcf, 1, 0, 0, 7),
      "Mach-O x86_64",
    ],
    ["universal Mach-O", Uint8Array.of(0xca, 0xfe, 0xba, 0xbe, 0, 0, 0, 2), "a universal Mach-O"],
    ["Java", Uint8Array.of(0xca, 0xfe, 0xba, 0xbe, 0, 0, 0, 65), "a Java class"],
    ["text", ascii("hello, world"), "of no known program format"],
  ] as const
) {
  Deno.test(`\`checkExecutable()\` names ${what}`, async () => {
    const { message } = await refusal(bytes);
    assert.equal(message, `"app" cannot run on linux/amd64: it is ${found}, wanted ELF x86_64`);
  });
}

for (
  const [type, entry, words] of [
    [1, 1, /is an object file, no program/],
    [4, 1, /is a core dump, no program/],
    [9, 1, /is of an unknown ELF type, no program/],
    [3, 0, /is a shared library, no program/],
  ] as const
) {
  Deno.test(`\`checkExecutable()\` refuses e_type ${type} with entry ${entry}`, async () => {
    assert.match((await refusal(sampleElf({ type, entry }))).message, words);
  });
}

Deno.test("`checkExecutable()` refuses an empty file", async () => {
  const { message } = await refusal(new Uint8Array());
  assert.equal(message, '"app" cannot run on linux/amd64: it is empty');
});
