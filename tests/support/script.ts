// Runs script tests: a txtar whose comment is a list of commands and whose files are laid out in a
// folder for them. Commands are in tests/scripts/README.md. A script fails where a command does not do
// as it says, where it has no command at all, where a failed krust left something on stdout, and where a
// file named `want…` was compared with nothing.
import { basename, dirname, join } from "node:path";
import { COMMANDS } from "./script_commands.ts";
import { parseScript } from "./script_line.ts";
import { type Outcome, ScriptFailure, type ScriptOptions, ScriptState } from "./script_state.ts";
import { type Archive, formatTxtar, parseTxtar } from "./txtar.ts";

/**
 * Runs a script.
 *
 * @param name names it in failures.
 * @returns its text, changed where `update` had something to mend.
 * @throws {Error} naming the script and line.
 */
export async function runScript(
  name: string,
  text: string,
  options: ScriptOptions,
): Promise<string> {
  const archive = parseTxtar(text);
  const lines = parseScript(archive.comment);
  if (lines.length === 0) throw new ScriptFailure(`${name}: there is no command in this script`);
  await layOut(archive, options.folder);
  const state = new ScriptState(options);
  const known = { ...COMMANDS, ...options.commands };
  for (const line of lines) {
    try {
      const command = line.expand((variable) => state.env.get(variable) ?? "");
      const run = Object.hasOwn(known, command.name) ? known[command.name] : undefined;
      if (run === undefined) throw new ScriptFailure(`there is no command "${command.name}"`);
      await run(state, command);
    } catch (error) {
      throw explain(`${name}:${line.number}: ${line.text}`, error, state.last);
    }
  }
  for (const file of archive.files) requireCompared(name, file.name, state);
  return formatTxtar({ ...archive, files: archive.files.map((file) => mended(file, state)) });
}

async function layOut(archive: Archive, folder: string): Promise<void> {
  for (const { name, text } of archive.files) {
    const path = join(folder, name);
    await Deno.mkdir(dirname(path), { recursive: true });
    await Deno.writeTextFile(path, text);
  }
}

/** A file that says what is wanted and is never looked at makes a test that cannot fail. */
function requireCompared(script: string, name: string, state: ScriptState): void {
  if (basename(name).startsWith("want") && !state.compared.has(join(state.root, name))) {
    throw new ScriptFailure(`${script}: nothing was compared with "${name}"`);
  }
}

function mended<File extends { readonly name: string; readonly text: string }>(
  file: File,
  state: ScriptState,
): File {
  const text = state.updated.get(join(state.root, file.name));
  return text === undefined ? file : { ...file, text };
}

function explain(where: string, error: unknown, last: Outcome | undefined): Error {
  const reason = error instanceof ScriptFailure || !(error instanceof Error)
    ? error instanceof Error ? error.message : String(error)
    : error.stack ?? error.message;
  const ended = last === undefined
    ? ""
    : `\n[status] ${last.status}\n[stdout]\n${last.stdout}\n[stderr]\n${last.stderr}`;
  return new Error(`${where}\n${reason}${ended}`, { cause: error });
}
