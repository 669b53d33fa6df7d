// Whether a program that is linked dynamically will find on its base what it wants: the loader, every
// library, and every version of their symbols (spec.md, rule 6).
import type { Executable } from "../cargo/cargo.ts";
import { KrustError } from "../core/error.ts";
import { printable } from "../core/printable.ts";
import type { Cancel } from "../core/streams.ts";
import type { Image } from "../image/image.ts";
import { formatPlatform } from "../oci/platform.ts";
import type { Store } from "../store/store.ts";
import type { BaseLibraries, Library } from "./base_libraries.ts";

/** Debian's folder of an architecture's libraries, by the ELF machine. */
const DEBIAN_FOLDERS: Readonly<Record<string, readonly string[]>> = {
  "x86_64": ["x86_64-linux-gnu"],
  "aarch64": ["aarch64-linux-gnu"],
  "arm": ["arm-linux-gnueabihf"],
  "i386": ["i386-linux-gnu"],
  "riscv64": ["riscv64-linux-gnu"],
  "powerpc64le": ["powerpc64le-linux-gnu"],
  "s390x": ["s390x-linux-gnu"],
};

/** Bases with glibc and gcc's libraries, and the minor version of glibc 2 that each has. */
const GLIBC_BASES: readonly (readonly [string, number])[] = [
  ["gcr.io/distroless/cc-debian12", 36],
  ["gcr.io/distroless/cc-debian13", 41],
];

/** Libraries that those bases have. */
const IN_BASES = /^(ld-linux|ld64\.|lib(c|m|dl|rt|pthread|resolv|util|gcc_s|stdc\+\+)\.so)/;

/** What a program lacks on a base. */
export interface Lacking {
  /** Libraries that are not there, the loader among them. */
  readonly libraries: readonly string[];
  /** Versions that a library does not define, as `libc.so.6: GLIBC_2.34`. */
  readonly versions: readonly string[];
}

/**
 * Checks the executables of one image against its base. A program without a loader and libraries
 * costs nothing: the base's layers are not opened for it.
 *
 * @throws {KrustError} `executable-mismatch` that says what lacks and names a base that has it.
 */
export async function checkLinkage(
  executables: readonly Executable[],
  base: Image,
  baseName: string | undefined,
  { store, ...options }: Cancel & { readonly store: Store },
): Promise<void> {
  const dynamic = executables.filter(({ elf }) =>
    elf.interpreter !== undefined || elf.needed.length > 0
  );
  if (dynamic.length === 0) return;
  const { BaseLibraries } = await import("./base_libraries.ts");
  const libraries = await BaseLibraries.read(base.layers, store, options);
  for (const executable of dynamic) {
    const lacking = lackingOn(libraries, executable);
    if (lacking.libraries.length + lacking.versions.length === 0) continue;
    throw mismatch(executable, lacking, libraries, baseName);
  }
}

/** What a program lacks: of its own wants and of its libraries' wants. */
export function lackingOn(base: BaseLibraries, { elf }: Pick<Executable, "elf">): Lacking {
  const libraries: string[] = [];
  const versions: string[] = [];
  if (elf.interpreter !== undefined && base.at(elf.interpreter) === undefined) {
    libraries.push(elf.interpreter);
  }
  // glibc's loader is also a library that its other libraries want: it is missed once.
  const seen = new Set(libraries.map((path) => path.slice(path.lastIndexOf("/") + 1)));
  const wanted = [...elf.needed];
  for (let name = wanted.shift(); name !== undefined; name = wanted.shift()) {
    if (seen.has(name)) continue;
    seen.add(name);
    const library = find(base, name, elf.machine);
    if (library === undefined) {
      libraries.push(name);
      continue;
    }
    wanted.push(...library.needed);
    for (const version of elf.versions?.[name] ?? []) {
      if (!library.defined.includes(version)) versions.push(`${name}: ${version}`);
    }
  }
  return { libraries, versions };
}

function find(base: BaseLibraries, name: string, machine: string): Library | undefined {
  if (name.includes("/")) return base.at(name);
  const folders = ["lib", "usr/lib", "lib64", "usr/lib64", "usr/local/lib"];
  const own = (DEBIAN_FOLDERS[machine] ?? []).flatMap((each) =>
    ["lib", "usr/lib", "usr/local/lib"].map((folder) => `${folder}/${each}`)
  );
  for (const folder of [...own, ...folders]) {
    const library = base.at(`/${folder}/${name}`);
    if (library?.machine === machine) return library;
  }
  return undefined;
}

function mismatch(
  { name, platform, elf }: Executable,
  { libraries, versions }: Lacking,
  base: BaseLibraries,
  baseName: string | undefined,
): KrustError {
  const lacks = [...libraries, ...versions.toSorted(byVersion).slice(0, 8)].map((each) =>
    printable(each)
  );
  const found = glibcOf(find(base, "libc.so.6", elf.machine));
  const has = base.empty
    ? "it has no shared libraries"
    : found === undefined
    ? "it has no glibc"
    : `it has glibc 2.${found}`;
  return new KrustError(
    "executable-mismatch",
    `"${name}" cannot run on ${formatPlatform(platform)}: ${lacks.join(", ")}, absent in ${
      baseName === undefined ? "the base" : `base "${baseName}"`
    }`,
    {
      cause: new Error(`${has}; the program was linked against glibc 2.${wantedGlibc(elf)}`),
      help: baseHelp(elf, libraries),
      details: { needed: elf.needed.join(","), lacking: lacks.join(",") },
    },
  );
}

function byVersion(left: string, right: string): number {
  return right.localeCompare(left, "en", { numeric: true });
}

/** The minor version of glibc 2 that a libc is. */
function glibcOf(libc: Library | undefined): number | undefined {
  const minors = minorsOf(libc?.defined ?? []);
  return minors.length === 0 ? undefined : Math.max(...minors);
}

function minorsOf(versions: readonly string[]): readonly number[] {
  return versions.flatMap((version) => {
    const match = /^GLIBC_2\.(\d+)/.exec(version);
    return match === null ? [] : [Number(match[1])];
  });
}

function wantedGlibc({ versions = {} }: Executable["elf"]): number {
  return Math.max(0, ...minorsOf(Object.values(versions).flat()));
}

function baseHelp(elf: Executable["elf"], libraries: readonly string[]): readonly string[] {
  const wanted = wantedGlibc(elf);
  const [fit] = GLIBC_BASES.find(([, minor]) => minor >= wanted) ?? [];
  const others = libraries.filter((each) => !IN_BASES.test(each.slice(each.lastIndexOf("/") + 1)));
  if (fit === undefined) {
    return [`use a base with glibc 2.${wanted} or later, or link statically`];
  }
  return others.length === 0 ? [`a base that has them: ${fit}`, "or link statically"] : [
    `use an image that has ${
      others.map((each) => printable(each)).join(", ")
    } installed, on glibc 2.${wanted} or later`,
    "or link statically",
  ];
}
