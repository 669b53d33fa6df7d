// What a build compiles, as `cargo tree` says it: each crate once for the target and once for this
// machine, and how it came in. Unlike Cargo.lock it knows of features, targets and kinds of dependency.

/** A crate of the build. */
export interface TreeCrate {
  /** Name. */
  readonly name: string;
  /** Version. */
  readonly version: string;
  /** Whether it runs on this machine: build scripts and procedural macros, and what they stand on. */
  readonly host: boolean;
  /** Names from the package to the crate itself. */
  readonly path: readonly string[];
  /** Names of what its build script stands on. */
  readonly buildDependencies: readonly string[];
}

interface OpenCrate extends TreeCrate {
  readonly buildDependencies: string[];
  /** Whether the crates beneath that come next are its build script's. */
  building: boolean;
}

/** A line: its depth as groups of four, the mark before a crate, the crate or heading. */
const LINE = /^((?:\| {3}| {4})*)([|`]-- )?(\S.*)$/;

/** The most lines that are read. */
const LINE_LIMIT = 100_000;

/** Reads what `cargo tree --charset ascii -e normal,build` prints for one package. */
export function readTree(text: string): readonly TreeCrate[] {
  const crates = new Map<string, OpenCrate>();
  const trail: OpenCrate[] = [];
  for (const line of text.split("\n", LINE_LIMIT)) {
    const match = LINE.exec(line);
    if (match === null) continue;
    const [, indent = "", mark, content = ""] = match;
    const level = indent.length / 4;
    const heading = /^\[([a-z]+)-dependencies\]$/.exec(content);
    if (heading !== null) {
      const parent = trail[level];
      if (parent !== undefined) parent.building = heading[1] === "build";
      continue;
    }
    const depth = mark === undefined ? 0 : level + 1;
    trail.length = Math.min(trail.length, depth);
    const parent = trail[depth - 1];
    const crate = openCrate(content, parent);
    if (parent?.building === true) parent.buildDependencies.push(crate.name);
    trail.push(crate);
    const key = `${crate.name} ${crate.version} ${crate.host}`;
    if (!crates.has(key)) crates.set(key, crate);
  }
  return [...crates.values()].map(({ building: _, ...crate }) => crate);
}

/** `name v1.2.3 (/where) (proc-macro) (*)` */
function openCrate(content: string, parent: OpenCrate | undefined): OpenCrate {
  const [name = "", version = ""] = content.split(" ");
  const under = parent !== undefined && (parent.host || parent.building);
  return {
    name,
    version: version.replace(/^v/, ""),
    host: under || content.includes(" (proc-macro)"),
    path: [...(parent?.path ?? []), name],
    buildDependencies: [],
    building: false,
  };
}
