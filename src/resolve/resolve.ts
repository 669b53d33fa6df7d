// Documents with references in, the same documents with images in their place out: each project built
// once, all of them before anything comes out.
import { concurrently } from "../core/concurrently.ts";
import { KrustError } from "../core/error.ts";
import { formatPlace } from "../core/position.ts";
import { printable } from "../core/printable.ts";
import type { Cancel } from "../core/streams.ts";
import type { Reporter } from "../report/reporter.ts";
import type { DocumentFile, Span } from "./document_file.ts";
import { blame, type Published } from "./failure.ts";
import { joinDocuments } from "./join.ts";
import { locateProject, type ProjectTarget, type Surroundings } from "./locate.ts";
import { type Occurrence, scanReferences } from "./scan.ts";
import { unselectedSpans } from "./select.ts";
import type { Selector } from "./selector.ts";
import { asScalar, splice } from "./splice.ts";

/**
 * Builds a project, publishes the image, and gives the reference by which it can be used; undefined
 * where there is none. Called several times at once.
 */
export type BuildReference = (
  target: ProjectTarget,
  options: Cancel,
) => Promise<string | undefined>;

/** What {@linkcode resolveDocuments} works with. */
export interface ResolveDependencies extends Surroundings {
  /** Builds what is referred to. */
  readonly build: BuildReference;
  /** Is told what goes on. */
  readonly report: Reporter;
}

/** What is wanted of {@linkcode resolveDocuments}. */
export interface ResolveOptions extends Cancel {
  /** Which objects; all where it is not given. */
  readonly selector?: Selector;
}

/** Documents that were resolved. */
export interface Resolved {
  /** The documents of all files, one text; undefined where some image has no reference. */
  readonly text: string | undefined;
  /** The images that took the references' places, each once. */
  readonly images: readonly string[];
}

/** Projects under way at once: one is compiled, others wait for that, or are packed and pushed. */
const UNDER_WAY = 4;

/**
 * Puts images in the place of all references.
 *
 * @throws {KrustError} `yaml-invalid`, `reference-invalid`, `project-invalid`, and what building
 * throws, with the place of the reference in front.
 */
export async function resolveDocuments(
  files: readonly DocumentFile[],
  dependencies: ResolveDependencies,
  options: ResolveOptions = {},
): Promise<Resolved> {
  const { report } = dependencies;
  const scanned: Scanned[] = [];
  for (const file of files) scanned.push(await scanFile(file, options.selector));
  const wanted = await locateAll(scanned, dependencies);
  const projects = [...new Map(wanted.values().map((one) => [one.key, one])).values()];
  report.info(`Found ${projects.length} unique krust:// reference(s)`);
  const images = await buildAll(projects, dependencies, options);
  if (images.size < projects.length) return { text: undefined, images: [] };
  refuseSharedNames(projects, images);
  const texts = scanned.map(({ file, dropped, occurrences }) =>
    splice(file.text, [
      ...dropped.map((span) => ({ ...span, text: "" })),
      ...occurrences.flatMap((occurrence) => {
        const { start, end, plain } = occurrence;
        const image = images.get(wanted.get(identify(occurrence))?.key ?? "");
        return image === undefined ? [] : [{ start, end, text: asScalar(image, plain) }];
      }),
    ])
  );
  return { text: joinDocuments(texts), images: inOrder(projects, images) };
}

/** The images in the order in which documents refer to their projects, each once. */
function inOrder(
  projects: readonly Wanted[],
  images: ReadonlyMap<string, string>,
): readonly string[] {
  return [...new Set(projects.flatMap(({ key }) => images.get(key) ?? []))];
}

/** Names an image by its content. */
const BY_CONTENT = /@sha256:[0-9a-f]{64}$|:[0-9a-f]{64}$/;

/**
 * Two projects under one name, where the name says nothing of the content, would be one image: the one
 * that was pushed last.
 *
 * @throws {KrustError} `usage`.
 */
function refuseSharedNames(
  projects: readonly Wanted[],
  images: ReadonlyMap<string, string>,
): void {
  const named = new Map<string, Wanted>();
  for (const one of projects) {
    const image = images.get(one.key) ?? "";
    const other = named.get(image);
    named.set(image, one);
    if (other === undefined || BY_CONTENT.test(image)) continue;
    const [first, second] = [other.occurrence.written, one.occurrence.written].map((written) =>
      printable(written)
    );
    throw new KrustError(
      "usage",
      `${placeOf(one.occurrence)}: ${first} and ${second} are both called ${image}`,
      {
        help: [
          "have digests in their place, which tell them apart, or give each a name of its own",
        ],
      },
    );
  }
}

interface Scanned {
  readonly file: DocumentFile;
  readonly occurrences: readonly Occurrence[];
  /** What the selector leaves out. */
  readonly dropped: readonly Span[];
}

async function scanFile(file: DocumentFile, selector: Selector | undefined): Promise<Scanned> {
  const dropped = selector === undefined ? [] : await unselectedSpans(file, selector);
  const occurrences = (await scanReferences(file)).filter(({ start }) =>
    !dropped.some((span) => span.start <= start && start < span.end)
  );
  return { file, dropped, occurrences };
}

/** A project that is referred to. */
interface Wanted {
  /** The same for all references to one project. */
  readonly key: string;
  readonly target: ProjectTarget;
  /** Where it is referred to first. */
  readonly occurrence: Occurrence;
}

/** The projects by what identifies the references to them; text that only begins as a reference has none. */
async function locateAll(
  scanned: readonly Scanned[],
  { report, ...surroundings }: ResolveDependencies,
): Promise<ReadonlyMap<string, Wanted>> {
  const located = new Map<string, Wanted>();
  for (const occurrence of scanned.flatMap(({ occurrences }) => occurrences)) {
    const identity = identify(occurrence);
    if (located.has(identity)) continue;
    try {
      const { written, file } = occurrence;
      const target = await locateProject(written, surroundings, file.directory);
      const key = JSON.stringify([target.directory, target.bin]);
      located.set(identity, { key, target, occurrence });
    } catch (error) {
      const place = placeOf(occurrence);
      if (!/\s/.test(occurrence.written)) throw blame(error, place);
      // "krust://app is built by CI" is a sentence; "krust://my app" may be a folder.
      const text = printable(occurrence.written);
      report.warn(`${place}: left as text, for there is no such folder: ${text}`);
    }
  }
  return located;
}

/** The same text means the same project in all files of one folder. */
function identify({ written, file }: Occurrence): string {
  return JSON.stringify([written, file.directory]);
}

function placeOf({ file, position }: Occurrence): string {
  return formatPlace(printable(file.name), position);
}

/** Builds all projects; gives the images by the projects' keys. */
async function buildAll(
  projects: readonly Wanted[],
  { build, report }: ResolveDependencies,
  options: Cancel,
): Promise<ReadonlyMap<string, string>> {
  const published: Published[] = [];
  const images = new Map<string, string>();
  const tasks = projects.map(({ key, target, occurrence }) => async (signal: AbortSignal) => {
    const { written } = occurrence;
    report.info(`Building image for: ${printable(written)}`);
    try {
      const reference = await build(target, { signal });
      if (reference === undefined) return;
      published.push({ written, reference });
      images.set(key, reference);
    } catch (error) {
      throw blame(error, placeOf(occurrence), { written });
    }
  });
  try {
    await concurrently(tasks, { ...options, limit: UNDER_WAY });
  } catch (error) {
    throw blame(error, undefined, { published });
  }
  return images;
}
