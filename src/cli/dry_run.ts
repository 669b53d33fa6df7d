// `--dry-run`: what would be built, from what, to where.
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
  /** What the image would be called. */
  readonly target: Target;
  /** Where it would go. */
  readonly places: Pick<Places, "names" | "toEngine">;
}

/** The plan in lines for people. */
export function describePlan(plan: Plan): readonly string[] {
  const { intention, manner, platforms, target, places } = plan;
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
    `as ${names.join(", ")}`,
    `to ${ways.length === 0 ? "nowhere: nothing would be pushed or written" : ways.join(" and ")}`,
  ];
}
