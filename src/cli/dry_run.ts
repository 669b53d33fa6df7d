// `--dry-run`: what would be built, from what, to where.
import type { Project } from "../cargo/cargo.ts";
import { formatPlatform, type Platform } from "../oci/platform.ts";
import { formatReference } from "../oci/reference.ts";
import { localRepository } from "../sinks/local_repository.ts";
import type { Places } from "./places.ts";
import type { Target } from "../sinks/sink.ts";

/** What {@linkcode describePlan} tells of. */
export interface Plan {
  /** What would be compiled. */
  readonly project: Project;
  /** For what. */
  readonly platforms: readonly Platform[] | "all";
  /** Cargo profile. */
  readonly profile: string;
  /** The base, as the user wrote it. */
  readonly base: string;
  /** What the image would be called. */
  readonly target: Target;
  /** Where it would go. */
  readonly places: Pick<Places, "names" | "toEngine">;
}

/** The plan in lines for people. */
export function describePlan(plan: Plan): readonly string[] {
  const { project, platforms, target, places } = plan;
  const { name, version } = project.package;
  const what = `${project.example ? "example " : ""}${project.binaries.join(", ")}`;
  const which = platforms === "all"
    ? "every platform of the base"
    : platforms.map(formatPlatform).join(", ");
  const { names: ways, toEngine } = places;
  const repository = toEngine || target.repository === undefined
    ? localRepository(target.name)
    : target.repository;
  const names = target.tags.map((tag) => formatReference({ ...repository, tag }));
  return [
    `Would build ${what} of ${name} ${version} (${project.manifestPath})`,
    `for ${which}, profile ${plan.profile}, on ${plan.base}`,
    `as ${names.join(", ")}`,
    `to ${ways.length === 0 ? "nowhere: nothing would be pushed or written" : ways.join(" and ")}`,
  ];
}
