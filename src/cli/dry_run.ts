// `--dry-run`: what would be built, from what, to where.
import type { Project } from "../cargo/cargo.ts";
import { formatReference } from "../oci/reference.ts";
import type { Target } from "../sinks/sink.ts";

/** What {@linkcode describePlan} tells of. */
export interface Plan {
  /** What would be compiled. */
  readonly project: Project;
  /** For what, as the user wrote it. */
  readonly platforms: readonly string[];
  /** Cargo profile. */
  readonly profile: string;
  /** The base, as the user wrote it. */
  readonly base: string;
  /** What the image would be called. */
  readonly target: Target;
  /** Where it would go: `registry`, `oci layout DIR`, … */
  readonly places: readonly string[];
}

/** The plan in lines for people. */
export function describePlan(plan: Plan): readonly string[] {
  const { project, target } = plan;
  const { repository } = target;
  const names = repository === undefined
    ? target.tags.map((tag) => `${target.name}:${tag}`)
    : target.tags.map((tag) => formatReference({ ...repository, tag }));
  return [
    `Would build ${project.example ? "example " : ""}${
      project.binaries.join(", ")
    } of ${project.package.name} ${project.package.version} (${project.manifestPath})`,
    `for ${plan.platforms.join(", ")}, profile ${plan.profile}, on ${plan.base}`,
    `as ${names.join(", ")}`,
    `to ${
      plan.places.length === 0
        ? "nowhere: nothing would be pushed or written"
        : plan.places.join(" and ")
    }`,
  ];
}
