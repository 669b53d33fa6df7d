// All checks of `krust doctor`: those that wait run side by side, and their findings are put in order.
import { resolve } from "node:path";
import { createCargo, openContext } from "../../cargo/create_cargo.ts";
import { concurrently } from "../../core/concurrently.ts";
import { KrustError } from "../../core/error.ts";
import { isFolder } from "../../core/files.ts";
import {
  formatPlatform,
  parsePlatform,
  type Platform,
  SUPPORTED_PLATFORMS,
} from "../../oci/platform.ts";
import { cargoOptions, type Opening } from "../load_project.ts";
import { settlePlatforms } from "../platforms.ts";
import type { Context } from "../program.ts";
import { type BaseFindings, checkBases } from "./base.ts";
import { checkCache } from "./cache.ts";
import { ClockWatch } from "./clock.ts";
import { checkEngine } from "./engine.ts";
import { attempt, type Examination, sparingHost } from "./examination.ts";
import { type Check, type Finding, inOrder, reasonOf } from "./finding.ts";
import { checkPlatforms } from "./platforms.ts";
import { findProject } from "./project.ts";
import { checkDestination, type Destination, destinationOf, hastyAccess } from "./registries.ts";
import { checkKrust, checkProxy } from "./surroundings.ts";
import { checkToolchain } from "./toolchain.ts";

/** What is to be looked at. */
export interface Subject {
  /** The project's directory as given; undefined for the working directory. */
  readonly directory: string | undefined;
  /** What follows `--`. */
  readonly cargoArgs: readonly string[];
  /** The settings that were given as flags, by name. */
  readonly flags: Readonly<Record<string, unknown>>;
}

/**
 * Looks at everything that a build depends on.
 *
 * @throws {KrustError} `platform-unknown`; the signal's reason.
 */
export async function examine(
  subject: Subject,
  opening: Opening,
  { host, signal, version }: Pick<Context, "host" | "signal"> & { readonly version: string },
): Promise<readonly Finding[]> {
  const clock = new ClockWatch(host);
  const sparing = sparingHost(host, (response, url) => clock.observe(response, url));
  const driver = cargoOptions(opening, sparing);
  const { directory: given, cargoArgs, flags } = subject;
  const request = { directory: given ?? ".", cargoArgs, flags };
  const loading = { ...opening, cargo: createCargo(driver) };
  const { loaded, finding } = await findProject(request, loading, {
    named: given !== undefined,
    signal,
  });
  const settings = loaded?.settings ?? opening.settings;
  const settled = settlePlatforms(settings.platform.value, host.architecture);
  const folder = resolve(host.cwd, request.directory);
  const examination: Examination = {
    host: sparing,
    signal,
    settings,
    report: opening.report,
    context: openContext(driver),
    directory: await isFolder(folder) ? folder : host.cwd,
    ...(loaded === undefined ? {} : { project: loaded.project }),
    cargo: { profile: loaded?.profile ?? "release", args: loaded?.cargoArgs ?? [] },
    platforms: settled === "all" ? SUPPORTED_PLATFORMS.map((name) => parsePlatform(name)) : settled,
  };
  const { findings, bases } = await lookAround(examination, settled === "all");
  const all = [
    checkKrust(version, examination),
    withoutCargo(finding, findings),
    ...findings,
    clock.finding(),
    checkProxy(examination),
  ];
  return inOrder(settled === "all" ? spared(all, bases.platforms) : all);
}

interface Looked {
  readonly findings: readonly Finding[];
  readonly bases: BaseFindings;
}

async function lookAround(examination: Examination, all: boolean): Promise<Looked> {
  const { signal } = examination;
  const access = hastyAccess(examination);
  const destination = destinationFindings(examination);
  const toEngine = "kind" in destination && destination.kind === "engine";
  let bases: BaseFindings = { findings: [] };
  const looks: readonly (readonly [Check, () => Promise<readonly Finding[]>])[] = [
    ["cargo", () => checkToolchain(examination)],
    ["target", () => checkPlatforms(examination)],
    ["engine", () => checkEngine(examination, toEngine)],
    [
      "registry",
      () =>
        "kind" in destination
          ? checkDestination(destination, examination, access)
          : Promise.resolve([destination.failure]),
    ],
    ["base", async () => {
      bases = await checkBases(examination, access, all);
      return bases.findings;
    }],
    ["cache", () => checkCache(examination)],
  ];
  const found = await concurrently(
    looks.map(([check, look]) => () => attempt(check, signal, look)),
    { signal, limit: looks.length },
  );
  return { findings: found.flat(), bases };
}

/** Where a build would write, or why that cannot be said. */
function destinationFindings(
  examination: Examination,
): Destination | { readonly failure: Finding } {
  try {
    return destinationOf(examination);
  } catch (error) {
    if (!(error instanceof KrustError)) throw error;
    const [what, why] = [error.message, reasonOf(error)];
    const command = "krust config show";
    return { failure: { check: "registry", status: "failure", what, why, command } };
  }
}

/** A project that cargo could not read, as it does not run itself, is not to blame. */
function withoutCargo(project: Finding, findings: readonly Finding[]): Finding {
  const broken = findings.some(({ check, status }) => check === "cargo" && status === "failure");
  return broken && project.status === "failure"
    ? { check: "project", status: "note", what: "not read, as cargo does not run" }
    : project;
}

/** With `--platform all` nothing is built for what the base has not, so that nothing is wrong with it. */
function spared(
  findings: readonly Finding[],
  held: readonly Platform[] | undefined,
): readonly Finding[] {
  if (held === undefined) return findings;
  const names = held.map(formatPlatform);
  return findings.map((finding): Finding =>
    finding.platform === undefined || names.includes(finding.platform) ||
      finding.status === "ok" || finding.status === "note"
      ? finding
      : { ...finding, status: "note", why: "the base has no such platform: it is not built for" }
  );
}
