// Folders of this machine kept out of programs: what a panic or a debugger names is the same wherever
// the program was compiled, and tells nobody's user name (spec.md, rule 12).
import type { Host } from "../core/host.ts";
import type { Project } from "./cargo.ts";
import { cargoHome } from "./config_files.ts";

/**
 * Flags for rustc that give the folders of a project and of its dependencies fixed names. Cargo leaves
 * them out of what it names crates by. A folder with a blank in its path keeps its name: cargo cuts the
 * variables that flags go through at blanks.
 */
export function remapFlags(
  { workspaceRoot, targetDirectory }: Pick<Project, "workspaceRoot" | "targetDirectory">,
  host: Pick<Host, "env" | "cwd">,
): readonly string[] {
  const home = cargoHome(host);
  // rustc takes the last that fits: folders that may lie in others come later.
  const names: readonly (readonly [folder: string, name: string])[] = [
    [workspaceRoot, "/source"],
    [targetDirectory, "/source/target"],
    ...(home === undefined ? [] : [[home, "/cargo"] as const]),
  ];
  return names
    .filter(([folder]) => folder !== "/" && !/\s/.test(folder))
    .map(([folder, name]) => `--remap-path-prefix=${folder}=${name}`);
}
