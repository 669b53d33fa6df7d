// Says why `cargo build` failed, out of what it said, or, where that went straight to the terminal,
// out of what can be looked up.
import { dirname } from "node:path";
import { KrustError } from "../core/error.ts";
import type { Cancel } from "../core/streams.ts";
import { isNative } from "./compilers.ts";
import type { CargoContext } from "./context.ts";
import { findTargetLibraries } from "./install_target.ts";
import { lastError } from "./last_error.ts";
import { linkerMissing } from "./linker.ts";
import type { PlannedTarget } from "./plan_target.ts";
import { holdsRustLld } from "./rust_lld.ts";
import { which } from "./which.ts";

/** Most lines of what cargo said that are kept. */
const KEPT = 200;

/** What cargo, rustc and linkers repeat of a system whose disk is full. */
const DISK_FULL = /No space left on device|Disk quota exceeded/;

/** Keeps of what cargo says the lines that tell why it failed. */
export class FailureNotes {
  readonly #lines: string[] = [];

  /** Takes the next line. */
  note(line: string): void {
    // deno-lint-ignore no-control-regex
    const plain = line.replace(/\u001b\[[0-9;]*m/g, "");
    const told = /^error|may not be installed|^Caused by:|^ {2}[^\s|=]/.test(plain);
    if (!told && !DISK_FULL.test(plain)) return;
    if (this.#lines.length === KEPT) this.#lines.shift();
    this.#lines.push(plain);
  }

  /** The notes. */
  get text(): string {
    return this.#lines.join("\n");
  }
}

/** A build that failed. */
export interface FailedBuild {
  /** Where cargo ran. */
  readonly directory: string;
  /** What was built for. */
  readonly targets: readonly PlannedTarget[];
  /** Cargo's exit status. */
  readonly status: number;
  /** What cargo said, as far as krust heard it. */
  readonly notes: string;
}

/** The error for a build that failed. */
export async function explainFailure(
  context: CargoContext,
  failed: FailedBuild,
  options: Cancel = {},
): Promise<KrustError> {
  return diskFull(failed) ?? heardLinker(context, failed) ??
    await missingLinker(context, failed, options) ??
    cargoFailed(context, failed);
}

/** A disk that is full, whoever met it: a linker that cannot write says that it failed. */
function diskFull({ notes, status }: FailedBuild): KrustError | undefined {
  const said = DISK_FULL.exec(notes);
  if (said === null) return undefined;
  return new KrustError("cargo-failed", `Cargo build failed: ${said[0]}`, {
    help: [
      "free some space on the disk of cargo's target directory",
      "or build on another: CARGO_TARGET_DIR=DIR",
    ],
    details: { status: String(status) },
  });
}

/** A linker's failure in what cargo said. */
function heardLinker(
  { host }: CargoContext,
  { notes, targets }: FailedBuild,
): KrustError | undefined {
  const said = /^error: (linking with `(.+?)` failed|linker `(.+?)` not found)/m.exec(notes);
  if (said === null) return undefined;
  const linker = said[2] ?? said[3];
  // zig's linkers are scripts of cargo-zigbuild's, with the target in their names.
  const target = targets.find(({ linker: { program } }) => program === linker) ??
    targets.find(({ triple }) => linker?.includes(triple) === true) ?? targets[0];
  if (target === undefined) return undefined;
  const { triple, platform, libc } = target;
  return linkerMissing(triple, platform, libc, said[1] ?? "", isNative(platform, host));
}

/** A linker that is not there. */
async function missingLinker(
  context: CargoContext,
  { notes, targets, directory }: FailedBuild,
  options: Cancel,
): Promise<KrustError | undefined> {
  // Where cargo could be heard, it said that itself.
  if (notes !== "") return undefined;
  for (const target of targets) {
    const { triple, platform, libc, linker: { program } } = target;
    if (await isThere(context, program, triple, directory, options)) continue;
    const reason = `linker \`${program}\` not found`;
    return linkerMissing(triple, platform, libc, reason, isNative(platform, context.host));
  }
  return undefined;
}

async function isThere(
  context: CargoContext,
  program: string,
  target: string,
  directory: string,
  options: Cancel,
): Promise<boolean> {
  if (await which(program, context.host) !== undefined) return true;
  // A path in a configuration file is relative to that file, which cargo knows better.
  if (program.includes("/")) return true;
  if (program !== "rust-lld") return false;
  const { folder } = await findTargetLibraries(context, { target, directory }, options);
  return folder === undefined || await holdsRustLld(dirname(dirname(folder)));
}

function cargoFailed({ host }: CargoContext, { notes, status, targets }: FailedBuild): KrustError {
  const said = lastError(notes);
  // Where cargo spoke to the terminal, whether C code is the reason is for the reader to see.
  const maybeC = said === undefined || notes.includes("failed to run custom build command");
  const crossed = targets.find(({ platform, linker }) =>
    maybeC && linker.program === "rust-lld" && !isNative(platform, host)
  );
  const help = crossed === undefined
    ? []
    : linkerMissing(crossed.triple, crossed.platform, crossed.libc, "").help.slice(0, 1)
      .map((line) => `if a crate compiles or links C code for ${crossed.triple}: ${line}`);
  return new KrustError(
    "cargo-failed",
    `Cargo build failed: ${said ?? `exit status ${status}, see above`}`,
    { help, details: { status: String(status) } },
  );
}
