// For each platform: whether std is there for its target, which linker serves, and whether what its
// crates compile can be compiled.
import type { NativeFault } from "../../cargo/native_faults.ts";
import type { NativeNeed } from "../../cargo/native_needs.ts";
import { isNative } from "../../cargo/compilers.ts";
import { ifThere } from "../../cargo/optional_program.ts";
import { type PlatformSurvey, surveyPlatform } from "../../cargo/survey_platform.ts";
import type { Project } from "../../cargo/cargo.ts";
import { concurrently } from "../../core/concurrently.ts";
import { formatPlatform, type Platform } from "../../oci/platform.ts";
import type { Examination } from "./examination.ts";
import type { Finding } from "./finding.ts";
import { INSTALL_RUST } from "./toolchain.ts";

/** How many platforms are looked at at once: each takes a few short programs. */
const AT_ONCE = 4;

/** Looks at all platforms in force. */
export async function checkPlatforms(examination: Examination): Promise<readonly Finding[]> {
  const { platforms, signal } = examination;
  const surveys = await concurrently(
    platforms.map((platform) => (signal: AbortSignal) => surveyOf(platform, examination, signal)),
    { signal, limit: AT_ONCE },
  );
  const lacking = surveys.some(({ installed }) => installed === false);
  const rustup = lacking && await hasRustup(examination);
  const found = platforms.flatMap((platform, index) => {
    const survey = surveys[index];
    return survey === undefined ? [] : [
      checkTarget(platform, survey, { ...examination, rustup }),
      checkLinker(platform, survey),
      ...checkCrates(platform, survey, examination),
    ];
  });
  return withoutRepeats(found);
}

async function hasRustup({ host, signal }: Examination): Promise<boolean> {
  const running = host.run({ program: "rustup", args: ["--version"] }, { signal });
  return await ifThere(running) !== undefined;
}

/** What holds for the project, whatever the platform, is told once. */
function withoutRepeats(findings: readonly Finding[]): readonly Finding[] {
  return [...new Map(findings.map((finding) => [JSON.stringify(finding), finding])).values()];
}

function surveyOf(
  platform: Platform,
  { context, project, directory, settings, cargo }: Examination,
  signal: AbortSignal,
): Promise<PlatformSurvey> {
  const plan = {
    libc: settings.libc.value,
    profile: cargo.profile,
    offline: true,
    // Neither the registry's index nor Cargo.lock is touched by a look.
    args: [...cargo.args, ...(cargo.args.includes("--locked") ? [] : ["--locked"])],
  };
  // That cargo waits for another cargo is nobody's news here.
  const report = { ...context.report, output: () => {} };
  const quiet = { ...context, report };
  return surveyPlatform(quiet, project ?? nowhere(directory), plan, platform, { signal });
}

/** Stands for the project where there is none: targets and linkers are the folder's all the same. */
function nowhere(directory: string): Project {
  return {
    directory,
    manifestPath: `${directory}/Cargo.toml`,
    workspaceRoot: directory,
    targetDirectory: `${directory}/target`,
    package: { name: "", version: "", authors: [] },
    binaries: [],
    example: false,
  };
}

/** What is known of adding targets. */
type TargetFacts = Pick<Examination, "settings" | "directory"> & { readonly rustup: boolean };

/** Whether std is there; krust adds it with rustup where it is not, and where that can be. */
export function checkTarget(
  at: Platform,
  { triple, installed, buildsStd }: PlatformSurvey,
  { settings: { libc, offline }, directory, rustup }: TargetFacts,
): Finding {
  const platform = formatPlatform(at);
  const found = { check: "target", platform } as const;
  const named = `${triple} for ${platform}`;
  if (buildsStd) {
    return { ...found, status: "ok", what: `${named}: cargo builds std (build-std)` };
  }
  if (installed === true) return { ...found, status: "ok", what: `${named}: std is there` };
  if (installed === undefined) {
    const why = "rustc cannot be asked";
    return { ...found, status: "note", what: `${named}: not known`, why };
  }
  const what = `target ${triple} may not be installed, which ${platform} takes`;
  const add = `rustup target add ${triple}`;
  if (libc.value === "auto") {
    const why = "krust build links with static glibc instead";
    return { ...found, status: "warning", what, why, command: add };
  }
  if (!rustup) {
    const why =
      "there is no std for it, and no rustup to add it; distributions have packages of it";
    return { ...found, status: "failure", what, why, command: `${INSTALL_RUST} && ${add}` };
  }
  if (offline.value) {
    const why = "there is no std for it, and the network is not to be used";
    return { ...found, status: "failure", what, why, command: add };
  }
  return {
    ...found,
    status: "warning",
    what,
    why: "krust build adds it, where rustup reaches its host",
    command: add,
    remedy: { kind: "add-target", target: triple, directory },
  };
}

