// One of cargo's configuration files, read only to learn where flags for rustc and linkers are set.
// Whatever is wrong in it cargo says itself.
import * as v from "valibot";
import { parseToml } from "../core/toml.ts";

/** Flags as cargo takes them: a text is split at spaces, a list is as it is. */
export type FlagSetting = string | readonly string[];

/** What a `[target.<…>]` table says. */
export interface TargetSettings {
  /** `rustflags`. */
  readonly rustflags?: FlagSetting;
  /** `linker`. */
  readonly linker?: string;
}

/** One configuration file. */
export interface ConfigFile {
  /** Where it lies. */
  readonly path: string;
  /** `build.rustflags`. */
  readonly buildRustflags?: FlagSetting;
  /** Whether `unstable.build-std` is set, with which std need not be installed. */
  readonly buildStd: boolean;
  /** Tables of `[target]` by key: triples and `cfg(…)`. */
  readonly targets: Readonly<Record<string, TargetSettings>>;
}

const Flags = v.fallback(v.optional(v.union([v.string(), v.array(v.string())])), undefined);

const FileSchema = v.object({
  include: v.fallback(v.optional(v.unknown()), undefined),
  unstable: v.fallback(v.optional(v.record(v.string(), v.unknown()), {}), {}),
  build: v.fallback(v.optional(v.object({ rustflags: Flags }), {}), {}),
  target: v.fallback(
    v.optional(
      v.record(
        v.string(),
        v.fallback(
          v.object({
            rustflags: Flags,
            linker: v.fallback(v.optional(v.string()), undefined),
          }),
          {},
        ),
      ),
      {},
    ),
    {},
  ),
});

/**
 * What one file says, and the files that it includes, as it names them.
 *
 * @throws {KrustError} `config-invalid` for a text that is no TOML.
 */
export function parseConfigFile(
  text: string,
  path: string,
): { readonly file: ConfigFile; readonly includes: readonly string[] } {
  const { build, target, include, unstable } = v.parse(FileSchema, parseToml(text, path));
  const targets = Object.entries(target).map(([key, { rustflags, linker }]) =>
    [key, {
      ...(rustflags === undefined ? {} : { rustflags }),
      ...(linker === undefined ? {} : { linker }),
    }] as const
  );
  const file: ConfigFile = {
    path,
    ...(build.rustflags === undefined ? {} : { buildRustflags: build.rustflags }),
    buildStd: unstable["build-std"] !== undefined,
    targets: Object.fromEntries(targets),
  };
  return { file, includes: includedPaths(include) };
}

/** `include = "a.toml"`, or a list of such or of `{ path = "a.toml" }`. */
function includedPaths(include: unknown): readonly string[] {
  const items: readonly unknown[] = Array.isArray(include) ? include : [include];
  return items.flatMap((item) => {
    const path = typeof item === "object" && item !== null && "path" in item ? item.path : item;
    return typeof path === "string" ? [path] : [];
  });
}
