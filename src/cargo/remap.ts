// Folders of this machine kept out of programs: what a panic or a debugger names is the same wherever
// the program was compiled, and tells nobody's user name (spec.md, rule 12).
import type { Host } from "../core/host.ts";
import type { Project } from "./cargo.ts";
import { cargoHome } from "./config_files.ts";

/** A folder, and what programs call it. */
export interface RenamedFolder {
  /** Absolute. */
  readonly folder: string;
  /** Its name in programs. */
  readonly name: string;
}

/**
 * The folders of a project and of its dependencies, with fixed names. Compilers take the last that
 * fits: folders that may lie in others come later.
 */
export function renamedFolders(
  { workspaceRoot, targetDirectory, buildDirectory }: Pick<
    Project,
    "workspaceRoot" | "targetDirectory" | "buildDirectory"
  >,
  host: Pick<Host, "env" | "cwd">,
): readonly RenamedFolder[] {
  const home = cargoHome(host);
  const folders: readonly RenamedFolder[] = [
    { folder: workspaceRoot, name: "/source" },
    { folder: targetDirectory, name: "/source/target" },
    // Code that build scripts make lies here, so it is called what it is called elsewhere.
    ...(buildDirectory === undefined ? [] : [{ folder: buildDirectory, name: "/source/target" }]),
    ...(home === undefined ? [] : [{ folder: home, name: "/cargo" }]),
  ];
  return folders.filter(({ folder }) => folder !== "/");
}

/** Flags for rustc that rename folders. Cargo leaves them out of what it names crates by. */
export function remapFlags(folders: readonly RenamedFolder[]): readonly string[] {
  return folders.map(({ folder, name }) => `--remap-path-prefix=${folder}=${name}`);
}
