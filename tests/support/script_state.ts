// A script test under way: where it is, what is in its environment, how krust ended the last time.
import { relative, resolve } from "node:path";
import type { Command } from "./script_line.ts";

/** How the program under test ended. */
export interface Outcome {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the program under test. */
export type Program = (
  args: readonly string[],
  at: { readonly cwd: string; readonly env: Readonly<Record<string, string>> },
) => Promise<Outcome>;

/** A command of scripts; throws {@linkcode ScriptFailure} where it does not hold. */
export type ScriptCommand = (state: ScriptState, command: Command) => void | Promise<void>;

/** Why a script fails. */
export class ScriptFailure extends Error {}

/** What a script is run with. */
export interface ScriptOptions {
  /** Where its files are laid out: an empty folder, absolute and without symbolic links. */
  readonly folder: string;
  /** The program that `krust` stands for. */
  readonly krust: Program;
  /** The environment at the start. */
  readonly env?: Readonly<Record<string, string>>;
  /** Further commands by name. */
  readonly commands?: Readonly<Record<string, ScriptCommand>>;
  /** Takes what was found for what is wanted: `cmp` then mends the archive. */
  readonly update?: boolean;
}

/** A script under way. */
export class ScriptState {
  readonly root: string;
  readonly env: Map<string, string>;
  readonly krust: Program;
  readonly update: boolean;
  /** The archive's files as `cmp` was told to have them. */
  readonly updated = new Map<string, string>();
  /** Files that something was compared with, absolute. */
  readonly compared = new Set<string>();
  cwd: string;
  /** How krust ended the last time. */
  last: Outcome | undefined;

  /** Starts in the folder of the options. */
  constructor(options: ScriptOptions) {
    this.root = options.folder;
    this.cwd = options.folder;
    this.env = new Map(Object.entries({ ...options.env, WORK: options.folder }));
    this.krust = options.krust;
    this.update = options.update ?? false;
  }

  /** A path of the script, absolute. */
  path(name: string): string {
    return resolve(this.cwd, name);
  }

  /** A path as the script's author knows it. */
  shown(path: string): string {
    return relative(this.root, path);
  }

  /** What krust wrote to a stream the last time. */
  output(stream: "stdout" | "stderr"): string {
    if (this.last === undefined) throw new ScriptFailure(`${stream} before any krust`);
    return this.last[stream];
  }
}
