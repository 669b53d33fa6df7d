// What a project's crates take beside Rust, found before anything is compiled: from Cargo.lock whether
// there can be any, from `cargo tree` what is really built for a target. The answer is kept beside what
// cargo built, so that a build with nothing to do does not ask again.
import { join } from "node:path";
import * as v from "valibot";
import { Hasher } from "../core/digest.ts";
import { writeFileWhole } from "../core/files.ts";
import { printable } from "../core/printable.ts";
import type { Cancel } from "../core/streams.ts";
import type { CargoPlan, Project } from "./cargo.ts";
import type { CargoContext } from "./context.ts";
import { readTree, type TreeCrate } from "./crate_tree.ts";
import { BUILD_TOOLS, COMPILING, NATIVE_CRATES, TELLTALES } from "./native_crates.ts";
import { ifThere } from "./optional_program.ts";
import type { CompilerNeed } from "./rung.ts";

const NeedSchema = v.object({
  crate: v.string(),
  version: v.string(),
  path: v.array(v.string()),
  kind: v.picklist(["c", "c++", "library", "tool"]),
  what: v.string(),
  certain: v.boolean(),
});

/** One thing that a crate takes. */
export interface NativeNeed {
  /** The crate. */
  readonly crate: string;
  /** Its version. */
  readonly version: string;
  /** Names from the package to the crate. */
  readonly path: readonly string[];
  /** A compiler for the target, a library for the target, or a program on this machine. */
  readonly kind: "c" | "c++" | "library" | "tool";
  /** The library or the program; empty for compilers. */
  readonly what: string;
  /** Whether it is known; otherwise it is likely, as build scripts like its own compile C. */
  readonly certain: boolean;
}

/** The needs for one target, and how to keep them. */
export interface NativeNeeds {
  /** What is needed. */
  readonly needs: readonly NativeNeed[];
  /** Whether cargo could say; where it could not, `needs` is empty. */
  readonly known: boolean;
  /** Keeps the answer; called when cargo has made its folder. */
  remember(): Promise<void>;
}

const NOTHING: NativeNeeds = { needs: [], known: true, remember: () => Promise.resolve() };

/** The compiler that all of some needs take together. */
export function compilerNeed(needs: readonly NativeNeed[]): CompilerNeed {
  if (needs.some(({ kind }) => kind === "c++")) return "c++";
  return needs.some(({ kind }) => kind === "c") ? "c" : "none";
}

/**
 * Finds what a build for `target` takes beside Rust. Where cargo cannot say, nothing is known, and
 * nothing is made of it: cargo itself says best what is wrong then.
 *
 * @throws the signal's reason.
 */
export async function findNativeNeeds(
  context: CargoContext,
  project: Project,
  plan: CargoPlan,
  target: string,
  options: Cancel = {},
): Promise<NativeNeeds> {
  const lock = await readText(join(project.workspaceRoot, "Cargo.lock"));
  if (lock !== undefined && !mayBeNative(lock)) return NOTHING;
  const args = treeArguments(project, plan, target);
  const place = join(project.targetDirectory, "krust", `${target}.json`);
  const kept = lock === undefined
    ? undefined
    : await recall(place, await keyOf(project, lock, args));
  if (kept !== undefined) return { ...NOTHING, needs: kept };
  const tree = await askTree(context, project, args, options);
  if (tree === undefined) return { ...NOTHING, known: false };
  const needs = needsOf(readTree(tree));
  return {
    needs,
    known: true,
    async remember(): Promise<void> {
      // cargo may have written the lock file meanwhile.
      const now = await readText(join(project.workspaceRoot, "Cargo.lock"));
      if (now === undefined) return;
      const kept = JSON.stringify({ key: await keyOf(project, now, args), needs });
      // Beside what cargo built, which it could write as well: without it the next build asks again.
      await Deno.mkdir(join(place, ".."), { recursive: true }).then(() =>
        writeFileWhole(place, kept)
      ).catch(() => {});
    },
  };
}

function mayBeNative(lock: string): boolean {
  for (const [, name = ""] of lock.matchAll(/^name = "([^"]+)"$/gm)) {
    if (TELLTALES.has(name)) return true;
  }
  return false;
}

async function readText(path: string): Promise<string | undefined> {
  return await Deno.readTextFile(path).catch(() => undefined);
}

