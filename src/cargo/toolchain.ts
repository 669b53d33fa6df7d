// Tells cargo which linkers and C compilers to use: by variables that name the target, so that build
// scripts and procedural macros, which run on this machine, are left alone.
import { dirname, isAbsolute, resolve } from "node:path";
import type { Host } from "../core/host.ts";
import type { PlannedTarget } from "./plan_target.ts";
import { type Compilers, userCompiler } from "./rung.ts";
import { targetVariable } from "./target.ts";

/** What is run, and with what. */
export interface Toolchain {
  /** cargo, or what runs it with zig's compilers. */
  readonly program: string;
  /** `build`, or its like. */
  readonly subcommand: string;
  /** Variables. */
  readonly env: Readonly<Record<string, string>>;
}

/** The part of a plan that this depends on. */
type Linked = Pick<PlannedTarget, "triple" | "linker" | "configuration">;

/** What compiles for all of `targets` in one run. */
export function toolchainFor(
  targets: readonly Linked[],
  cargoProgram: string,
  host: Pick<Host, "env">,
): Toolchain {
  const zig = targets.some(({ linker }) => linker.rung === "zig");
  const env = Object.fromEntries(targets.flatMap((target) => [
    ...linkerVariable(target, zig),
    ...compilerVariables(target, host),
  ]));
  return zig
    ? { program: "cargo-zigbuild", subcommand: "zigbuild", env: { ...env, CARGO: cargoProgram } }
    : { program: cargoProgram, subcommand: "build", env };
}

/**
 * cargo-zigbuild gives zig to every target that no variable speaks of, whatever files say: beside a
 * target that takes zig the others are all named.
 */
function linkerVariable(target: Linked, zig: boolean): readonly (readonly [string, string])[] {
  const { triple, linker } = target;
  const told = linker.tell ?? (zig && linker.rung !== "zig" ? namedLinker(target) : undefined);
  return told === undefined ? [] : [[targetVariable(triple, "LINKER"), told]];
}

/** A linker as a variable has to name it: a path in a file starts from the folder above the file's. */
function namedLinker({ linker: { program }, configuration: { linker } }: Linked): string {
  const relative = program.includes("/") && !isAbsolute(program);
  return relative && linker !== undefined && isAbsolute(linker.setBy)
    ? resolve(dirname(dirname(linker.setBy)), program)
    : program;
}

function compilerVariables(
  { triple, linker: { compilers } }: Linked,
  host: Pick<Host, "env">,
): readonly (readonly [string, string])[] {
  const kinds: readonly (keyof Compilers)[] = ["CC", "CXX", "AR"];
  return kinds.flatMap((kind) => {
    const value = compilers[kind];
    if (value === undefined || userCompiler(kind, triple, host) !== undefined) return [];
    return [[`${kind}_${triple.replaceAll("-", "_")}`, value] as const];
  });
}
