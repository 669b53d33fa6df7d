// A container engine on this machine as the place for an image (`--local`): through the engine's own
// program, so that its contexts, remote hosts and rootless set-ups work as the user has them.
import { digestHex } from "../core/digest.ts";
import { KrustError, wrapError } from "../core/error.ts";
import type { CommandResult, Host } from "../core/host.ts";
import { printable } from "../core/printable.ts";
import type { Cancel } from "../core/streams.ts";
import { type Image, imagePlatform, imagesOf, type Node } from "../image/image.ts";
import { formatPlatform, normalizePlatform, type Platform, samePlatform } from "../oci/platform.ts";
import { formatReference } from "../oci/reference.ts";
import type { Reporter } from "../report/reporter.ts";
import { hybridArchive } from "./hybrid_archive.ts";
import { localRepository } from "./local_repository.ts";
import type { Sink } from "./sink.ts";

/** What {@linkcode engineSink} works with. */
export interface EngineSinkOptions {
  /** Runs the engine's program. */
  readonly host: Pick<Host, "run">;
  /** The program, by name or path; without it the first of {@linkcode ENGINES} that answers. */
  readonly program?: string;
  /** Finds the engine, where it is looked for elsewhere too; {@linkcode findEngine} if not given. */
  readonly find?: (options: Cancel) => Promise<Engine>;
}

/** An engine that answers. */
export interface Engine {
  /** Its program. */
  readonly program: string;
  /** What its containers run on. */
  readonly platform: Platform;
}

/** The engines' programs, in the order in which they are looked for. */
export const ENGINES: readonly string[] = ["docker", "podman", "nerdctl"];

/** How each program is asked what its engine runs on: the server, which may be another machine. */
const PLATFORM_QUESTIONS: Readonly<Record<string, readonly string[]>> = {
  docker: ["version", "--format", "{{.Server.Os}}/{{.Server.Arch}}"],
  podman: ["info", "--format", "{{.Host.OS}}/{{.Host.Arch}}"],
  nerdctl: ["info", "--format", "{{.OSType}}/{{.Architecture}}"],
};

/** Kernel names of architectures, which nerdctl answers with. */
const ARCHITECTURES: ReadonlyMap<string, string> = new Map([
  ["x86_64", "amd64"],
  ["aarch64", "arm64"],
  ["armv7l", "arm"],
  ["i686", "386"],
]);

/**
 * A sink that loads one image, that of the engine's platform, as `krust.local/NAME:HEX` and under
 * each tag (spec.md, "build", rule 11). HEX is of what was built, of the index where there is one.
 */
export function engineSink(options: EngineSinkOptions): Sink {
  return {
    async write(root, target, { report, signal }): Promise<readonly string[]> {
      const cancel: Cancel = signal === undefined ? {} : { signal };
      const engine = await (options.find?.(cancel) ?? findEngine(options, cancel));
      const image = imageFor(root, engine, report);
      const repository = localRepository(target.name);
      const hex = digestHex(root.descriptor.digest);
      const content = { root: image, image, repository, tags: [hex, ...target.tags] };
      await report.step(`Loading image into ${engine.program}`, async () => {
        const result = await options.host.run({
          program: engine.program,
          args: ["load"],
          stdin: hybridArchive(content, cancel),
        }, cancel);
        if (result.status !== 0) throw engineFault(engine.program, "cannot load the image", result);
        report.debug(`${engine.program}: ${printable(result.stdout)}`);
      });
      const reference = formatReference({ ...repository, tag: hex });
      report.info(`Loaded image: ${reference}`);
      return [reference];
    },
  };
}

/**
 * Finds a container engine that answers.
 *
 * @throws {KrustError} `engine-failed` saying what was looked for, or what those found said.
 */
export async function findEngine(
  { host, program }: EngineSinkOptions,
  options: Cancel = {},
): Promise<Engine> {
  let silent: KrustError | undefined;
  const programs = program === undefined ? ENGINES : [program];
  for (const candidate of programs) {
    const answer = await askEngine(host, candidate, options);
    if (answer === undefined) continue;
    if (!(answer instanceof KrustError)) return answer;
    silent ??= answer;
  }
  throw silent ?? new KrustError(
    "engine-failed",
    `no container engine found: looked for ${programs.join(", ")}`,
    { help: ["install docker, podman or nerdctl, or name the engine's program"] },
  );
}

/** The engine behind a program, why it does not answer, or undefined where there is no program. */
async function askEngine(
  host: Pick<Host, "run">,
  program: string,
  options: Cancel,
): Promise<Engine | KrustError | undefined> {
  const kind = ENGINES.find((name) => program.split("/").at(-1)?.startsWith(name)) ?? "docker";
  let result: CommandResult;
  try {
    result = await host.run({ program, args: PLATFORM_QUESTIONS[kind] ?? [] }, options);
  } catch (error) {
    options.signal?.throwIfAborted();
    if (error instanceof Deno.errors.NotFound) return undefined;
    return wrapError("engine-failed", `cannot run "${program}"`, error);
  }
  const platform = parseEnginePlatform(result.stdout);
  return result.status === 0 && platform !== undefined
    ? { program, platform }
    : engineFault(program, "the engine does not answer", result, [
      `start the engine; \`${program} info\` says whether it runs`,
    ]);
}

function parseEnginePlatform(text: string): Platform | undefined {
  const [, os, architecture] = /^([a-z0-9]+)\/([a-z0-9_]+)\s*$/.exec(text) ?? [];
  if (os === undefined || architecture === undefined) return undefined;
  return normalizePlatform({ os, architecture: ARCHITECTURES.get(architecture) ?? architecture });
}

/** What to load: the engine's platform of an index; a single image as it is, for it may be emulated. */
function imageFor(root: Node, { program, platform }: Engine, report: Reporter): Image {
  const runs = formatPlatform(platform);
  const image = imagesOf(root).find((one) => samePlatform(imagePlatform(one), platform));
  if (image !== undefined) return image;
  const held = imagesOf(root).map((one) => formatPlatform(imagePlatform(one))).join(", ");
  if (root.kind === "image") {
    report.warn(`the image is for ${held}, and ${program} runs ${runs}`);
    return root;
  }
  throw new KrustError(
    "engine-failed",
    `cannot load the image into ${program}: it runs ${runs}, and the index holds ${held}`,
    { help: [`build for ${runs}`] },
  );
}

function engineFault(
  program: string,
  reason: string,
  { status, stdout, stderr }: CommandResult,
  help: readonly string[] = [],
): KrustError {
  const said = printable(stderr.trim() === "" ? stdout : stderr, 1_000);
  return new KrustError("engine-failed", `${program}: ${reason}`, {
    cause: said === "" ? `exit status ${status}` : said,
    help,
  });
}
