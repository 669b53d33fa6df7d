// The machines that krust is released for, and the runtime of Deno that npm has for each.

/** The Deno that releases carry. */
export const RUNTIME_VERSION = "2.9.6";

/** A machine that krust is released for. */
export interface Target {
  /** As it stands in file names: `linux-x64`. */
  readonly name: string;
  /** As Deno names it; what `deno compile --target` takes. */
  readonly triple: string;
  /** The npm package with the runtime. */
  readonly package: string;
  /** npm's hash of that package at {@linkcode RUNTIME_VERSION} (Subresource Integrity). */
  readonly integrity: string;
  /** The runtime's file in the package. */
  readonly runtime: "deno" | "deno.exe";
  /** How its archive is packed. */
  readonly archive: "tar.gz" | "zip";
}

/** Every machine that krust is released for. */
export const TARGETS: readonly Target[] = [
  {
    name: "linux-x64",
    triple: "x86_64-unknown-linux-gnu",
    package: "@deno/linux-x64-glibc",
    integrity:
      "sha512-3md4TKLCuzsLDmfOoC5KN7NAZaxSVkMgm64vg6foD00JBADCpYS2/5QqXfzgnP5ZQz3iLP9vBQJtEgc116OAoQ==",
    runtime: "deno",
    archive: "tar.gz",
  },
  {
    name: "linux-arm64",
    triple: "aarch64-unknown-linux-gnu",
    package: "@deno/linux-arm64-glibc",
    integrity:
      "sha512-poqhoH9B3nYloigEMPT5t8HY+wBeiuea1An5Q7fqgJzP0SYmWsoS/oUnWO/pEiA4ofzIBy1Elt/in58xKtxEoQ==",
    runtime: "deno",
    archive: "tar.gz",
  },
  {
    name: "macos-x64",
    triple: "x86_64-apple-darwin",
    package: "@deno/darwin-x64",
    integrity:
      "sha512-tPi3CWPRdjW1MaWlvWjORE7Ass5SADdWdj1BF1Q1PEdzi+5u/mC5YhmZzniMiPr81PpaFeqjXaLAsfb8lFsZ0Q==",
    runtime: "deno",
    archive: "tar.gz",
  },
  {
    name: "macos-arm64",
    triple: "aarch64-apple-darwin",
    package: "@deno/darwin-arm64",
    integrity:
      "sha512-V8uO1Aolrl/yvdMb5lOtgtigs8YuZBjrOrgviVMiYkQ0swymFfzkae1wZak4Xi24t7vf7d/eiMb/7ryjjVm+tg==",
    runtime: "deno",
    archive: "tar.gz",
  },
  {
    name: "windows-x64",
    triple: "x86_64-pc-windows-msvc",
    package: "@deno/win32-x64",
    integrity:
      "sha512-qRGnmVz/Ea6UWPht/S3xFRK17UZ/ls38DSVfgGB17fpASLxPkksqzWUI/BzL9YYoOknYzfc94mySGyInZu/JXw==",
    runtime: "deno.exe",
    archive: "zip",
  },
];

/** The target of the machine that this runs on, as its triple names it. */
export function thisTarget(): string {
  return TARGETS.find(({ triple }) => triple === Deno.build.target)?.name ?? Deno.build.target;
}

/**
 * The targets that a name stands for: one, or `all`.
 *
 * @throws {Error} for any other name, with the list.
 */
export function targetsNamed(name: string): readonly Target[] {
  if (name === "all") return TARGETS;
  const target = TARGETS.find((target) => target.name === name);
  if (target !== undefined) return [target];
  const names = TARGETS.map((target) => target.name).join(", ");
  throw new Error(`there is no release for ${name}: ${names}, or all`);
}
