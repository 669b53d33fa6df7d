import assert from "node:assert/strict";
import { machineOf } from "../../../tools/release/machine.ts";
import { RUNTIME_VERSION, TARGETS, targetsNamed } from "../../../tools/release/targets.ts";

/** A program's first bytes: numbers of two or four bytes at places. */
function head(
  ...numbers: readonly (readonly [at: number, width: 2 | 4, value: number, little?: boolean])[]
): Uint8Array {
  const view = new DataView(new ArrayBuffer(1024));
  for (const [at, width, value, little = true] of numbers) {
    if (width === 2) view.setUint16(at, value, little);
    else view.setUint32(at, value, little);
  }
  return new Uint8Array(view.buffer);
}

const PE = [[0, 2, 0x4d5a, false], [0x3c, 4, 0x80], [0x80, 4, 0x4550]] as const;

const PROGRAMS: readonly (readonly [machine: string | undefined, head: Uint8Array])[] = [
  ["linux-x64", head([0, 4, 0x7f454c46, false], [18, 2, 62])],
  ["linux-arm64", head([0, 4, 0x7f454c46, false], [18, 2, 183])],
  ["macos-x64", head([0, 4, 0xfeedfacf], [4, 4, 0x01000007])],
  ["macos-arm64", head([0, 4, 0xfeedfacf], [4, 4, 0x0100000c])],
  ["windows-x64", head(...PE, [0x84, 2, 0x8664])],
  ["windows-arm64", head(...PE, [0x84, 2, 0xaa64])],
  [undefined, head([0, 4, 0x7f454c46, false], [18, 2, 3])],
  [undefined, head([0, 2, 0x4d5a, false], [0x3c, 4, 0xffffff])],
  [undefined, new TextEncoder().encode("#!/bin/sh\n")],
  [undefined, new TextEncoder().encode(`#!/bin/sh\n${"#".repeat(100)}`)],
];

for (const [machine, bytes] of PROGRAMS) {
  Deno.test(`machineOf() finds ${machine ?? "nothing"} in ${bytes.subarray(0, 20)}`, () => {
    assert.equal(machineOf(bytes), machine);
  });
}

Deno.test("targetsNamed() knows each target, and all of them", () => {
  for (const target of TARGETS) assert.deepEqual(targetsNamed(target.name), [target]);
  assert.deepEqual(targetsNamed("all"), TARGETS);
  assert.throws(() => targetsNamed("plan9-mips"), /no release for plan9-mips: linux-x64, .* all$/);
});

Deno.test("every target has a runtime of its own, and the runtime is the Deno of the tests", () => {
  for (const key of ["name", "triple", "package", "integrity"] as const) {
    assert.equal(new Set(TARGETS.map((target) => target[key])).size, TARGETS.length, key);
  }
  for (const { integrity } of TARGETS) assert.match(integrity, /^sha512-[\w+/]{86}==$/);
  assert.equal(RUNTIME_VERSION, Deno.version.deno);
});
