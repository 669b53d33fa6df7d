// Who may import whom (architecture.md section 3), checked over a module graph. Types count.

/** A module and what it imports, by path from the root (`src/core/json.ts`) or by `npm:` name. */
export interface Module {
  /** Path from the project's root. */
  readonly path: string;
  /** Paths of ours, and `npm:NAME` for libraries. */
  readonly imports: readonly string[];
}

/** The rule book. */
export interface Rules {
  /** For each folder of `src/` the other folders that it may import. */
  readonly folders: Readonly<Record<string, readonly string[]>>;
  /** For each library, and file outside `src/`, the folders and files that may import it. */
  readonly outside: Readonly<Record<string, readonly string[]>>;
}

const BELOW_BUILD = [
  "core",
  "oci",
  "report",
  "store",
  "registry",
  "cargo",
  "image",
  "sources",
  "sinks",
  "assets",
];
const BELOW_CLI = [...BELOW_BUILD, "auth", "config", "build", "resolve"];

/** krust's own rules. A new folder or library starts with a line here. */
export const RULES: Rules = {
  folders: {
    core: [],
    oci: ["core"],
    report: ["core"],
    store: ["core", "oci"],
    registry: ["core", "oci"],
    cargo: ["core", "oci"],
    image: ["core", "oci", "store"],
    assets: ["core", "image"],
    auth: ["core", "oci", "registry"],
    sources: ["core", "oci", "image", "store", "registry", "report"],
    sinks: ["core", "oci", "image", "store", "registry", "report"],
    config: ["core", "oci"],
    build: BELOW_BUILD,
    resolve: ["core", "oci", "report"],
    cli: BELOW_CLI,
    "mod.ts": BELOW_CLI,
    "testing.ts": BELOW_CLI,
  },
  outside: {
    // The version is there and nowhere else.
    "deno.json": ["src/cli/"],
    "npm:smol-toml": ["src/core/toml.ts"],
    "npm:modern-tar": ["src/core/tar.ts"],
    "npm:commander": ["src/cli/"],
    "npm:yaml": ["src/resolve/"],
    "npm:valibot": BELOW_CLI.map((folder) => `src/${folder}/`),
  },
};

/** The folder of `src/` that a path lies in; for a file right in `src/` its name. */
function folderOf(path: string): string | undefined {
  return /^src\/([^/]+)/.exec(path)?.[1];
}

/** Every breach of the rules by the modules in `src/`, a sentence each; none where all is well. */
export function breaches(modules: readonly Module[], rules: Rules): readonly string[] {
  const found = modules.flatMap((module) => {
    const folder = folderOf(module.path);
    if (folder === undefined) return [];
    const allowed = rules.folders[folder];
    if (allowed === undefined) return [`${module.path}: "${folder}" is not in the table`];
    return module.imports.flatMap((target) =>
      folderOf(target) === undefined
        ? outsideBreach(module.path, target, rules)
        : folderBreach(module.path, folder, target, allowed)
    );
  });
  return [...found, ...cycles(modules)];
}

function outsideBreach(path: string, target: string, rules: Rules): readonly string[] {
  const places = rules.outside[target];
  if (places === undefined) return [`${path} imports ${target}, which is not in the table`];
  const allowed = places.some((place) =>
    path === place || place.endsWith("/") && path.startsWith(place)
  );
  return allowed ? [] : [`${path} imports ${target}, which belongs to ${places.join(", ")}`];
}

function folderBreach(
  path: string,
  folder: string,
  target: string,
  allowed: readonly string[],
): readonly string[] {
  const there = folderOf(target);
  if (there === undefined || there === folder || allowed.includes(there)) return [];
  return [`${path} imports ${target}: ${folder} may import ${allowed.join(", ") || "nothing"}`];
}

/** A sentence for each ring of folders that import each other, whatever the table says. */
function cycles(modules: readonly Module[]): readonly string[] {
  const edges = new Map<string, Set<string>>();
  for (const { path, imports } of modules) {
    const from = folderOf(path);
    if (from === undefined) continue;
    const targets = edges.get(from) ?? new Set();
    for (const target of imports) {
      const to = folderOf(target);
      if (to !== undefined && to !== from) targets.add(to);
    }
    edges.set(from, targets);
  }
  const found = new Set<string>();
  const done = new Set<string>();
  const visit = (folder: string, trail: readonly string[]): void => {
    const at = trail.indexOf(folder);
    if (at >= 0) found.add(`cycle: ${[...trail.slice(at), folder].join(" → ")}`);
    if (at >= 0 || done.has(folder)) return;
    for (const next of edges.get(folder) ?? []) visit(next, [...trail, folder]);
    done.add(folder);
  };
  for (const folder of edges.keys()) visit(folder, []);
  return [...found];
}
