// Which binaries of a package are meant: the named ones, `default-run`, or the only one.
import { KrustError } from "../core/error.ts";
import { nearestWord } from "../core/nearest.ts";
import { printable } from "../core/printable.ts";
import { type Metadata, type MetadataPackage, targetNames } from "./metadata.ts";
import { listNames } from "./names.ts";

/**
 * The names of a package's binaries to pack, the entrypoint first.
 *
 * @throws {KrustError} `project-invalid` where there is none or not the one named; `usage` where
 * several could be meant.
 */
export function chooseBinaries(
  chosen: MetadataPackage,
  bins: readonly string[],
  metadata: Metadata,
): readonly string[] {
  const names = targetNames(chosen, "bin");
  if (names.length === 0) {
    throw noBinary(metadata, `package "${chosen.name}"`, chosen.manifest_path);
  }
  if (bins.length > 0) return [...new Set(bins)].map((bin) => chooseNamed(chosen, "bin", bin));
  const [only, ...others] = names;
  if (only !== undefined && others.length === 0) return [only];
  const preferred = chosen.default_run;
  if (typeof preferred === "string" && names.includes(preferred)) return [preferred];
  throw new KrustError(
    "usage",
    `package "${chosen.name}" has several binaries: ${listNames(names)}`,
    {
      help: [
        `choose one or more of them, such as --bin ${names[0]}`,
        `or set default-run in ${chosen.manifest_path}`,
      ],
      details: { binaries: names.join(", ") },
    },
  );
}

/**
 * A binary or example by its name.
 *
 * @throws {KrustError} `project-invalid` where the package has none of that name.
 */
export function chooseNamed(
  chosen: MetadataPackage,
  kind: "bin" | "example",
  name: string,
): string {
  if (targetNames(chosen, kind).includes(name)) return name;
  const word = kind === "bin" ? "binary" : "example";
  const all = targetNames(chosen, kind);
  const meant = nearestWord(name, all);
  const having = all.length === 0 ? `it has no ${word}` : `it has: ${listNames(all)}`;
  throw new KrustError(
    "project-invalid",
    `no ${word} "${printable(name)}" in package "${chosen.name}"`,
    { help: [...(meant === undefined ? [] : [`did you mean ${meant}?`]), having] },
  );
}

/** The error for a place, `package "x"`, that has no program to pack, and whose Cargo.toml could name one. */
export function noBinary(
  metadata: Metadata,
  where: string,
  manifestPath: string,
): KrustError {
  const others = metadata.packages.filter((each) => targetNames(each, "bin").length > 0);
  return new KrustError("project-invalid", `no binary target in ${where}`, {
    details: { packages: others.map(({ name }) => name).join(", ") },
    help: others.length > 0 ? others.slice(0, 20).map(({ name }) => `-p ${name}`) : [
      `an image needs a program to run: add src/main.rs, or [[bin]] to ${printable(manifestPath)}`,
    ],
  });
}
