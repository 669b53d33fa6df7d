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
  const unserved = [
    ...needs.filter(({ kind }) => kind === "library"),
    ...needs.filter(({ kind }) => kind === "c" || kind === "c++"),
  ];
  for (const need of unserved) {
    const fault = need.kind === "library"
      ? libraryFault(need, question, host)
      : compilerFault(need, ladder, question, host);
    if (fault === undefined) continue;
    if (fault.certain) throw faultError(need, fault, question, isNative(question.platform, host));
    report.warn(`${fault.message} (${pathOf(need)}): ${[fault.cause, ...fault.help].join("; ")}`);
  }
  for (const need of needs.filter(({ kind }) => kind === "tool")) {
    const tool = BUILD_TOOLS[need.crate];
    if (tool === undefined || (host.env(tool.variable) ?? "") !== "") continue;
    if (await which(tool.program, host) !== undefined) continue;
    report.warn(
      `${named(need)} runs ${tool.program}, which is not on PATH (${pathOf(need)}): ${tool.help}`,
    );
  }
}

interface Fault {
  readonly message: string;
  readonly cause: string;
  readonly help: readonly string[];
  readonly certain: boolean;
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
): Fault | undefined {
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
): Fault | undefined {
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
  need: NativeNeed,
  fault: Fault,
  question: LinkerQuestion,
  native: boolean,
): KrustError {
  const { libc, configuration: { target } } = question;
  return new KrustError("native-dependency", fault.message, {
    cause: new Error(`${pathOf(need)}; ${fault.cause}`),
    help: fault.help,
    details: { crate: need.crate, target, libc, kind: need.kind, native: String(native) },
  });
}
