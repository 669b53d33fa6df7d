// `krust completions SHELL`.
import type { Host } from "../../core/host.ts";
import { completionScript } from "../completions.ts";
import type { Shell } from "../completions/model.ts";
import { writeResult } from "../output.ts";
import { createProgram } from "../program.ts";

/** Prints the completion script for a shell. */
export function completions(shell: Shell, host: Host): Promise<number> {
  writeResult(host, completionScript(shell, createProgram()));
  return Promise.resolve(0);
}
