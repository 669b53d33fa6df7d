// What krust asks of cargo: to describe a project, and to make executables of it.
import type { Digest } from "../core/digest.ts";
import type { Cancel } from "../core/streams.ts";
import type { Platform } from "../oci/platform.ts";
import type { Elf } from "./elf.ts";

/** What to build out of a project, in cargo's own words; from flags and from what follows `--`. */
export interface Selection {
  /** `-p`: a member of the workspace. */
  readonly package?: string;
  /** `--bin`, in order; the first is the entrypoint. */
  readonly bins: readonly string[];
  /** `--example`. */
  readonly example?: string;
}

/** Which executables of a package are meant. */
export type Targets = Pick<Selection, "bins" | "example">;

/** What is known of a package before its executables are chosen, which it may have a say in. */
export type Described = Omit<Project, "binaries" | "example">;

/** A package with the executables that are to be packed. */
export interface Project {
  /** Where cargo runs: the directory that the user named, absolute, so that its configuration holds. */
  readonly directory: string;
  /** The package's Cargo.toml, absolute. */
  readonly manifestPath: string;
  /** The workspace's root folder, absolute. */
  readonly workspaceRoot: string;
  /** Where cargo puts what it builds, absolute. */
  readonly targetDirectory: string;
  /** Where cargo puts what lies between, such as code made by build scripts, if elsewhere; absolute. */
  readonly buildDirectory?: string;
  /** The package's facts from Cargo.toml. */
  readonly package: PackageFacts;
  /** Names of the binaries to pack, the entrypoint first; or one example. */
  readonly binaries: readonly string[];
  /** Whether `binaries` names an example. */
  readonly example: boolean;
  /** Names of the package's binaries and examples; those of the whole workspace. */
  readonly targetNames?: {
    readonly package: readonly string[];
    readonly workspace: readonly string[];
  };
  /** `[package.metadata.krust]`, as cargo gives it; undefined where there is none. */
  readonly packageMetadata?: unknown;
  /** `[workspace.metadata.krust]`, likewise. */
  readonly workspaceMetadata?: unknown;
}

/** What Cargo.toml says of a package. */
export interface PackageFacts {
  /** Name, as it is written. */
  readonly name: string;
  /** Version. */
  readonly version: string;
  /** `description`. */
  readonly description?: string;
  /** `license`, an SPDX expression. */
  readonly license?: string;
  /** `repository`. */
  readonly repository?: string;
  /** `homepage`. */
  readonly homepage?: string;
  /** `documentation`. */
  readonly documentation?: string;
  /** `authors`. */
  readonly authors: readonly string[];
}

/**
 * Which C library executables are linked with, statically but for `gnu-dynamic`. `auto` is musl, else
 * gnu.
 */
export type Libc = "musl" | "gnu" | "gnu-dynamic" | "auto";

/** How to build. */
export interface CargoPlan {
  /** What to build for, at least one. */
  readonly platforms: readonly Platform[];
  /** Which C library. */
  readonly libc: Libc;
  /** Cargo profile, `release` unless said otherwise. */
  readonly profile: string;
  /** Do without the network. */
  readonly offline: boolean;
  /** The time that build scripts are to take for now, in seconds since 1970. */
  readonly sourceDateEpoch?: number;
  /** Whether to go further than usual so that every machine makes the same programs. */
  readonly reproducible?: boolean;
  /** Further arguments for `cargo build`, as they are. */
  readonly args: readonly string[];
}

/** A program that cargo made, read and found fit for its platform. */
export interface Executable {
  /** File name, and its name in the image. */
  readonly name: string;
  /** Where it lies, absolute. */
  readonly path: string;
  /** Target triple. */
  readonly target: string;
  /** What it runs on. */
  readonly platform: Platform;
  /** Size in bytes. */
  readonly size: number;
  /** Digest of its bytes. */
  readonly digest: Digest;
  /** What its ELF header says. */
  readonly elf: Elf;
}

/** Options of {@linkcode Cargo.project}. */
export interface ProjectOptions extends Cancel {
  /** Chooses the executables once the package is known, in place of what the selection says. */
  readonly choose?: (described: Described) => Promise<Targets>;
}

/** A package of a workspace. */
export interface Member {
  /** Its name. */
  readonly name: string;
  /** The folder of its Cargo.toml, absolute. */
  readonly directory: string;
}

/** The compiler's driver; the real one runs cargo, tests have a fake. */
export interface Cargo {
  /**
   * The packages of the workspace that a directory lies in.
   *
   * @throws {KrustError} `project-invalid` where there is none; `cargo-not-found`.
   */
  members(directory: string, options?: Cancel): Promise<readonly Member[]>;
  /**
   * Describes the project in a directory and chooses what is to be packed.
   *
   * @throws {KrustError} `project-invalid`, `cargo-not-found`, `usage` where the choice is not clear.
   */
  project(directory: string, selection: Selection, options?: ProjectOptions): Promise<Project>;
  /**
   * Compiles, once for all platforms, and gives for each platform, in order, the executables of
   * `project.binaries`, in order.
   *
   * @throws {KrustError} `cargo-failed`, `target-not-installed`, `linker-missing`,
   * `native-dependency`, `executable-mismatch`.
   */
  build(
    project: Project,
    plan: CargoPlan,
    options?: Cancel,
  ): Promise<readonly (readonly Executable[])[]>;
}
