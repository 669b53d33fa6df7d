// Names what a file is that should have been an ELF program, from its first bytes alone.

const MACH_O_PROCESSORS: Readonly<Record<number, string>> = {
  0x00000007: "i386",
  0x01000007: "x86_64",
  0x0000000c: "arm",
  0x0100000c: "arm64",
};

const MAGICS: readonly (readonly [string, string])[] = [
  ["#!", "a script"],
  ["MZ", "a Windows program (PE)"],
  ["!<arch>\n", "an archive (a static library)"],
  ["!<thin>\n", "an archive (a static library)"],
  ["\0asm", "WebAssembly"],
  ["BC\xc0\xde", "LLVM bitcode"],
  ["\x1f\x8b", "gzip data"],
  ["\x28\xb5\x2f\xfd", "zstd data"],
];

/** What a file is, for the sentence "it is …, wanted ELF"; `head` holds its first bytes, if any. */
export function describeForeignFormat(head: Uint8Array): string {
  const start = String.fromCharCode(...head.subarray(0, 8));
  const known = MAGICS.find(([magic]) => start.startsWith(magic));
  return known?.[1] ?? describeMachO(head) ?? "of no known program format";
}

/** Mach-O (mach-o/loader.h, mach-o/fat.h): magic and processor, either byte order. */
function describeMachO(head: Uint8Array): string | undefined {
  if (head.length < 8) return undefined;
  const view = new DataView(head.buffer, head.byteOffset, 8);
  const magic = view.getUint32(0);
  // A Java class file has the same magic, and there a version above any number of architectures.
  if (magic === 0xcafebabe) return view.getUint32(4) < 32 ? "a universal Mach-O" : "a Java class";
  const big = magic === 0xfeedface || magic === 0xfeedfacf;
  if (!big && magic !== 0xcefaedfe && magic !== 0xcffaedfe) return undefined;
  return `Mach-O ${MACH_O_PROCESSORS[view.getUint32(4, !big)] ?? "of an unknown processor"}`;
}
