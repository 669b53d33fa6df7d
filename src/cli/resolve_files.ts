// Documents to resolved documents: what `resolve`, `apply`, `create` and `delete` have in common.
import { readCargoArguments } from "../cargo/arguments.ts";
import { KrustError } from "../core/error.ts";
import type { Digest } from "../core/digest.ts";
import { Once } from "../core/once.ts";
import { formatReference, formatRepository } from "../oci/reference.ts";
import type { Reporter } from "../report/reporter.ts";
import { openFiles } from "../resolve/open_files.ts";
import { type BuildReference, type Resolved, resolveDocuments } from "../resolve/resolve.ts";
import { parseSelector } from "../resolve/selector.ts";
import { buildProject } from "./build_project.ts";
import type { DocumentArguments } from "./document_commands.ts";
import { nevertheless } from "./output.ts";
import { writeOutputFile } from "./output_file.ts";
import type { Context } from "./program.ts";
import type { PublishedImage } from "./publish_image.ts";
import { openSession, type Session } from "./session.ts";

/**
 * Reads documents, builds what they refer to, and gives them with images in place of the references.
 *
 * @param cargoArgs arguments for cargo.
 * @throws {KrustError} whatever goes wrong.
 */
export async function resolveFiles(
  { paths, recursive, selector, flags }: DocumentArguments,
  cargoArgs: readonly string[],
  context: Context,
): Promise<Resolved> {
  refuseSelection(cargoArgs);
  const chosen = selector === undefined ? {} : { selector: parseSelector(selector) };
  await using session = await openSession({ flags }, context);
  const { host, report, signal } = session;
  if (paths.includes("-") && host.stdin.terminal) {
    report.info("Reading documents from the terminal; Ctrl-D ends them");
  }
  const files = await openFiles(paths, host, { recursive, signal });
  const published = new Map<string, readonly string[]>();
  const build = buildReferences(session, flags, cargoArgs, published);
  const surroundings = { cwd: host.cwd, packages: packagesAround(session) };
  const resolved = await resolveDocuments(files, { ...surroundings, build, report }, {
    ...chosen,
    signal,
  });
  const { imageRefs: { value: named }, noPush } = session.settings;
  if (noPush.value) report.info("Skipping push (--no-push specified)");
  if (named !== undefined) {
    const lines = new Set(resolved.images.flatMap((image) => published.get(image) ?? []));
    const text = [...lines].map((line) => `${line}\n`).join("");
    const file = { what: "the file of references", named, text };
    await writeOutputFile(host, file, nevertheless(resolved.images));
  }
  return resolved;
}

/** The packages of the workspace around the working directory; cargo is asked where one may be named. */
function packagesAround(
  { host, cargo, signal }: Session,
): () => Promise<ReadonlyMap<string, string>> {
  const asked = new Once<ReadonlyMap<string, string>>();
  return () =>
    asked.get("", async () => {
      try {
        const members = await cargo.members(host.cwd, { signal });
        return new Map(members.map(({ name, directory }) => [name, directory]));
      } catch (error) {
        // Who deploys from elsewhere has no workspace there, and needs none for paths.
        if (error instanceof KrustError && error.code === "project-invalid") return new Map();
        throw error;
      }
    });
}

/**
 * Builds each project with the run's own flags and what the reference says of it.
 *
 * @param published gets, for each image, all references by digest that were published with it.
 */
function buildReferences(
  session: Session,
  flags: DocumentArguments["flags"],
  cargoArgs: readonly string[],
  published: Map<string, readonly string[]>,
): BuildReference {
  let begun = 0;
  const named = new Map<string, Digest>();
  return async ({ directory, bin }, options) => {
    // One name for several images would leave its tag on whichever was pushed last.
    if (++begun > 1 && session.settings.image.origin.kind === "env") throw oneName();
    const built = await buildProject(session, {
      directory,
      cargoArgs,
      flags: { ...flags, ...(bin === undefined ? {} : { bin: [bin] }) },
    }, options);
    if (built === undefined) return undefined;
    warnOfSharedName(built, named, session.report);
    const reference = referenceOf(built);
    if (reference === undefined) throw nameless();
    published.set(reference, built.published);
    return reference;
  };
}

/** Programs of one package have one name where nothing else is said; a tag stands on one of them. */
function warnOfSharedName(
  { places: { target }, result: { root } }: PublishedImage,
  named: Map<string, Digest>,
  report: Reporter,
): void {
  const { digest } = root.descriptor;
  const name = target.repository === undefined ? target.name : formatRepository(target.repository);
  const other = named.get(name);
  named.set(name, digest);
  if (other === undefined || other === digest) return;
  report.warn(
    `several images are called ${name}, whose tags stand on the one that came last; ` +
      "--name-template '{package}-{bin}' gives each a name of its own",
  );
}

/** The reference of an image that was published; or that it would have, where it was not. */
function referenceOf({ places, result }: PublishedImage): string | undefined {
  const [reference] = result.references;
  const { repository } = places.target;
  if (reference !== undefined || repository === undefined) return reference;
  return formatReference({ ...repository, digest: result.root.descriptor.digest });
}

/** Images may do without a repository where they go to files; in documents they are named. */
function nameless(): KrustError {
  return new KrustError("usage", "the image has no name for the document: KRUST_REPO is not set", {
    help: ["export KRUST_REPO=registry.example.com/team"],
  });
}

function oneName(): KrustError {
  return new KrustError("usage", "KRUST_IMAGE names one image, and several are to be built", {
    help: ["unset KRUST_IMAGE, and name the repository for all of them with KRUST_REPO"],
  });
}

/** What to build stands in the references; an argument would say it for all of them. */
function refuseSelection(cargoArgs: readonly string[]): void {
  const { selection } = readCargoArguments(cargoArgs);
  const { package: name, bins, example } = selection;
  const given = [
    ...(name === undefined ? [] : [`--package ${name}`]),
    ...bins.map((bin) => `--bin ${bin}`),
    ...(example === undefined ? [] : [`--example ${example}`]),
  ];
  if (given[0] === undefined) return;
  throw new KrustError("usage", `${given[0]} after -- would be for every reference alike`, {
    help: ["name it in the reference: krust://PACKAGE, krust://path/to/it#BINARY"],
  });
}
