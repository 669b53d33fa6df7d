// Which machine a program is for, by its first bytes.

const ELF = 0x7f454c46;
const MACH_O_64 = 0xcffaedfe;
const MZ = 0x4d5a;

/** Where a Windows program says at what offset its own header begins. */
const PE_OFFSET = 0x3c;

const ELF_MACHINES: ReadonlyMap<number, string> = new Map([[62, "x64"], [183, "arm64"]]);
const MACH_O_MACHINES: ReadonlyMap<number, string> = new Map([
  [0x01000007, "x64"],
  [0x0100000c, "arm64"],
]);
const PE_MACHINES: ReadonlyMap<number, string> = new Map([[0x8664, "x64"], [0xaa64, "arm64"]]);

/**
 * The machine that a program is for, as releases name it (`linux-x64`); undefined where its format or
 * its processor is none of ours. An ELF file is taken to be Linux's.
 *
 * @param head at least the first KiB.
 */
export function machineOf(head: Uint8Array): string | undefined {
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  if (view.byteLength < PE_OFFSET + 4) return undefined;
  const named = (system: string, processor: string | undefined): string | undefined =>
    processor === undefined ? undefined : `${system}-${processor}`;
  if (view.getUint32(0) === ELF) return named("linux", ELF_MACHINES.get(view.getUint16(18, true)));
  if (view.getUint32(0) === MACH_O_64) {
    return named("macos", MACH_O_MACHINES.get(view.getUint32(4, true)));
  }
  const at = view.getUint32(PE_OFFSET, true);
  if (view.getUint16(0) !== MZ || at + 6 > view.byteLength) return undefined;
  return named("windows", PE_MACHINES.get(view.getUint16(at + 4, true)));
}
