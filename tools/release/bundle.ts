// The program as one file of JavaScript that needs nothing beside it.
import { join } from "node:path";
import { ROOT } from "../source_tree.ts";

/**
 * Bundles `main.ts` with everything it may load, workers included, into `file`.
 *
 * @throws {Error} with what Deno said where it cannot.
 */
export async function bundle(file: string): Promise<void> {
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["bundle", "--quiet", "--frozen", "--minify", "--output", file, join(ROOT, "main.ts")],
    cwd: ROOT,
    stdin: "null",
  }).output();
  if (!success) throw new Error(`deno bundle: ${new TextDecoder().decode(stderr).trim()}`);
}
