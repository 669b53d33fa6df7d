// Finds a linker for a target without set-up (spec.md, rule 5): what the user set, the host's own `cc`,
// a cross compiler on PATH, the toolchain's own rust-lld.
import { KrustError } from "../core/error.ts";
import type { Host } from "../core/host.ts";
import type { Platform } from "../oci/platform.ts";
import type { StaticLibc } from "./target.ts";
import type { TargetConfiguration } from "./target_configuration.ts";
import { which } from "./which.ts";

/** A linker and why it was chosen. */
export interface LinkerChoice {
  /** What cargo is to be told; undefined where it is left to what cargo knows already. */
  readonly tell?: string;
  /** The linker that will run, as far as it is known. */
  readonly program: string;
  /** Why, for `-v`. */
  readonly why: string;
}

/** What the choice depends on. */
export interface LinkerQuestion {
  /** What the image runs on. */
  readonly platform: Platform;
  /** Which C library. */
  readonly libc: StaticLibc;
  /** The user's cargo configuration of the target. */
  readonly configuration: TargetConfiguration;
  /** The linker of krust's own configuration, if any. */
  readonly configured?: string;
}

/** Prefixes of GNU-style cross compilers: `<prefix>-gcc`. Makers differ in how they name 32-bit ARM. */
const PREFIXES: Readonly<Record<string, Readonly<Record<StaticLibc, readonly string[]>>>> = {
  "amd64": { musl: ["x86_64-linux-musl"], gnu: ["x86_64-linux-gnu"] },
  "arm64": { musl: ["aarch64-linux-musl"], gnu: ["aarch64-linux-gnu"] },
  "arm/v7": {
    musl: ["armv7-linux-musleabihf", "armv7l-linux-musleabihf", "arm-linux-musleabihf"],
    gnu: ["arm-linux-gnueabihf"],
  },
  "arm/v6": {
    musl: ["armv6-linux-musleabihf", "arm-linux-musleabihf"],
    gnu: ["arm-linux-gnueabihf"],
  },
  "386": { musl: ["i686-linux-musl", "i486-linux-musl"], gnu: ["i686-linux-gnu"] },
  "riscv64": { musl: ["riscv64-linux-musl"], gnu: ["riscv64-linux-gnu"] },
  "ppc64le": { musl: ["powerpc64le-linux-musl"], gnu: ["powerpc64le-linux-gnu"] },
  "s390x": { musl: ["s390x-linux-musl"], gnu: ["s390x-linux-gnu"] },
};

/** Names of the cross compilers that could link for a platform, the best first. */
export function crossCompilers(platform: Platform, libc: StaticLibc): readonly string[] {
  const { architecture, variant } = platform;
  const key = variant === undefined ? architecture : `${architecture}/${variant}`;
  return (PREFIXES[key]?.[libc] ?? []).map((prefix) => `${prefix}-gcc`);
}

/** Whether programs for a platform are this machine's own, so that its `cc` can link them. */
export function isNative(platform: Platform, host: Pick<Host, "os" | "architecture">): boolean {
  return host.os === platform.os && host.architecture === platform.architecture;
}

/**
 * Chooses the linker for a target.
 *
 * @throws {KrustError} `linker-missing` where none can be found.
 */
export async function chooseLinker(
  { platform, libc, configuration, configured }: LinkerQuestion,
  host: Pick<Host, "env" | "cwd" | "os" | "architecture">,
): Promise<LinkerChoice> {
  const { target, linker: theirs, rustflags } = configuration;
  if (theirs?.setBy.startsWith("CARGO_TARGET_") === true) {
    return { program: theirs.program, why: `set by ${theirs.setBy}` };
  }
  if (configured !== undefined) {
    return { program: configured, tell: configured, why: "set in krust's configuration" };
  }
  if (theirs !== undefined) return { program: theirs.program, why: `set in ${theirs.setBy}` };
  const inFlags = linkerInFlags(rustflags);
  if (inFlags !== undefined) return { program: inFlags, why: "set in the flags for rustc" };
  if (isNative(platform, host)) return { program: "cc", why: "this machine's own architecture" };
  const candidates = crossCompilers(platform, libc);
  for (const program of candidates) {
    if (await which(program, host) !== undefined) return { program, tell: program, why: "on PATH" };
  }
  const absent = `no ${candidates.join(" or ")} on PATH`;
  if (libc === "musl") {
    return { program: "rust-lld", tell: "rust-lld", why: `${absent}; comes with Rust` };
  }
  throw linkerMissing(target, platform, libc, absent);
}

/** The error for a target that cannot be linked; its help names the two ways out. */
export function linkerMissing(
  target: string,
  platform: Platform,
  libc: StaticLibc,
  reason: string,
  native = false,
): KrustError {
  const [compiler] = crossCompilers(platform, libc);
  const compilers = native
    ? `install a C compiler as \`cc\`, or a cross compiler as \`${compiler}\``
    : `install a cross compiler that has \`${compiler}\``;
  const brew = libc === "musl" ? " (on macOS: brew install filosottile/musl-cross/musl-cross)" : "";
  const other = libc !== "musl"
    ? "or build against musl, which Rust links by itself"
    : 'or use Rust\'s own linker, which serves pure Rust: linker = "rust-lld" in .cargo/config.toml';
  return new KrustError("linker-missing", `link for target ${target}: ${reason}`, {
    help: [`${compilers}${brew}`, other],
    details: { target, libc, native: String(native) },
  });
}

/** The linker that the user's own flags for rustc name: `-C linker=x`, `-Clinker=x`. */
function linkerInFlags(flags: readonly string[]): string | undefined {
  const found = flags.findLast((flag) => /^(?:-C|--codegen=)?linker=/.test(flag));
  return found?.slice(found.indexOf("linker=") + "linker=".length);
}
