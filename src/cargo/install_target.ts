// Sees to it that a target's standard library is there, by rustup where it is not (spec.md, rule 4).
import { dirname } from "node:path";
import { KrustError } from "../core/error.ts";
import { isFolder } from "../core/files.ts";
import type { Cancel } from "../core/streams.ts";
import type { CargoContext } from "./context.ts";
import { lastError } from "./last_error.ts";
import { askRustc, ifThere } from "./optional_program.ts";
import type { StaticLibc } from "./target.ts";

/** A target that is wanted, and the folder whose toolchain is meant. */
export interface WantedTarget {
  /** Triple. */
  readonly target: string;
  /** Where cargo runs: rust-toolchain.toml and overrides hold there. */
  readonly directory: string;
  /** Which C library it links with. */
  readonly libc: StaticLibc;
  /** Whether it is this machine's own architecture and system. */
  readonly native: boolean;
}

/** Where a target's libraries belong, and whether they lie there. */
export interface TargetLibraries {
  /** The folder; undefined where rustc cannot be asked. */
  readonly folder?: string;
  /** Whether std is there; undefined where rustc cannot be asked. */
  readonly installed?: boolean;
}

/**
 * Asks rustc where a target's libraries belong and looks whether they are there. `rustc` names the
 * folder for every target it knows, installed or not.
 *
 * @throws the signal's reason.
 */
export async function findTargetLibraries(
  context: CargoContext,
  wanted: Pick<WantedTarget, "target" | "directory">,
  options: Cancel = {},
): Promise<TargetLibraries> {
  const folder = (await askRustc(context, "target-libdir", wanted, options))?.trim() ?? "";
  return folder === "" ? {} : { folder, installed: await isFolder(folder) };
}

/**
 * Adds a target with rustup unless it is there. Where rustc cannot be asked the target is taken to be
 * there: cargo says best what is wrong then.
 *
 * @throws {KrustError} `target-not-installed` where it is not there and cannot be added.
 */
export async function installTarget(
  context: CargoContext,
  wanted: WantedTarget,
  options: Cancel = {},
): Promise<void> {
  await context.installedTargets.get(`${wanted.directory}\n${wanted.target}`, async () => {
    const { folder, installed } = await findTargetLibraries(context, wanted, options);
    if (folder === undefined || installed === true) return;
    const reason = await addTarget(context, wanted, options);
    if (reason === undefined && await isFolder(folder)) return;
    const place = folder.endsWith("/lib") ? dirname(folder) : folder;
    throw targetNotInstalled(wanted, place, reason ?? "it ended well, but added none");
  });
}

/**
 * Runs `rustup target add`; gives why it failed, or undefined.
 *
 * @throws the signal's reason.
 */
export async function addTarget(
  { host, report, offline }: Pick<CargoContext, "host" | "report" | "offline">,
  { target, directory }: Pick<WantedTarget, "target" | "directory">,
  options: Cancel,
): Promise<string | undefined> {
  if (offline === true) return OFFLINE;
  report.info(`Adding target ${target} with rustup`);
  const lines: string[] = [];
  const stderr = (line: string): void => {
    if (lines.length < 1000) lines.push(line);
    report.debug(`rustup: ${line}`);
  };
  const args = ["target", "add", target];
  const result = await ifThere(
    // A backtrace of rustup's own, as RUST_BACKTRACE=1 in a shell brings it, helps nobody here.
    host.run({
      program: "rustup",
      args,
      cwd: directory,
      env: { RUST_BACKTRACE: "0" },
      stderr,
    }, options),
  );
  if (result === undefined) return NO_RUSTUP;
  if (result.status === 0) return undefined;
  return shortened(lastError(lines.join("\n"))) ?? `exit status ${result.status}`;
}

/**
 * What rustup says first and last of a download that failed: in between are addresses and names of
 * partial files, hundreds of letters of them. `-v` shows it all.
 */
function shortened(reason: string | undefined): string | undefined {
  const parts = reason?.split(": ") ?? [];
  const [first, last] = [parts[0], parts.at(-1)];
  return parts.length > 3 && first !== undefined && last !== undefined
    ? `${first}: ${last}`
    : reason;
}

const NO_RUSTUP = "rustup is not installed";
const OFFLINE = "rustup was not asked for it, for the network is not to be used";

function targetNotInstalled(
  { target, libc, native }: WantedTarget,
  place: string,
  reason: string,
): KrustError {
  const cause = reason === NO_RUSTUP || reason === OFFLINE
    ? `no std at ${place}, and ${reason}`
    : `no std at ${place}; \`rustup target add\` failed: ${reason}`;
  const help = reason === NO_RUSTUP
    ? [
      `install your distribution's package of Rust's standard library for ${target}`,
      `or install rustup (https://rustup.rs), then: rustup target add ${target}`,
    ]
    : /does not support components/.test(reason)
    ? [`add the target to that toolchain by hand, or use one that rustup has installed`]
    : /no prebuilt artifacts/.test(reason)
    ? [
      "Rust has no std built for it, in that toolchain at least: another toolchain may have",
      'or build std too: nightly, rustup component add rust-src, and [unstable] build-std = ["std"] in .cargo/config.toml',
    ]
    : [`rustup target add ${target}`];
  return new KrustError("target-not-installed", `target ${target} may not be installed`, {
    cause: new Error(cause),
    help,
    details: { target, libc, native: String(native) },
  });
}
