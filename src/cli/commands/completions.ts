// `krust completions SHELL`.
import { completionScript } from "../completions.ts";
import type { Shell } from "../completions/model.ts";
import { writeResult } from "../output.ts";
import { type Context, createProgram } from "../program.ts";

/** Prints the completion script for a shell. */
export async function completions(
  shell: Shell,
  { host, signal }: Pick<Context, "host" | "signal">,
): Promise<number> {
  await writeResult(host, completionScript(shell, createProgram()), { signal });
  return 0;
}
