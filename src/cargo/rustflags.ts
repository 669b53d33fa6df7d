// Joins krust's flags for rustc to the user's own and never replaces them (spec.md, rule 3).
//
// Cargo takes flags from the first of four sources only, so ours go to the very source that is in
// force. Variables are used rather than `--config`: cargo joins them to what a file says whether that
// is a list or a text, while `--config` with a list refuses a file that has a text.
import { KrustError } from "../core/error.ts";
import { targetVariable } from "./target.ts";
import { type TargetConfiguration, words } from "./target_configuration.ts";

/** Static linking of the C runtime, the one flag that a program needs. */
export const CRT_STATIC: readonly string[] = ["-C", "target-feature=+crt-static"];

/** A target and what is to be joined to its flags. */
export interface FlaggedTarget {
  /** Whether its C library is linked dynamically, without {@linkcode CRT_STATIC}. */
  readonly dynamic: boolean;
  /** What the user's cargo configuration says. */
  readonly configuration: TargetConfiguration;
  /** Flags of krust's own configuration for the platform. */
  readonly flags: readonly string[];
}

/** What makes cargo use the joined flags. */
export interface FlagArguments {
  /** Variables for cargo. */
  readonly env: Readonly<Record<string, string>>;
  /** Arguments for cargo. */
  readonly args: readonly string[];
}

/**
 * The variables and arguments that join our flags to the user's for each target.
 *
 * @param env reads the environment that cargo inherits.
 * @param common further flags of ours for every target.
 * @throws {KrustError} `config-invalid` where flags for single platforms meet a variable that cargo
 * takes all targets' flags from.
 */
export function joinRustflags(
  targets: readonly FlaggedTarget[],
  env: (name: string) => string | undefined,
  common: readonly string[] = [],
): FlagArguments {
  const global = targets.find(({ configuration: { source } }) =>
    source === "CARGO_ENCODED_RUSTFLAGS" || source === "RUSTFLAGS"
  );
  if (global !== undefined) {
    return { env: joinGlobal(global.configuration.source, targets, env, common), args: [] };
  }
  const variables: Record<string, string> = {};
  const args: string[] = [];
  for (const { configuration, flags, dynamic } of targets) {
    const { target, source, rustflags } = configuration;
    const ours = [...common, ...runtimeFlags(dynamic), ...flags.flatMap(words)];
    if (source === "target.rustflags") {
      const name = targetVariable(target, "RUSTFLAGS");
      // What is cut at blanks can hold no flag that has one, and a list may not join a file's text.
      variables[name] = append(env(name), " ", ours.filter((flag) => !hasBlank(flag)));
    } else if (flags.length === 0 && !ours.some(hasBlank)) {
      variables["CARGO_BUILD_RUSTFLAGS"] = append(env("CARGO_BUILD_RUSTFLAGS"), " ", ours);
    } else {
      // The target's own flags, once there are any, stand in the place of `build.rustflags`.
      const all = JSON.stringify([...rustflags, ...ours]);
      args.push("--config", `target.${target}.rustflags=${all}`);
    }
  }
  return { env: variables, args };
}

function joinGlobal(
  source: TargetConfiguration["source"],
  targets: readonly FlaggedTarget[],
  env: (name: string) => string | undefined,
  common: readonly string[],
): Readonly<Record<string, string>> {
  const flags = targets[0]?.flags ?? [];
  if (targets.some((each) => each.flags.join("\x1f") !== flags.join("\x1f"))) {
    throw new KrustError(
      "config-invalid",
      `flags for single platforms cannot be joined to ${source}: cargo takes the flags of all platforms from it`,
      { help: [`unset ${source}, or build the platforms one by one`] },
    );
  }
  // One plan has one C library: `auto`, which may mix two, links both statically.
  const dynamic = targets.some((each) => each.dynamic);
  const ours = [...common, ...runtimeFlags(dynamic), ...flags.flatMap(words)];
  if (source !== "RUSTFLAGS") return { [source]: append(env(source), "\x1f", ours) };
  if (!ours.some(hasBlank)) return { [source]: append(env(source), " ", ours) };
  return { CARGO_ENCODED_RUSTFLAGS: [...words(env(source) ?? ""), ...ours].join("\x1f") };
}

function hasBlank(flag: string): boolean {
  return /\s/.test(flag);
}

function runtimeFlags(dynamic: boolean): readonly string[] {
  return dynamic ? [] : CRT_STATIC;
}

function append(theirs: string | undefined, separator: string, ours: readonly string[]): string {
  const before = theirs === undefined || theirs.trim() === "" ? [] : [theirs];
  return [...before, ...ours].join(separator);
}
