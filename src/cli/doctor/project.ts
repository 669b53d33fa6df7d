// The project: what would be built, where there is one.
import type { Cargo } from "../../cargo/cargo.ts";
import { causeChain, KrustError } from "../../core/error.ts";
import { printable } from "../../core/printable.ts";
import {
  type LoadedProject,
  type Loading,
  loadProject,
  type ProjectRequest,
} from "../load_project.ts";
import { type Finding, reasonOf } from "./finding.ts";

/** The project, if it could be read, and what was found of it. */
export interface FoundProject {
  /** It, with the settings in force for it. */
  readonly loaded?: LoadedProject;
  /** What was found. */
  readonly finding: Finding;
}

/**
 * Reads the project of a folder; that there is none is a failure only where the user named the folder.
 *
 * @throws the signal's reason.
 */
export async function findProject(
  request: ProjectRequest,
  loading: Omit<Loading, "cargo"> & { readonly cargo: Cargo },
  { named, signal }: { readonly named: boolean; readonly signal: AbortSignal },
): Promise<FoundProject> {
  try {
    const loaded = await loadProject(request, loading, { signal });
    const { project: { package: facts, binaries, example, manifestPath } } = loaded;
    const programs = `${example ? "example " : ""}${binaries.join(", ")}`;
    const what = `${facts.name} ${facts.version}: ${programs}`;
    return { loaded, finding: { check: "project", status: "ok", what, why: manifestPath } };
  } catch (error) {
    signal.throwIfAborted();
    return { finding: withoutProject(error, named) };
  }
}

function withoutProject(error: unknown, named: boolean): Finding {
  const check = "project";
  const why = reasonOf(error);
  const code = error instanceof KrustError ? error.code : undefined;
  if (code === "cargo-not-found") {
    return { check, status: "note", what: "not read, as there is no cargo" };
  }
  const absent = causeChain(error).some((cause) => cause.startsWith("could not find `Cargo.toml`"));
  if (absent && !named) {
    const what = "none here: what depends on one was not looked at";
    return { check, status: "note", what, command: "krust doctor DIRECTORY" };
  }
  const what = printable(error instanceof Error ? error.message : String(error), 400);
  const command = absent
    ? "krust doctor DIRECTORY"
    : code === "project-invalid"
    ? "cargo metadata --no-deps --format-version 1"
    : "krust config show";
  return { check, status: "failure", what, why, command };
}
