// What the user's cargo configuration, files and environment, says of one target: which of cargo's
// sources of flags for rustc is in force, and which linker.
import type { Host } from "../core/host.ts";
import { type CfgFacts, evaluateCfg } from "./cfg.ts";
import type { ConfigFile, FlagSetting } from "./config_file.ts";
import { targetVariable } from "./target.ts";

/**
 * Cargo's four sources of flags for rustc, of which it takes the first that is there and no other
 * (Cargo Book, `build.rustflags`); `none` where the user has none.
 */
export type FlagSource =
  | "CARGO_ENCODED_RUSTFLAGS"
  | "RUSTFLAGS"
  | "target.rustflags"
  | "build.rustflags"
  | "none";

/** The user's configuration of one target. */
export interface TargetConfiguration {
  /** Triple. */
  readonly target: string;
  /** Where its flags for rustc come from. */
  readonly source: FlagSource;
  /** The flags that are in force, in cargo's order. */
  readonly rustflags: readonly string[];
  /** The linker that is set, and where. */
  readonly linker?: { readonly program: string; readonly setBy: string };
}

/**
 * Looks up one target.
 *
 * @param facts gives what `cfg(…)` holds for the target; asked only where a file has such a key.
 */
export async function configurationOf(
  target: string,
  files: readonly ConfigFile[],
  host: Pick<Host, "env">,
  facts: () => Promise<CfgFacts>,
): Promise<TargetConfiguration> {
  const keys = await keysInForce(target, files, facts);
  const linker = linkerOf(target, files, host, keys);
  return {
    target,
    ...flagsOf(target, files, host, keys),
    ...(linker === undefined ? {} : { linker }),
  };
}

/** The keys of `[target]` that mean this target: its triple first, then every `cfg(…)` that holds. */
async function keysInForce(
  target: string,
  files: readonly ConfigFile[],
  facts: () => Promise<CfgFacts>,
): Promise<readonly string[]> {
  const keys = new Set(files.flatMap((file) => Object.keys(file.targets)));
  const expressions = [...keys].filter((key) => key.startsWith("cfg("));
  if (expressions.length === 0) return [target];
  const holding = await facts();
  return [target, ...expressions.filter((key) => evaluateCfg(key, holding) === true).toSorted()];
}

function flagsOf(
  target: string,
  files: readonly ConfigFile[],
  host: Pick<Host, "env">,
  keys: readonly string[],
): Pick<TargetConfiguration, "source" | "rustflags"> {
  const encoded = host.env("CARGO_ENCODED_RUSTFLAGS");
  if (encoded !== undefined) {
    return {
      source: "CARGO_ENCODED_RUSTFLAGS",
      rustflags: encoded === "" ? [] : encoded.split("\x1f"),
    };
  }
  const plain = host.env("RUSTFLAGS");
  if (plain !== undefined) return { source: "RUSTFLAGS", rustflags: words(plain) };
  const forTarget = [
    ...keys.flatMap((key) => joined(files.map((file) => file.targets[key]?.rustflags))),
    ...words(host.env(targetVariable(target, "RUSTFLAGS")) ?? ""),
  ];
  if (forTarget.length > 0) return { source: "target.rustflags", rustflags: forTarget };
  const forBuild = [
    ...joined(files.map((file) => file.buildRustflags)),
    ...words(host.env("CARGO_BUILD_RUSTFLAGS") ?? ""),
  ];
  return { source: forBuild.length > 0 ? "build.rustflags" : "none", rustflags: forBuild };
}

/** One setting out of several files, the winning file first: lists are joined, a text replaces. */
function joined(settings: readonly (FlagSetting | undefined)[]): readonly string[] {
  const given = settings.filter((setting) => setting !== undefined);
  const [winner] = given;
  if (typeof winner === "string") return words(winner);
  return given.toReversed().flatMap((setting) => typeof setting === "string" ? [] : setting);
}

function linkerOf(
  target: string,
  files: readonly ConfigFile[],
  host: Pick<Host, "env">,
  keys: readonly string[],
): TargetConfiguration["linker"] {
  const variable = targetVariable(target, "LINKER");
  const program = host.env(variable);
  if (program !== undefined && program !== "") return { program, setBy: variable };
  for (const key of keys) {
    for (const file of files) {
      const linker = file.targets[key]?.linker;
      if (linker !== undefined) return { program: linker, setBy: file.path };
    }
  }
  return undefined;
}

/** Splits as cargo does. */
export function words(text: string): readonly string[] {
  return text.split(/\s+/).filter((word) => word !== "");
}
