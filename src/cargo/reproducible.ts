// What cargo is told beside flags for rustc so that a program does not depend on who builds it, where and
// when (spec.md, rule 12): the time, no incremental compiling, and the folders that C code names.
import type { Host } from "../core/host.ts";
import type { CargoPlan } from "./cargo.ts";
import type { RenamedFolder } from "./remap.ts";
import { compilerVariables } from "./rung.ts";

/** Variables for cargo, on top of those that it inherits. */
export function reproducibleEnv(
  { sourceDateEpoch, reproducible = false }: Pick<CargoPlan, "sourceDateEpoch" | "reproducible">,
  targets: readonly string[],
  folders: readonly RenamedFolder[],
  host: Pick<Host, "env">,
): Readonly<Record<string, string>> {
  // The specification of the variable has programs take it for the current time, in build scripts too.
  const time = sourceDateEpoch ?? (reproducible ? 0 : undefined);
  return {
    ...(time === undefined ? {} : { SOURCE_DATE_EPOCH: String(time) }),
    ...(reproducible ? { CARGO_INCREMENTAL: "0", ...compilerFlags(targets, folders, host) } : {}),
  };
}

/**
 * `CFLAGS_<target>` and `CXXFLAGS_<target>`, as the cc crate reads them: the user's own, and folders
 * renamed. The crate cuts them at blanks, so a folder with one keeps its name.
 */
function compilerFlags(
  targets: readonly string[],
  folders: readonly RenamedFolder[],
  host: Pick<Host, "env">,
): Readonly<Record<string, string>> {
  const ours = folders
    .filter(({ folder }) => !/\s/.test(folder))
    .map(({ folder, name }) => `-ffile-prefix-map=${folder}=${name}`);
  const kinds = ["CFLAGS", "CXXFLAGS"] as const;
  return Object.fromEntries(targets.flatMap((target) =>
    kinds.map((kind) => {
      const [first = "", second = "", ...others] = compilerVariables(kind, target);
      // Of the two spellings of the target the first wins, where it is set.
      const name = host.env(first) === undefined ? second : first;
      const theirs = [name, ...others].flatMap((each) => host.env(each) ?? [])[0];
      return [name, [...(theirs === undefined ? [] : [theirs]), ...ours].join(" ")] as const;
    })
  ));
}
