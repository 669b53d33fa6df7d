// Whether cargo and rustc are there, and whose they are.
import { basename } from "node:path";
import { lastError } from "../../cargo/last_error.ts";
import { ifThere } from "../../cargo/optional_program.ts";
import { which } from "../../cargo/which.ts";
import { valueOf } from "../../config/xdg.ts";
import type { CommandResult, Host } from "../../core/host.ts";
import { printable } from "../../core/printable.ts";
import type { Examination } from "./examination.ts";
import { type Finding, shellWord } from "./finding.ts";

/** Installs rustup, as its makers have it. */
export const INSTALL_RUST = "curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh";

type Looking = Pick<Examination, "host" | "signal" | "context" | "directory">;

/** Looks at cargo, rustc, and the toolchain that rustup chooses in the project's folder. */
export async function checkToolchain(examination: Looking): Promise<readonly Finding[]> {
  const { host, context: { cargoProgram } } = examination;
  const rustc = valueOf((name) => host.env(name), "RUSTC") ?? "rustc";
  return (await Promise.all([
    checkCompiler("cargo", cargoProgram, examination),
    checkCompiler("rustc", rustc, examination),
    checkRustup(examination),
  ])).flat();
}

async function checkCompiler(
  check: "cargo" | "rustc",
  program: string,
  { host, signal, directory }: Looking,
): Promise<readonly Finding[]> {
  const running = host.run({ program, args: ["--version"], cwd: directory }, { signal });
  const result = await ifThere(running);
  const place = await which(program, host);
  if (result === undefined) {
    const why = place === undefined ? "there is no such program on PATH" : "it may not be run";
    const what = `${check} not found: "${printable(program)}"`;
    return [{ check, status: "failure", what, why, command: INSTALL_RUST }];
  }
  if (result.status !== 0) return [brokenCompiler(check, result, host)];
  const version = printable(result.stdout.split("\n")[0] ?? "");
  if (place === undefined) return [{ check, status: "ok", what: version }];
  const real = await Deno.realPath(place).catch(() => place);
  const proxy = /^rustup(\.exe)?$/.test(basename(real)) ? ", rustup's proxy" : "";
  return [{ check, status: "ok", what: version, why: `${place}${proxy}` }];
}

function brokenCompiler(
  check: "cargo" | "rustc",
  { stderr, status }: CommandResult,
  host: Pick<Host, "env">,
): Finding {
  const why = lastError(stderr) ?? `exit status ${status}`;
  const missing = /toolchain '([^']+)' is not installed/.exec(why)?.[1];
  const none = /no default (toolchain )?is configured|could not choose a version/.test(why);
  const command = missing !== undefined
    ? `rustup toolchain install ${shellWord(missing)}`
    : none
    ? "rustup default stable"
    : host.env("RUSTUP_TOOLCHAIN") === undefined
    ? `${check} --version`
    : "unset RUSTUP_TOOLCHAIN";
  return { check, status: "failure", what: `${check} does not run`, why, command };
}

/** rustup is not needed where all targets are there: without it krust can add none. */
async function checkRustup(
  { host, signal, directory }: Looking,
): Promise<readonly Finding[]> {
  const args = ["show", "active-toolchain"];
  const check = "toolchain";
  const result = await ifThere(
    host.run({ program: "rustup", args, cwd: directory }, { signal }),
  );
  if (result === undefined) {
    return [{
      check,
      status: "note",
      what: "no rustup",
      why: "the toolchain is the system's own, and krust cannot add targets to it",
      command: INSTALL_RUST,
    }];
  }
  const [name = "", reason] = printable(result.stdout).split(/ (?=\()/);
  if (result.status === 0 && name !== "") {
    const why = reason?.replace(/^\(|\)$/g, "");
    return [{ check, status: "ok", what: name, ...(why === undefined ? {} : { why }) }];
  }
  // cargo and rustc, where they fail by this, say what to do.
  return [{
    check,
    status: "note",
    what: "rustup names no toolchain",
    why: lastError(result.stderr) ?? `exit status ${result.status}`,
    command: "rustup show",
  }];
}
