// The commands of script tests; tests/scripts/README.md tells what they do.
import { basename, join } from "node:path";
import type { Command } from "./script_line.ts";
import { type ScriptCommand, ScriptFailure, type ScriptState } from "./script_state.ts";

/** Every command that scripts have of themselves. */
export const COMMANDS: Readonly<Record<string, ScriptCommand>> = {
  krust,
  stdout: deniable((state, command) => matches(state.output("stdout"), command)),
  stderr: deniable((state, command) => matches(state.output("stderr"), command)),
  grep: deniable(grep),
  cmp: deniable(cmp),
  exists: deniable(exists),
  status: plain(status),
  env: plain(env),
  cd: plain(cd),
  mkdir: plain((state, command) => {
    for (const name of some(command)) Deno.mkdirSync(state.path(name), { recursive: true });
  }),
  cp: plain(cp),
  mv: plain((state, command) => {
    const [from, to] = pair(command);
    Deno.renameSync(state.path(from), state.path(to));
  }),
  rm: plain((state, command) => {
    for (const name of some(command)) Deno.removeSync(state.path(name), { recursive: true });
  }),
  chmod: plain((state, command) => {
    const [mode, name] = pair(command);
    Deno.chmodSync(state.path(name), parseInt(mode, 8));
  }),
};

/** A command that takes `!` but not `?`, which would make it say nothing. */
function deniable(run: ScriptCommand): ScriptCommand {
  return (state, command) => {
    if (command.expect === "either") throw new ScriptFailure("it does not take ?");
    return run(state, command);
  };
}

/** A command that takes neither. */
function plain(run: ScriptCommand): ScriptCommand {
  return (state, command) => {
    if (command.expect !== "yes") throw new ScriptFailure("it takes neither ! nor ?");
    return run(state, command);
  };
}

async function krust(state: ScriptState, { args, expect }: Command): Promise<void> {
  const env = Object.fromEntries(state.env);
  const outcome = await state.krust(args, { cwd: state.cwd, env });
  state.last = outcome;
  if (expect === "yes" && outcome.status !== 0) throw new ScriptFailure("krust failed");
  if (expect === "no" && outcome.status === 0) throw new ScriptFailure("krust did not fail");
  if (outcome.status !== 0 && outcome.stdout !== "") {
    throw new ScriptFailure("krust failed and yet wrote to stdout");
  }
}

function status(state: ScriptState, command: Command): void {
  const wanted = Number(only(command));
  if (state.last === undefined) throw new ScriptFailure("status before any krust");
  if (state.last.status !== wanted) throw new ScriptFailure(`the status is ${state.last.status}`);
}

/** `[-count=N] PATTERN`, a regular expression whose ^ and $ are ends of lines. */
function matches(text: string, { args, expect }: Command): void {
  const [first = "", ...rest] = args;
  const counted = /^-count=(\d+)$/.exec(first)?.[1];
  const [pattern, ...more] = counted === undefined ? args : rest;
  if (pattern === undefined || more.length > 0) throw new ScriptFailure("it takes one pattern");
  const found = [...text.matchAll(new RegExp(pattern, "gm"))].length;
  if (expect === "no" && found > 0) throw new ScriptFailure(`it matches: ${pattern}`);
  if (expect === "no") return;
  if (found === 0) throw new ScriptFailure(`it does not match: ${pattern}`);
  if (counted !== undefined && found !== Number(counted)) {
    throw new ScriptFailure(`it matches ${found} times: ${pattern}`);
  }
}

/** `GOT WANT`; the script's folder reads `$WORK` in what krust wrote. */
function cmp(state: ScriptState, command: Command): void {
  const [got, want] = pair(command);
  const found = isStream(got)
    ? state.output(got).replaceAll(state.root, "$WORK")
    : readFile(state, got);
  const wanted = readFile(state, want);
  state.compared.add(state.path(want));
  const same = found === wanted;
  if (command.expect === "no" && same) throw new ScriptFailure("they are the same");
  if (command.expect === "no" || same) return;
  if (state.update) state.updated.set(state.path(want), found);
  else throw new ScriptFailure(difference(found, wanted));
}

function grep(state: ScriptState, command: Command): void {
  const file = command.args.at(-1) ?? "";
  matches(readFile(state, file), { ...command, args: command.args.slice(0, -1) });
}

function cd(state: ScriptState, command: Command): void {
  const folder = state.path(only(command));
  if (stat(folder)?.isDirectory !== true) throw new ScriptFailure("there is no such folder");
  state.cwd = folder;
}

/** `FROM TO`, where `stdout` and `stderr` are what krust wrote. */
function cp(state: ScriptState, command: Command): void {
  const [from, to] = pair(command);
  const target = state.path(to);
  const into = stat(target)?.isDirectory === true ? join(target, basename(from)) : target;
  if (isStream(from)) Deno.writeTextFileSync(into, state.output(from));
  else Deno.copyFileSync(state.path(from), into);
}

function difference(found: string, wanted: string): string {
  const [left, right] = [found.split("\n"), wanted.split("\n")];
  const at = left.findIndex((line, index) => line !== right[index]);
  const line = at < 0 ? left.length : at;
  const side = (lines: readonly string[]): string =>
    line < lines.length ? JSON.stringify(lines[line]) : "the end";
  return `they differ at line ${line + 1}:\n  got:  ${side(left)}\n  want: ${side(right)}`;
}

/** `NAME=VALUE…`; `-NAME` unsets. */
function env(state: ScriptState, command: Command): void {
  for (const arg of some(command)) {
    const at = arg.indexOf("=");
    if (arg.startsWith("-")) state.env.delete(arg.slice(1));
    else if (at > 0) state.env.set(arg.slice(0, at), arg.slice(at + 1));
    else throw new ScriptFailure(`neither NAME=VALUE nor -NAME: ${arg}`);
  }
}

function exists(state: ScriptState, command: Command): void {
  for (const name of some(command)) {
    const there = stat(state.path(name)) !== undefined;
    if (command.expect === "yes" && !there) throw new ScriptFailure(`${name} does not exist`);
    if (command.expect === "no" && there) throw new ScriptFailure(`${name} exists`);
  }
}

function readFile(state: ScriptState, name: string): string {
  const path = state.path(name);
  if (stat(path)?.isFile !== true) {
    throw new ScriptFailure(`there is no file ${state.shown(path)}`);
  }
  return Deno.readTextFileSync(path);
}

function stat(path: string): Deno.FileInfo | undefined {
  try {
    return Deno.lstatSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

function isStream(name: string): name is "stdout" | "stderr" {
  return name === "stdout" || name === "stderr";
}

function some({ args }: Command): readonly string[] {
  if (args.length === 0) throw new ScriptFailure("it takes an argument");
  return args;
}

function only({ args: [first, ...rest] }: Command): string {
  if (first === undefined || rest.length > 0) throw new ScriptFailure("it takes one argument");
  return first;
}

function pair({ args: [first, second, ...rest] }: Command): readonly [string, string] {
  if (first === undefined || second === undefined || rest.length > 0) {
    throw new ScriptFailure("it takes two arguments");
  }
  return [first, second];
}
