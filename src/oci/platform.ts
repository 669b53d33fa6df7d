// Platforms: what an image runs on, as `os/architecture[/variant]`.
import { KrustError } from "../core/error.ts";
import { printable } from "../core/printable.ts";

/** An operating system, an architecture and, for some, a variant (image-spec image-index.md). */
export interface Platform {
  /** `linux`. */
  readonly os: string;
  /** Go's GOARCH: `amd64`, `arm64`, `arm`. */
  readonly architecture: string;
  /** `v7`, `v6`; for arm64 `v8` is implied and left out. */
  readonly variant?: string;
}

/** Every platform that krust builds for, by its canonical name. */
export const SUPPORTED_PLATFORMS: readonly string[] = [
  "linux/amd64",
  "linux/arm64",
  "linux/arm/v7",
  "linux/arm/v6",
  "linux/386",
  "linux/riscv64",
  "linux/ppc64le",
  "linux/s390x",
];

const ALIASES: ReadonlyMap<string, string> = new Map([
  ["x86_64", "amd64"],
  ["aarch64", "arm64"],
]);

/**
 * Reads a platform as a user writes it: `linux/arm/v7`, a bare `amd64`, `aarch64`, `linux/arm64/v8`.
 *
 * @throws {KrustError} `platform-unknown` for one that krust cannot build for.
 */
export function parsePlatform(text: string): Platform {
  const parts = text.split("/");
  const [os = "", named = "", variant] = parts.length === 1 ? ["linux", ...parts] : parts;
  const platform = normalizePlatform({
    os,
    architecture: ALIASES.get(named) ?? named,
    ...(variant === undefined ? {} : { variant }),
  });
  // An empty variant is fine in an index that somebody else wrote, but not as `linux/amd64/`.
  const complete = parts.length <= 3 && !parts.includes("");
  if (!complete || !SUPPORTED_PLATFORMS.includes(formatPlatform(platform))) {
    throw new KrustError("platform-unknown", `Unsupported platform: ${visible(text)}`, {
      help: [`supported: ${SUPPORTED_PLATFORMS.join(", ")}`],
    });
  }
  return platform;
}

/** Text as it is, but quoted where a reader could not see what is wrong with it. */
function visible(text: string): string {
  return /^[!-~]{1,100}$/.test(text) ? text : `"${printable(text, 100)}"`;
}

/** A platform as `os/architecture[/variant]`. */
export function formatPlatform(platform: Platform): string {
  const { os, architecture, variant } = platform;
  return variant === undefined ? `${os}/${architecture}` : `${os}/${architecture}/${variant}`;
}

/**
 * The same platform in the one form in which platforms are compared: `arm64/v8` is `arm64`, `arm`
 * alone is `arm/v7` (containerd's platforms.Normalize).
 */
export function normalizePlatform(platform: Platform): Platform {
  const { os, architecture } = platform;
  const variant = platform.variant === "" ? undefined : platform.variant;
  if (architecture === "arm64" && variant === "v8") return { os, architecture };
  if (architecture === "amd64" && variant === "v1") return { os, architecture };
  if (architecture === "arm" && variant === undefined) return { os, architecture, variant: "v7" };
  return variant === undefined ? { os, architecture } : { os, architecture, variant };
}

/** Whether two platforms are the same. */
export function samePlatform(left: Platform, right: Platform): boolean {
  return formatPlatform(normalizePlatform(left)) === formatPlatform(normalizePlatform(right));
}
