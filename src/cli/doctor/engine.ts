// The container engine: only `--local` and `krust run` take one, so that none is no fault by itself.
import { isNative } from "../../cargo/compilers.ts";
import { KrustError } from "../../core/error.ts";
import { formatPlatform, type Platform, samePlatform } from "../../oci/platform.ts";
import { type Engine, findEngine } from "../../sinks/engine.ts";
import type { Examination } from "./examination.ts";
import { type Finding, reasonOf } from "./finding.ts";

/** Looks for an engine; one that is needed and does not answer is a failure. */
export async function checkEngine(
  { host, signal, platforms }: Pick<Examination, "host" | "signal" | "platforms">,
  needed: boolean,
): Promise<readonly Finding[]> {
  let engine: Engine;
  try {
    engine = await findEngine({ host }, { signal });
  } catch (error) {
    if (!(error instanceof KrustError)) throw error;
    return [withoutEngine(error, needed)];
  }
  const { program, platform } = engine;
  const what = `${program} answers, and runs ${formatPlatform(platform)}`;
  const found: Finding = { check: "engine", status: "ok", what };
  return [found, ...await checkEmulators(engine, platforms, host)];
}

function withoutEngine(error: KrustError, needed: boolean): Finding {
  const absent = error.message.startsWith("no container engine");
  const program = /^(?:cannot run ")?(\w+)/.exec(error.message)?.[1] ?? "docker";
  const command = absent ? "apt-get install podman" : `${program} info`;
  const what = error.message;
  const cause = error.cause instanceof Error ? error.cause.message : error.cause;
  const use = "only --local and krust run take an engine";
  return needed ? { check: "engine", status: "failure", what, why: reasonOf(error), command } : {
    check: "engine",
    status: "note",
    what,
    why: typeof cause === "string" ? `${cause}; ${use}` : use,
    command,
  };
}

/** Names of the kernel's handlers for programs of other processors, as qemu's packages register them. */
const HANDLERS: Readonly<Record<string, string>> = {
  "amd64": "qemu-x86_64",
  "arm64": "qemu-aarch64",
  "arm": "qemu-arm",
  "386": "qemu-i386",
  "riscv64": "qemu-riscv64",
  "ppc64le": "qemu-ppc64le",
  "s390x": "qemu-s390x",
};

/** Whether images for other processors can be run here: a note, as a build takes no emulator. */
export async function checkEmulators(
  engine: Engine,
  platforms: readonly Platform[],
  host: Examination["host"],
  folder = "/proc/sys/fs/binfmt_misc",
): Promise<readonly Finding[]> {
  // Of an engine on another machine, or in a virtual one, this kernel knows nothing.
  const here = host.os === "linux" && isNative(engine.platform, host) &&
    host.env("DOCKER_HOST")?.startsWith("unix:") !== false;
  const foreign = platforms.filter((platform) => !samePlatform(platform, engine.platform));
  if (!here || foreign.length === 0) return [];
  const handlers = new Set<string>();
  try {
    for await (const { name } of Deno.readDir(folder)) handlers.add(name);
  } catch {
    // A kernel without the mechanism has no handlers.
  }
  return foreign.map((foreign): Finding => {
    const platform = formatPlatform(foreign);
    const found = { check: "emulator", status: "note", platform } as const;
    const native = foreign.architecture === "386" && engine.platform.architecture === "amd64";
    if (native) return { ...found, what: `${platform}: runs here without an emulator` };
    const handler = HANDLERS[foreign.architecture] ?? "";
    return handlers.has(handler) ? { ...found, what: `${platform}: ${handler} runs it here` } : {
      ...found,
      what: `${platform}: no emulator, so it can be built, but not run here`,
      command:
        `${engine.program} run --privileged --rm tonistiigi/binfmt --install ${foreign.architecture}`,
    };
  });
}
