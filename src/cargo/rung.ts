// What a rung of the ladder of linkers is: something that may link a target, and may compile C for it.
import type { Host } from "../core/host.ts";
import type { Platform } from "../oci/platform.ts";
import type { StaticLibc } from "./target.ts";
import type { TargetConfiguration } from "./target_configuration.ts";

/** The rungs, in the order in which they are tried (spec.md, rule 5). */
export type RungName = "configured" | "cc" | "cross-gcc" | "rust-lld" | "zig" | "clang";

/** What the crates that are built for a target want compiled beside Rust. */
export type CompilerNeed = "none" | "c" | "c++";

/** What cargo is told of compilers: values of `CC_<target>` and its like, as the cc crate reads them. */
export interface Compilers {
  /** `CC`. */
  readonly CC?: string;
  /** `CXX`. */
  readonly CXX?: string;
  /** `AR`. */
  readonly AR?: string;
}

/** A linker and why it was chosen. */
export interface LinkerChoice {
  /** The rung that it stands on. */
  readonly rung: RungName;
  /** What cargo is to be told; undefined where it is left to what cargo knows already. */
  readonly tell?: string;
  /** The linker that will run, as far as it is known. */
  readonly program: string;
  /** Why, for `-v`. */
  readonly why: string;
  /** Compilers for C code; empty where none is needed or the user's own stand. */
  readonly compilers: Compilers;
  /** Why C code cannot be compiled, where it has to be. */
  readonly lack?: Lack;
}

/** What keeps a rung from compiling C. */
export interface Lack {
  /** In words. */
  readonly reason: string;
  /** Whether it may go well all the same. */
  readonly perhaps: boolean;
}

/** What the choice depends on. */
export interface LinkerQuestion {
  /** What the image runs on. */
  readonly platform: Platform;
  /** Which C library. */
  readonly libc: StaticLibc;
  /** Whether the C library is linked dynamically. */
  readonly dynamic?: boolean;
  /** The user's cargo configuration of the target. */
  readonly configuration: TargetConfiguration;
  /** The linker of krust's own configuration, if any. */
  readonly configured?: string;
  /** Whether what every machine has is to be taken before what this one has. */
  readonly reproducible?: boolean;
  /** What C code there is to compile. */
  readonly need: CompilerNeed;
  /** Whether the toolchain has a rust-lld; asked only where it matters. */
  readonly hasRustLld: () => Promise<boolean>;
}

/** The part of the process that the ladder looks at. */
export type LadderHost = Pick<Host, "env" | "cwd" | "os" | "architecture" | "run">;

/** Whether a rung can link, and with what; else why not. */
export type Verdict = LinkerChoice | string;

/** A rung, with what is tried on it. */
export interface RungTrial {
  /** Its name. */
  readonly name: RungName;
  /** Looks whether it serves. */
  readonly attempt: (question: LinkerQuestion, host: LadderHost) => Promise<Verdict>;
}

/** Names of the variables that the cc crate takes a compiler or its flags from, the first that is set. */
export function compilerVariables(
  kind: keyof Compilers | "CFLAGS" | "CXXFLAGS",
  target: string,
): readonly string[] {
  return [
    `${kind}_${target}`,
    `${kind}_${target.replaceAll(/[-.]/g, "_")}`,
    `TARGET_${kind}`,
    kind,
  ];
}

/** The variable by which the user set a compiler for a target, if there is one. */
export function userCompiler(
  kind: keyof Compilers,
  target: string,
  host: Pick<Host, "env">,
): string | undefined {
  return compilerVariables(kind, target).find((name) => (host.env(name) ?? "") !== "");
}
