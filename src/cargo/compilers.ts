// Names of C compilers for other machines, and where their headers lie: facts about toolchains as they
// are distributed, and nothing of this machine.
import type { Host } from "../core/host.ts";
import type { Platform } from "../oci/platform.ts";
import type { StaticLibc } from "./target.ts";

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

/** Debian's names of musl's architectures where they are no prefix of a compiler. */
const DEBIAN: Readonly<Record<string, readonly string[]>> = {
  "arm/v7": ["arm-linux-musleabihf"],
  "arm/v6": ["arm-linux-musleabi"],
  "386": ["i386-linux-musl"],
};

function prefixes(platform: Platform, libc: StaticLibc): readonly string[] {
  return PREFIXES[keyOf(platform)]?.[libc] ?? [];
}

function keyOf({ architecture, variant }: Platform): string {
  return variant === undefined ? architecture : `${architecture}/${variant}`;
}

/** Names of the cross compilers that could link for a platform, the best first. */
export function crossCompilers(platform: Platform, libc: StaticLibc): readonly string[] {
  return prefixes(platform, libc).map((prefix) => `${prefix}-gcc`);
}

/**
 * Folders in which distributions keep musl's headers for a platform, the likeliest first: Debian's
 * musl-dev, then what cross compilers bring.
 */
export function muslHeaders(platform: Platform): readonly string[] {
  const names = [...new Set([...(DEBIAN[keyOf(platform)] ?? []), ...prefixes(platform, "musl")])];
  return names.flatMap((name) => [`/usr/include/${name}`, `/usr/${name}/include`]);
}

/** Whether programs for a platform are this machine's own, so that its `cc` can link them. */
export function isNative(platform: Platform, host: Pick<Host, "os" | "architecture">): boolean {
  return host.os === platform.os && host.architecture === platform.architecture;
}

/** The C++ compiler beside a C compiler: `x-gcc` has `x-g++`, `clang` has `clang++`. */
export function cxxBeside(compiler: string): string | undefined {
  if (/gcc$/.test(compiler)) return compiler.replace(/gcc$/, "g++");
  if (/clang$/.test(compiler)) return `${compiler}++`;
  return /(^|[/-])cc$/.test(compiler) ? compiler.replace(/cc$/, "c++") : undefined;
}

/** The archiver beside a GNU-style cross compiler: `x-gcc` has `x-ar`. */
export function archiverBeside(compiler: string): string | undefined {
  return /-gcc$/.test(compiler) ? compiler.replace(/gcc$/, "ar") : undefined;
}
