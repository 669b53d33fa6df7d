// SHA256SUMS, in the form that `sha256sum --check` reads.
import { join } from "node:path";
import { digestHex } from "../../src/core/digest.ts";
import { hashFile, writeFileWhole } from "../../src/core/files.ts";

/** Names in a folder that are there to be downloaded. */
const RELEASED = /^krust-.+$/;

/** Writes SHA256SUMS with every download in a folder; gives what it says. */
export async function writeChecksums(folder: string): Promise<string> {
  const names = [...Deno.readDirSync(folder)]
    .filter(({ isFile, name }) => isFile && RELEASED.test(name))
    .map(({ name }) => name)
    .sort();
  const lines: string[] = [];
  for (const name of names) {
    const { digest } = await hashFile(join(folder, name));
    lines.push(`${digestHex(digest)}  ${name}\n`);
  }
  await writeFileWhole(join(folder, "SHA256SUMS"), lines.join(""));
  return lines.join("");
}
