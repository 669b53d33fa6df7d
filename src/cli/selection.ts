// What to build, said in several places: by flags, after `--`, in Cargo.toml and in the user's file. The
// first two are one voice and must agree; of the others the higher one decides.
import type { CargoArguments } from "../cargo/arguments.ts";
import type { Selection } from "../cargo/cargo.ts";
import type { Sourced } from "../config/layer.ts";
import type { Settings } from "../config/resolve_settings.ts";
import { KrustError } from "../core/error.ts";

/** The arguments for cargo by where they stand. */
export interface CargoVoices {
  /** After `--`. */
  readonly line: CargoArguments;
  /** In `[build] cargo_args` of the user's file. */
  readonly file: CargoArguments;
}

/**
 * What is to be built.
 *
 * @throws {KrustError} `usage` where flags and what follows `--` contradict each other.
 */
export function selectTargets(settings: Settings, { line, file }: CargoVoices): Selection {
  const ofLine = line.selection;
  const bins = [...new Set([...fromFlag(settings.bin, []), ...ofLine.bins])];
  const example = agreed("--example", fromFlag(settings.example, undefined), ofLine.example);
  if (example !== undefined && bins.length > 0) {
    throw new KrustError("usage", `--example ${example} contradicts --bin ${bins[0]}`);
  }
  const packageName = agreed("--package", settings.package.value, ofLine.package) ??
    file.selection.package;
  const targets = bins.length > 0 || example !== undefined
    ? targetsOf(bins, example)
    : configuredTargets(settings, file.selection);
  return { ...targets, ...(packageName === undefined ? {} : { package: packageName }) };
}

/**
 * The profile to build with.
 *
 * @throws {KrustError} `usage` where flag and what follows `--` contradict each other.
 */
export function selectProfile({ profile }: Settings, { line, file }: CargoVoices): string {
  const named = agreed("--profile", fromFlag(profile, undefined), line.profile);
  if (named !== undefined) return named;
  // The file's `profile` and its cargo_args are of one layer; below them is nothing but the default.
  const higher = profile.origin.kind === "package" || profile.origin.kind === "workspace";
  return higher ? profile.value : file.profile ?? profile.value;
}

/** What Cargo.toml or the user's file chooses. */
function configuredTargets({ bin, example }: Settings, file: Selection): Targets {
  return bin.value.length > 0 || example.value !== undefined
    ? targetsOf(bin.value, example.value)
    : targetsOf(file.bins, file.example);
}

type Targets = Pick<Selection, "bins" | "example">;

function targetsOf(bins: readonly string[], example: string | undefined): Targets {
  return { bins, ...(example === undefined ? {} : { example }) };
}

function fromFlag<Value, Other>({ value, origin }: Sourced<Value>, other: Other): Value | Other {
  return origin.kind === "flag" ? value : other;
}

/** What flag and argument say alike. */
function agreed(
  option: string,
  flag: string | undefined,
  argument: string | undefined,
): string | undefined {
  if (flag === undefined || argument === undefined || flag === argument) return flag ?? argument;
  throw new KrustError("usage", `${option} ${flag} contradicts ${option} ${argument} after --`);
}
