// Cargo's JSON messages, a line each on its standard output (Cargo Book, "External tools").
import { basename, dirname } from "node:path";
import * as v from "valibot";

const ArtifactSchema = v.object({
  reason: v.literal("compiler-artifact"),
  manifest_path: v.string(),
  target: v.object({ name: v.string(), kind: v.array(v.string()) }),
  executable: v.string(),
});

/** A program that cargo made or found fresh. */
export interface Artifact {
  /** Its package's Cargo.toml. */
  readonly manifestPath: string;
  /** Name of the binary or example. */
  readonly name: string;
  /** Whether it is an example. */
  readonly example: boolean;
  /** Triple that it was compiled for. */
  readonly target: string;
  /** Where it lies, as cargo names it. */
  readonly path: string;
}

/** The program that a line tells of; undefined for all other messages and for lines that are none. */
export function readArtifact(line: string): Artifact | undefined {
  if (!line.startsWith("{")) return undefined;
  let message: unknown;
  try {
    message = JSON.parse(line);
  } catch {
    return undefined;
  }
  const result = v.safeParse(ArtifactSchema, message);
  if (!result.success) return undefined;
  const { manifest_path: manifestPath, target: { name, kind }, executable: path } = result.output;
  const example = kind.includes("example");
  if (!example && !kind.includes("bin")) return undefined;
  return { manifestPath, name, example, target: tripleOf(path, example), path };
}

/** The triple is a folder's name: `<target>/<triple>/<profile>/name`, or `…/examples/name`. */
function tripleOf(path: string, example: boolean): string {
  const profile = example ? dirname(dirname(path)) : dirname(path);
  return basename(dirname(profile));
}
