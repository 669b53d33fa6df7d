// What is said of crates that take what is not there, before minutes are lost in compiling the others:
// an error where it is known, a warning where it is likely.
import { KrustError } from "../core/error.ts";
import { crossCompilers, isNative } from "./compilers.ts";
import type { CargoContext } from "./context.ts";
import type { Ladder } from "./linker.ts";
import { BUILD_TOOLS, NATIVE_CRATES } from "./native_crates.ts";
import type { NativeNeed } from "./native_needs.ts";
import type { LinkerQuestion } from "./rung.ts";
import { which } from "./which.ts";

/** What a crate takes and does not find. */
export interface NativeFault {
  /** What is wanted, and by which crate. */
  readonly need: NativeNeed;
  /** What is wrong, in words. */
  readonly message: string;
  /** Why; absent where the message says it all. */
  readonly cause?: string;
  /** What helps, a line each. */
  readonly help: readonly string[];
  /** Whether the build is known to fail; otherwise it is likely. */
  readonly certain: boolean;
}

/**
 * Says what cannot be served.
 *
 * @throws {KrustError} `native-dependency` where a crate is known to take what is not there.
 */
export async function refuseUnserved(
  { host, report }: CargoContext,
  needs: readonly NativeNeed[],
  ladder: Ladder,
  question: LinkerQuestion,
): Promise<void> {
  for (const fault of await findUnserved(needs, ladder, question, host)) {
    if (fault.certain) throw faultError(fault, question, isNative(question.platform, host));
    const reasons = [...(fault.cause === undefined ? [] : [fault.cause]), ...fault.help];
    report.warn(`${fault.message} (${pathOf(fault.need)}): ${reasons.join("; ")}`);
  }
}

/** Which needs the ladder's choice, the system and this machine do not serve: libraries first, tools last. */
export async function findUnserved(
  needs: readonly NativeNeed[],
  ladder: Ladder,
  question: LinkerQuestion,
  host: CargoContext["host"],
): Promise<readonly NativeFault[]> {
  const faults: (NativeFault | undefined)[] = [
    ...needs.filter(({ kind }) => kind === "library")
      .map((need) => libraryFault(need, question, host)),
    ...needs.filter(({ kind }) => kind === "c" || kind === "c++")
      .map((need) => compilerFault(need, ladder, question, host)),
  ];
  for (const need of needs.filter(({ kind }) => kind === "tool")) {
    faults.push(await toolFault(need, host));
  }
  return faults.filter((fault) => fault !== undefined);
}

async function toolFault(
  need: NativeNeed,
  host: CargoContext["host"],
): Promise<NativeFault | undefined> {
  const tool = BUILD_TOOLS[need.crate];
  if (tool === undefined || (host.env(tool.variable) ?? "") !== "") return undefined;
  if (await which(tool.program, host) !== undefined) return undefined;
  const message = `${named(need)} runs ${tool.program}, which is not on PATH`;
  return { need, message, help: [tool.help], certain: false };
}

function named({ crate, version }: NativeNeed): string {
  return `crate ${crate} ${version}`;
}

function pathOf({ path }: NativeNeed): string {
  return path.join(" → ");
}

/** A static program finds no library of the system, unless the user says where one lies. */
function libraryFault(
  need: NativeNeed,
  question: LinkerQuestion,
  host: CargoContext["host"],
): NativeFault | undefined {
  const { platform, libc, dynamic = false, configuration: { target } } = question;
  if (dynamic && isNative(platform, host)) return undefined;
  const known = NATIVE_CRATES[need.crate];
  const prefix = target.replaceAll("-", "_");
  const variables = known?.variables ?? [];
  const set = [...variables, ...variables.map((name) => `${prefix.toUpperCase()}_${name}`)]
    .some((name) => (host.env(name) ?? "") !== "");
  // Whoever sets these knows of a library for the target.
  const configured = [
    "PKG_CONFIG_SYSROOT_DIR",
    "PKG_CONFIG_ALLOW_CROSS",
    `PKG_CONFIG_PATH_${prefix}`,
  ]
    .some((name) => (host.env(name) ?? "") !== "");
  if (set || configured) return undefined;
  return {
    need,
    message: `${named(need)} links with ${need.what}, which is not there for ${target}`,
    cause: "it does not compile a copy of its own, and no variable names one",
    help: [
      ...(known?.help ?? []),
      ...(variables[0] === undefined
        ? []
        : [`or name one that was built for the target: ${prefix.toUpperCase()}_${variables[0]}`]),
    ],
    // This machine's own may serve a static program for glibc.
    certain: need.certain && !(libc === "gnu" && isNative(platform, host)),
  };
}

function compilerFault(
  need: NativeNeed,
  { rungs, choice }: Ladder,
  question: LinkerQuestion,
  host: CargoContext["host"],
): NativeFault | undefined {
  const lack = choice?.lack;
  if (lack === undefined) return undefined;
  const { configuration: { target } } = question;
  const language = need.kind === "c" ? "C" : "C++";
  const verb = need.certain ? "compiles" : "is likely to compile";
  const passed = rungs.filter(({ rung, verdict }) =>
    rung !== "configured" && verdict !== "not-needed"
  );
  const cause = choice?.rung === "configured"
    ? lack.reason
    : passed.map(({ rung, reason }) => `${rung}: ${reason}`).join("; ");
  const outcome = lack.perhaps
    ? `which may fail: ${lack.reason}`
    : "and no compiler for that was found";
  return {
    need,
    message: `${named(need)} ${verb} ${language} code for ${target}, ${outcome}`,
    cause,
    help: compilerHelp(need, question, host),
    certain: need.certain && !lack.perhaps,
  };
}

function compilerHelp(
  need: NativeNeed,
  { platform, libc, configuration: { target } }: LinkerQuestion,
  host: CargoContext["host"],
): readonly string[] {
  const [compiler = "cc"] = crossCompilers(platform, libc);
  const native = isNative(platform, host) && libc === "musl" && need.kind === "c";
  const mac = host.os === "darwin" ? " (brew install filosottile/musl-cross/musl-cross)" : "";
  return [
    ...(native ? ["install musl's compiler (Debian: apt-get install musl-tools)"] : []),
    `${
      native ? "or " : ""
    }install zig and cargo-zigbuild, which serve every target: pip install cargo-zigbuild`,
    `or install a cross compiler that has \`${compiler}\`${mac}, or name one: CC_${
      target.replaceAll("-", "_")
    }`,
    ...(NATIVE_CRATES[need.crate]?.help ?? []),
  ];
}

function faultError(
  { need, message, cause, help }: NativeFault,
  question: LinkerQuestion,
  native: boolean,
): KrustError {
  const { libc, configuration: { target } } = question;
  return new KrustError("native-dependency", message, {
    cause: new Error([pathOf(need), ...(cause === undefined ? [] : [cause])].join("; ")),
    help,
    details: { crate: need.crate, target, libc, kind: need.kind, native: String(native) },
  });
}
