// Looks whether a program names folders of this machine: what it would then do elsewhere, and to its
// digest, its author should know.

/** How much is read at once, in bytes. */
const CHUNK = 256 * 1024;

/** Those of some folders whose paths stand somewhere in a file. */
export async function namedFolders(
  path: string,
  folders: readonly string[],
): Promise<readonly string[]> {
  // One character a byte, whatever the bytes are.
  const decoder = new TextDecoder("latin1");
  const wanted = new Map(
    folders.map((folder) => [folder, decoder.decode(new TextEncoder().encode(folder))]),
  );
  const longest = Math.max(0, ...[...wanted.values()].map(({ length }) => length));
  const found = new Set<string>();
  using file = await Deno.open(path, { read: true });
  const buffer = new Uint8Array(CHUNK);
  let before = "";
  for (let read; (read = await file.read(buffer)) !== null;) {
    const text = before + decoder.decode(buffer.subarray(0, read));
    for (const [folder, bytes] of wanted) if (text.includes(bytes)) found.add(folder);
    before = longest > 1 ? text.slice(1 - longest) : "";
  }
  return folders.filter((folder) => found.has(folder));
}
