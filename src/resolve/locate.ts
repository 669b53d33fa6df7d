// From a reference to the project that it means: a folder, looked for from the working directory, then
// from the file that holds the reference; or a package of the workspace around the working directory.
import { basename, join, resolve } from "node:path";
import { KrustError } from "../core/error.ts";
import { isFolder } from "../core/files.ts";
import { nearestWord } from "../core/nearest.ts";
import { printable } from "../core/printable.ts";
import { parseProjectReference } from "./reference.ts";

/** A project to build. */
export interface ProjectTarget {
  /** The folder of its Cargo.toml, absolute. */
  readonly directory: string;
  /** A binary of the package. */
  readonly bin?: string;
}

/** Where projects are looked for. */
export interface Surroundings {
  /** The working directory. */
  readonly cwd: string;
  /** The folders of the packages of the workspace around it, by name; none where there is no workspace. */
  readonly packages: () => Promise<ReadonlyMap<string, string>>;
}

/** What cargo takes for a package's name. */
const PACKAGE_NAME = /^[\p{L}_][\p{L}\p{N}_-]*$/u;

/**
 * The project that a reference means.
 *
 * @param fileDirectory the folder of the file that holds the reference, where it is in one.
 * @throws {KrustError} `reference-invalid`; `project-invalid` where there is no such project.
 */
export async function locateProject(
  written: string,
  { cwd, packages }: Surroundings,
  fileDirectory: string = cwd,
): Promise<ProjectTarget> {
  const { path, bin } = parseProjectReference(written);
  const chosen = bin === undefined ? {} : { bin };
  const candidates = [...new Set([resolve(cwd, path), resolve(fileDirectory, path)])];
  for (const directory of candidates) {
    if (await hasManifest(directory)) return { directory, ...chosen };
  }
  const named = PACKAGE_NAME.test(path) ? await packages() : new Map<string, string>();
  const directory = named.get(path);
  if (directory !== undefined) return { directory, ...chosen };
  for (const directory of candidates) {
    if (await isFolder(directory)) throw notRust(written, directory);
  }
  throw unknown(written, path, candidates, [...named.keys()]);
}

async function hasManifest(directory: string): Promise<boolean> {
  try {
    return (await Deno.stat(join(directory, "Cargo.toml"))).isFile;
  } catch {
    return false;
  }
}

function notRust(written: string, directory: string): KrustError {
  return new KrustError(
    "project-invalid",
    `${printable(written)} is not a Rust project: no Cargo.toml in ${printable(directory)}`,
    { help: ["name the folder that holds the package's Cargo.toml"] },
  );
}

function unknown(
  written: string,
  path: string,
  candidates: readonly string[],
  packages: readonly string[],
): KrustError {
  const meant = nearestWord(path, packages);
  const what = packages.length === 0 ? "folder" : "folder, and no such package in the workspace";
  return new KrustError("project-invalid", `${printable(written)}: there is no such ${what}`, {
    help: [
      ...(meant === undefined ? [] : [`did you mean krust://${meant}?`]),
      `looked for ${candidates.map((directory) => printable(directory)).join(", then ")}`,
      ...(basename(path) === "Cargo.toml" ? ["name the folder of Cargo.toml, not the file"] : []),
    ],
  });
}