/** Which rung of the ladder is taken, and which were passed over. */
export function checkLinker(
  at: Platform,
  { triple, rungs, linker, why }: PlatformSurvey,
): Finding {
  const platform = formatPlatform(at);
  const passed = rungs.filter(({ verdict }) => verdict === "passed-over");
  const details = rungs.map(({ rung, verdict, reason }) =>
    `${rung}: ${verdict.replace("-", " ")}: ${reason}`
  );
  const found = { check: "linker", platform, details } as const;
  const chosen = rungs.find(({ verdict }) => verdict === "chosen");
  if (linker === undefined || chosen === undefined) {
    return {
      ...found,
      status: "failure",
      what: `${platform}: nothing links for ${triple}`,
      why: passed.filter(({ rung }) => rung !== "configured")
        .map(({ rung, reason }) => `${rung}: ${reason}`).join("; "),
      command: "pip install cargo-zigbuild",
    };
  }
  const over = passed.map(({ rung }) => rung).filter((rung) => rung !== "configured");
  return {
    ...found,
    status: "ok",
    what: `${platform}: ${linker === chosen.rung ? linker : `${chosen.rung}, ${linker}`}`,
    why: [why ?? "", ...(over.length === 0 ? [] : [`passed over: ${over.join(", ")}`])].join("; "),
  };
}

/** Whether crates find what they take beside Rust. */
export function checkCrates(
  at: Platform,
  { faults, needs, needsKnown, linker }: PlatformSurvey,
  { project, host }: Pick<Examination, "project" | "host">,
): readonly Finding[] {
  if (project === undefined) return [];
  const platform = formatPlatform(at);
  const found = { check: "crates", platform } as const;
  if (!needsKnown) {
    const what = "not known what crates take beside Rust";
    const why = "cargo cannot tell without Cargo.lock and the crates themselves";
    return [{ check: "crates", status: "note", what, why, command: "cargo fetch" }];
  }
  if (faults.length > 0) {
    return faults.map((fault): Finding => ({
      ...found,
      status: fault.certain ? "failure" : "warning",
      what: `${platform}: ${fault.message}`,
      why: [fault.need.path.join(" → "), ...(fault.cause === undefined ? [] : [fault.cause])]
        .join("; "),
      details: fault.help,
      command: mendingCommand(fault, at, host),
    }));
  }
  const native = needs.map(({ crate, kind, what }) => `${crate} (${needWord(kind, what)})`);
  if (native.length === 0) {
    return [{ check: "crates", status: "ok", what: "none is known to take more than Rust" }];
  }
  const why = linker === undefined ? {} : { why: "what they take is there" };
  return [{ ...found, status: "ok", what: `${platform}: ${native.join(", ")}`, ...why }];
}

function needWord(kind: NativeNeed["kind"], what: string): string {
  return kind === "c" ? "C" : kind === "c++" ? "C++" : what;
}

/** Debian's packages of programs that build scripts run. */
const TOOL_PACKAGES: Readonly<Record<string, string>> = {
  cmake: "cmake",
  protoc: "protobuf-compiler",
};

/** Crates with a feature that compiles the library in, and the dependency that has it. */
const VENDORED: Readonly<Record<string, string>> = {
  "openssl-sys": "cargo add openssl --features vendored",
  "libsqlite3-sys": "cargo add rusqlite --features bundled",
};

function mendingCommand(
  { need: { kind, crate, what } }: NativeFault,
  platform: Platform,
  host: Examination["host"],
): string {
  if (kind === "tool") return `apt-get install ${TOOL_PACKAGES[what] ?? what}`;
  if (kind === "library") {
    return Object.hasOwn(VENDORED, crate) ? VENDORED[crate] ?? "" : `cargo tree --invert ${crate}`;
  }
  return kind === "c" && isNative(platform, host)
    ? "apt-get install musl-tools"
    : "pip install cargo-zigbuild";
}
