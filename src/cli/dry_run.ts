// `--dry-run`: what would be built, from what, to where.
import type { Found } from "../assets/asset.ts";
import type { ImageContent } from "../build/content.ts";
import { formatBytes } from "../core/printable.ts";
import { DEFAULT_COMPRESSION } from "../image/compression.ts";
import { formatPlatform, type Platform } from "../oci/platform.ts";
import { formatReference } from "../oci/reference.ts";
import { localRepository } from "../sinks/local_repository.ts";
import type { Places } from "./places.ts";
import type { Target } from "../sinks/sink.ts";

/** What {@linkcode describePlan} tells of. */
export interface Plan {
  /** What would be done: "build hello of hello 0.1.0". */
  readonly intention: string;
  /** For what. */
  readonly platforms: readonly Platform[] | "all";
  /** How: "profile release". */
  readonly manner?: string;
  /** The base, as the user wrote it. */
  readonly base: string;
  /** What it would hold beside the program, in words. */
  readonly held?: readonly string[];
  /** What the image would be called. */
  readonly target: Target;
  /** Where it would go. */
  readonly places: Pick<Places, "names" | "toEngine">;
}

/** The plan in lines for people. */
export function describePlan(plan: Plan): readonly string[] {
  const { intention, manner, platforms, held = [], target, places } = plan;
  const which = platforms === "all"
    ? "every platform of the base"
    : platforms.map(formatPlatform).join(", ");
  const { names: ways, toEngine } = places;
  const repository = toEngine || target.repository === undefined
    ? localRepository(target.name)
    : target.repository;
  const names = target.tags.map((tag) => formatReference({ ...repository, tag }));
  return [
    `Would ${intention}`,
    [`for ${which}`, ...(manner === undefined ? [] : [manner]), `on ${plan.base}`].join(", "),
    ...(held.length === 0 ? [] : [`with ${held.join(", ")}`]),
    `as ${names.join(", ")}`,
    `to ${ways.length === 0 ? "nowhere: nothing would be pushed or written" : ways.join(" and ")}`,
  ];
}

/** What an image would hold and how it would run, in words; of variables their names alone. */
export function describeContent(
  { container = {}, capabilities, compression = DEFAULT_COMPRESSION }: ImageContent,
  found: readonly Found[],
): readonly string[] {
  const size = found.reduce((sum, one) => sum + (one.type === "file" ? one.size : 0), 0);
  const { env = {}, ports = [], entrypoint = [], cmd = [], volumes = [] } = container;
  const several = (what: string, words: readonly string[]): readonly string[] =>
    words.length === 0 ? [] : [`${what} ${words.join(" ")}`];
  const one = (what: string, word: string | undefined): readonly string[] =>
    word === undefined ? [] : [`${what} ${word}`];
  return [
    ...(found.length === 0 ? [] : [`${found.length} asset(s) of ${formatBytes(size)}`]),
    ...several("env", Object.keys(env)),
    ...one("user", container.user),
    ...one("workdir", container.workdir),
    ...several("ports", ports),
    ...several("volumes", volumes),
    ...several("entrypoint", entrypoint),
    ...several("cmd", cmd),
    ...one("stop signal", container.stopSignal),
    ...(capabilities === undefined ? [] : ["capabilities"]),
    ...(compression.format === "gzip" ? [] : [`compression ${compression.format}`]),
  ];
}
