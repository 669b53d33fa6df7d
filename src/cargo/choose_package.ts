// Which package of a workspace is meant: the named one, the one around, or the only one that can be.
import { dirname, join, sep } from "node:path";
import { KrustError } from "../core/error.ts";
import { nearestWord } from "../core/nearest.ts";
import { printable } from "../core/printable.ts";
import type { Selection } from "./cargo.ts";
import { type Metadata, type MetadataPackage, targetNames } from "./metadata.ts";
import { listNames } from "./names.ts";
import { noBinary } from "./choose_binaries.ts";

/**
 * The package that is meant in a folder; `realDirectory` has no symbolic links, as cargo's own paths.
 *
 * @throws {KrustError} `project-invalid` where there is none; `usage` where several could be meant.
 */
export function choosePackage(
  metadata: Metadata,
  selection: Selection,
  realDirectory: string,
): MetadataPackage {
  if (selection.package !== undefined) return packageNamed(metadata, selection.package);
  return packageAround(metadata, realDirectory) ?? soleCandidate(metadata, selection);
}

/** A package by cargo's package ID specification: name, `name@version`, or the whole ID. */
function packageNamed(metadata: Metadata, spec: string): MetadataPackage {
  const found = metadata.packages.find(({ id, name, version }) =>
    [name, `${name}@${version}`, `${name}:${version}`, id].includes(spec)
  );
  if (found !== undefined) return found;
  const names = metadata.packages.map(({ name }) => name);
  const meant = nearestWord(spec, names);
  throw new KrustError(
    "project-invalid",
    `no package "${printable(spec)}" in the workspace "${printable(metadata.workspace_root)}"`,
    {
      help: [
        ...(meant === undefined ? [] : [`did you mean ${meant}?`]),
        `its packages: ${listNames(names)}`,
      ],
    },
  );
}

/** The package whose folder holds `directory`, the innermost where they nest. */
function packageAround(metadata: Metadata, directory: string): MetadataPackage | undefined {
  const around = (folder: string): boolean =>
    directory === folder || directory.startsWith(folder.endsWith(sep) ? folder : folder + sep);
  const packages = metadata.packages.filter((each) => around(dirname(each.manifest_path)));
  const depth = (each: MetadataPackage): number => each.manifest_path.length;
  const innermost = packages.toSorted((left, right) => depth(right) - depth(left))[0];
  // A virtual workspace may have a member above its own root, which then is not what cargo finds.
  const above = innermost !== undefined && around(metadata.workspace_root) &&
    dirname(innermost.manifest_path).length < metadata.workspace_root.length;
  return above ? undefined : innermost;
}

/** The one package of a virtual workspace that can be meant: of its default members, else of all. */
function soleCandidate(metadata: Metadata, { bins, example }: Selection): MetadataPackage {
  const defaults = metadata.workspace_default_members ?? metadata.workspace_members;
  const members = metadata.packages.filter(({ id }) => defaults.includes(id));
  const suits = (each: MetadataPackage): boolean =>
    example === undefined
      ? bins.every((bin) => targetNames(each, "bin").includes(bin))
      : targetNames(each, "example").includes(example);
  const runnable = members.filter((each) =>
    example !== undefined || targetNames(each, "bin").length > 0
  );
  const candidates = runnable.filter(suits);
  const [only, ...others] = candidates.length === 0 ? runnable : candidates;
  if (only === undefined) {
    const root = printable(metadata.workspace_root);
    // The root's own Cargo.toml may be of no package, and then can name no program.
    const manifest = members[0]?.manifest_path ?? join(root, "Cargo.toml");
    throw noBinary(metadata, `workspace "${root}"`, manifest);
  }
  if (others.length === 0) return only;
  if (candidates.length === 0) throw noSuchTarget(runnable, bins, example);
  const names = candidates.map(({ name }) => name);
  throw new KrustError(
    "usage",
    `several packages of the workspace "${printable(metadata.workspace_root)}" have binaries: ${
      listNames(names)
    }`,
    {
      help: names.slice(0, 20).map((name) => `-p ${name}`),
      details: { packages: names.join(", ") },
    },
  );
}

function noSuchTarget(
  packages: readonly MetadataPackage[],
  bins: readonly string[],
  example: string | undefined,
): KrustError {
  const kind = example === undefined ? "bin" : "example";
  const all = packages.flatMap((each) => targetNames(each, kind));
  const wanted = example ?? bins.find((bin) => !all.includes(bin));
  const word = kind === "bin" ? "binary" : "example";
  if (wanted === undefined) {
    return new KrustError("usage", `no one package has all of the binaries ${listNames(bins)}`, {
      help: packages.slice(0, 20).map(({ name }) => `-p ${name}`),
    });
  }
  const meant = nearestWord(wanted, all);
  return new KrustError("project-invalid", `no ${word} "${printable(wanted)}" in the workspace`, {
    help: meant === undefined ? [`there are: ${listNames(all)}`] : [`did you mean ${meant}?`],
  });
}
