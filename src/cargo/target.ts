// Which Rust target an image's platform is compiled for (spec.md, "Platforms").
import { KrustError } from "../core/error.ts";
import { formatPlatform, normalizePlatform, type Platform } from "../oci/platform.ts";

/** A C library that programs are linked with statically. */
export type StaticLibc = "musl" | "gnu";

const TRIPLES: Readonly<Record<string, Readonly<Record<StaticLibc, string>>>> = {
  "linux/amd64": { musl: "x86_64-unknown-linux-musl", gnu: "x86_64-unknown-linux-gnu" },
  "linux/arm64": { musl: "aarch64-unknown-linux-musl", gnu: "aarch64-unknown-linux-gnu" },
  "linux/arm/v7": { musl: "armv7-unknown-linux-musleabihf", gnu: "armv7-unknown-linux-gnueabihf" },
  "linux/arm/v6": { musl: "arm-unknown-linux-musleabihf", gnu: "arm-unknown-linux-gnueabihf" },
  "linux/386": { musl: "i686-unknown-linux-musl", gnu: "i686-unknown-linux-gnu" },
  "linux/riscv64": { musl: "riscv64gc-unknown-linux-musl", gnu: "riscv64gc-unknown-linux-gnu" },
  "linux/ppc64le": { musl: "powerpc64le-unknown-linux-musl", gnu: "powerpc64le-unknown-linux-gnu" },
  "linux/s390x": { musl: "s390x-unknown-linux-musl", gnu: "s390x-unknown-linux-gnu" },
};

/**
 * The target triple for a platform.
 *
 * @throws {KrustError} `platform-unknown` for a platform that krust cannot compile for.
 */
export function targetTriple(platform: Platform, libc: StaticLibc): string {
  const name = formatPlatform(normalizePlatform(platform));
  const triple = TRIPLES[name]?.[libc];
  if (triple !== undefined) return triple;
  throw new KrustError("platform-unknown", `Unsupported platform: ${name}`, {
    help: [`supported: ${Object.keys(TRIPLES).join(", ")}`],
  });
}

/** The name of cargo's environment variable for a key of `[target.<triple>]`. */
export function targetVariable(target: string, key: "LINKER" | "RUSTFLAGS"): string {
  return `CARGO_TARGET_${target.toUpperCase().replaceAll(/[-.]/g, "_")}_${key}`;
}
