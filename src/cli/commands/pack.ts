// `krust pack`: everything after cargo, for programs that lie there already.
import { basename, resolve } from "node:path";
import type { MakeExecutables } from "../../build/build_image.ts";
import { describePackage } from "../../build/recipe.ts";
import type { Executable } from "../../cargo/cargo.ts";
import { programPlatform, readProgram } from "../../cargo/executable.ts";
import { KrustError } from "../../core/error.ts";
import { printable } from "../../core/printable.ts";
import type { Cancel } from "../../core/streams.ts";
import { formatPlatform, type Platform, samePlatform } from "../../oci/platform.ts";
import { conclude } from "../conclude.ts";
import type { PackArguments } from "../image_commands.ts";
import { writeReferences } from "../output.ts";
import type { Context } from "../program.ts";
import { settlePlatforms } from "../platforms.ts";
import { publishImage } from "../publish_image.ts";
import { openSession, type Session } from "../session.ts";

/** A program that lies there, and what it is for. */
interface Program {
  readonly name: string;
  /** Absolute. */
  readonly path: string;
  readonly platform: Platform;
}

/**
 * Packs programs and writes the image where it was asked for; prints the reference.
 *
 * @throws {KrustError} `usage`, `executable-mismatch`, whatever else goes wrong.
 */
export async function pack(given: PackArguments, context: Context): Promise<number> {
  await writeReferences(context.host, await publish(given, context), { signal: context.signal });
  return 0;
}

async function publish(
  { binaries, name: chosen, flags }: PackArguments,
  context: Context,
): Promise<readonly string[]> {
  const paths = binaries.map((binary) => resolve(context.host.cwd, binary));
  const name = chosen ?? commonName(paths);
  checkName(name);
  await using session = await openSession({ flags }, context);
  const programs = await identify(name, paths, session);
  const platforms = programs.map(({ platform }) => formatPlatform(platform));
  const published = await publishImage(session, {
    // What the programs are for is known, whatever a file says of builds.
    settings: { ...session.settings, platform: { ...session.settings.platform, value: platforms } },
    name,
    naming: { bin: name },
    intention: `pack ${paths.map((path) => printable(path)).join(", ")}`,
    executables: readPrograms(programs, session),
    facts: () => Promise.resolve(describePackage({ name, version: "", authors: [] })),
  }, { signal: context.signal });
  if (published === undefined) return [];
  await conclude(session, published);
  return published.result.references;
}

/** The name that all files have; one image has one entrypoint. */
function commonName(paths: readonly string[]): string {
  const names = [...new Set(paths.map((path) => basename(path)))];
  const [name = "", other] = names;
  if (other === undefined) return name;
  throw new KrustError(
    "usage",
    `the programs of one image have one name: found ${
      names.map((each) => `"${printable(each)}"`).join(", ")
    }`,
    { help: [`say what it is to be: --name ${printable(name)}`] },
  );
}

function checkName(name: string): void {
  if (/^[^/\0]+$/.test(name) && name !== "." && name !== "..") return;
  throw new KrustError("usage", `--name: "${printable(name)}" cannot be a file's name`);
}

/** What each program is for: by its header, or as `--platform` says, which must fit it. */
async function identify(
  name: string,
  paths: readonly string[],
  { settings: { platform }, host }: Session,
): Promise<readonly Program[]> {
  const programs: Program[] = [];
  const settled = settlePlatforms(platform.value, host.architecture);
  const asked = platform.origin.kind !== "flag" || settled === "all" ? [] : settled;
  for (const path of paths) {
    const found = await programPlatform(name, path);
    const other = programs.find((program) => samePlatform(program.platform, found));
    if (other !== undefined) throw sameTwice(other, path);
    programs.push({ name, path, platform: wantedVariant(found, asked) });
  }
  const platforms = programs.map((program) => formatPlatform(program.platform));
  const missing = asked.map(formatPlatform).find((wanted) => !platforms.includes(wanted));
  if (missing === undefined) return programs;
  throw new KrustError(
    "executable-mismatch",
    `--platform ${missing}: the programs are for ${platforms.join(", ")}`,
  );
}

/** A header tells no variant of 32-bit ARM; the user may. */
function wantedVariant(found: Platform, asked: readonly Platform[]): Platform {
  return asked.find(({ architecture }) => architecture === found.architecture) ?? found;
}

function sameTwice({ path, platform }: Program, other: string): KrustError {
  return new KrustError(
    "usage",
    `two programs are for ${formatPlatform(platform)}: "${printable(path)}" and "${
      printable(other)
    }"`,
    { help: ["give one program for each platform"] },
  );
}

/** Reads and checks the programs when they are asked for, in the order of the platforms. */
function readPrograms(programs: readonly Program[], { report }: Session): MakeExecutables {
  return async (platforms: readonly Platform[], options: Cancel) => {
    const executables: (readonly Executable[])[] = [];
    for (const platform of platforms) {
      const program = programs.find((each) => samePlatform(each.platform, platform));
      if (program === undefined) throw new KrustError("internal", "no program for a platform");
      report.info(`Packing for platform: ${formatPlatform(platform)}`);
      executables.push([await readProgram(program.name, program.path, platform, options)]);
    }
    return executables;
  };
}
