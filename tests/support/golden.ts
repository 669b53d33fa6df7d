// Goldens: files in tests/golden that results are compared with, and that `deno task golden` writes.
import assert from "node:assert/strict";

const FOLDER = new URL("../golden/", import.meta.url);

/** Compares `text` with the golden `name`; with KRUST_GOLDEN=1 in the environment, writes it. */
export async function assertGolden(name: string, text: string): Promise<void> {
  const path = new URL(name, FOLDER);
  if (Deno.env.get("KRUST_GOLDEN") === "1") return await Deno.writeTextFile(path, text);
  assert.equal(text, await Deno.readTextFile(path), `tests/golden/${name} (deno task golden)`);
}