const KeptSchema = v.object({ key: v.string(), needs: v.array(NeedSchema) });

async function recall(place: string, key: string): Promise<readonly NativeNeed[] | undefined> {
  try {
    const kept = v.parse(KeptSchema, JSON.parse(await Deno.readTextFile(place)));
    return kept.key === key ? kept.needs : undefined;
  } catch {
    return undefined;
  }
}

/** All that the answer depends on, as a hash: what is locked, both manifests, and what was asked. */
async function keyOf(project: Project, lock: string, args: readonly string[]): Promise<string> {
  const hasher = new Hasher();
  const manifests = [project.manifestPath, join(project.workspaceRoot, "Cargo.toml")];
  const texts = [lock, ...await Promise.all(manifests.map(readText)), ...args, VERSION];
  for (const text of texts) hasher.update(new TextEncoder().encode(`${text ?? ""}\0`));
  return hasher.digest();
}

/** Raised when the table of crates or what is made of it changes. */
const VERSION = "1";

/** Options with which cargo chooses what is built, that `cargo tree` has as well. */
const FLAGS = new Set([
  ...["--all-features", "--no-default-features", "--locked", "--offline", "--frozen"],
]);

function treeArguments(project: Project, plan: CargoPlan, target: string): readonly string[] {
  const { name, version } = project.package;
  const chosen = plan.args.flatMap((arg, at) => {
    const before = plan.args[at - 1];
    const value = before === "--features" || before === "-F";
    return value || FLAGS.has(arg) || /^(--features|-F)/.test(arg) ? [arg] : [];
  });
  return [
    ...["tree", "--charset", "ascii", "--edges", "normal,build", "--color", "never"],
    ...["--target", target, "--package", `${name}@${version}`],
    ...(plan.offline && !chosen.includes("--offline") ? ["--offline"] : []),
    ...chosen,
  ];
}

/** What cargo prints while it fetches what the tree is made of, which a person may wait for. */
const FETCHING = /^\s*(Updating|Locking|Downloading|Downloaded|Adding|Blocking|Fetch)\b/;

async function askTree(
  { host, report, cargoProgram: program }: CargoContext,
  { directory }: Project,
  args: readonly string[],
  options: Cancel,
): Promise<string | undefined> {
  const stderr = (line: string): void => {
    if (FETCHING.test(line)) report.output("cargo", line);
  };
  const command = { program, args, cwd: directory, stderr };
  const result = await ifThere(host.run(command, options));
  return result?.status === 0 ? result.stdout : undefined;
}

/** What the crates of a tree take. */
export function needsOf(crates: readonly TreeCrate[]): readonly NativeNeed[] {
  return crates.flatMap((crate) => crate.host ? toolNeed(crate) : targetNeed(crate));
}

/** What a table has for a name; nothing for a crate that is called like an object's member (`constructor`). */
function ownOf<Value>(table: Readonly<Record<string, Value>>, name: string): Value | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}

function toolNeed(crate: TreeCrate): readonly NativeNeed[] {
  const tool = ownOf(BUILD_TOOLS, crate.name);
  // aws-lc-sys has cmake for the few targets that its own builder does not know.
  if (tool === undefined || crate.path.at(-2) === "aws-lc-sys") return [];
  return [{ ...described(crate), kind: "tool", what: tool.program, certain: false }];
}

function targetNeed(crate: TreeCrate): readonly NativeNeed[] {
  const known = ownOf(NATIVE_CRATES, crate.name);
  const compiling = crate.buildDependencies.some((name) => COMPILING.includes(name));
  if (known === undefined) {
    return compiling ? [{ ...described(crate), kind: "c", what: "", certain: false }] : [];
  }
  const { library, bundledBy, compiles } = known;
  const bundled = bundledBy !== undefined && crate.buildDependencies.includes(bundledBy);
  if (library !== undefined && !bundled) {
    return [{ ...described(crate), kind: "library", what: library, certain: true }];
  }
  if (compiles === undefined) return [];
  // Some crates of the table can do without: there is then nothing in the tree that compiles.
  const certain = compiling || bundled;
  return [{ ...described(crate), kind: compiles, what: "", certain }];
}

function described(
  { name, version, path }: TreeCrate,
): Omit<NativeNeed, "kind" | "what" | "certain"> {
  return {
    crate: printable(name),
    version: printable(version),
    path: path.map((each) => printable(each)),
  };
}
