// Reads a Cargo.toml as `cargo metadata --no-deps` would tell of it: enough of cargo for tests whose
// projects are a few files in a temporary folder.
import { basename, dirname, join } from "node:path";
import { parse, TomlError } from "smol-toml";
import * as v from "valibot";

/** Why cargo refuses; `message` is what it prints. */
export class CargoRefusal extends Error {}

const Target = v.object({ name: v.string(), path: v.optional(v.string()) });

const text = v.optional(v.string());

const Manifest = v.object({
  package: v.optional(v.object({
    "name": v.string(),
    "version": v.optional(v.string(), "0.0.0"),
    "description": text,
    "license": text,
    "repository": text,
    "homepage": text,
    "documentation": text,
    "authors": v.optional(v.array(v.string()), []),
    "default-run": text,
    "metadata": v.optional(v.unknown()),
  })),
  bin: v.optional(v.array(Target), []),
  example: v.optional(v.array(Target), []),
  lib: v.optional(v.object({ name: text, path: text })),
  workspace: v.optional(v.object({
    "members": v.optional(v.array(v.string()), []),
    "default-members": v.optional(v.array(v.string())),
    "metadata": v.optional(v.unknown()),
  })),
});

type ManifestOf = v.InferOutput<typeof Manifest>;

/** What can be built of a package. */
export interface FakeTarget {
  readonly kind: "bin" | "lib" | "example";
  readonly name: string;
  /** Its source, absolute. */
  readonly path: string;
}

/** A package. */
export interface FakePackage {
  readonly id: string;
  readonly manifestPath: string;
  readonly facts: NonNullable<ManifestOf["package"]>;
  readonly targets: readonly FakeTarget[];
}

/** A workspace; a package that stands alone is one of its own. */
export interface FakeWorkspace {
  readonly root: string;
  readonly packages: readonly FakePackage[];
  /** What cargo builds where nothing is chosen. */
  readonly defaults: readonly FakePackage[];
  readonly metadata: unknown;
}

/**
 * Reads the workspace that a folder lies in.
 *
 * @throws {CargoRefusal}
 */
export function readWorkspace(folder: string): FakeWorkspace {
  const own = findManifest(folder);
  const root = findRoot(own);
  const manifest = readManifest(root, folder);
  const at = dirname(root);
  const members = (patterns: readonly string[]): readonly FakePackage[] =>
    patterns.flatMap((pattern) => expand(at, pattern))
      .map((member) => packageOf(join(at, member, "Cargo.toml"), folder));
  const self = manifest.package === undefined ? [] : [packageOf(root, folder)];
  const packages = [...self, ...members(manifest.workspace?.members ?? [])];
  const chosen = manifest.workspace?.["default-members"];
  const inside = packages.filter(({ manifestPath }) => manifestPath === own && own !== root);
  const general = chosen !== undefined ? members(chosen) : self.length > 0 ? self : packages;
  return {
    root: at,
    packages,
    defaults: inside.length > 0 ? inside : general,
    metadata: manifest.workspace?.metadata ?? null,
  };
}

function findManifest(folder: string): string {
  for (let at = folder;; at = dirname(at)) {
    const path = join(at, "Cargo.toml");
    if (isFile(path)) return path;
    if (dirname(at) === at) break;
  }
  throw new CargoRefusal(
    `error: could not find \`Cargo.toml\` in \`${folder}\` or any parent directory\n`,
  );
}

/** The manifest with `[workspace]` at or above one; that itself where there is none. */
function findRoot(manifest: string): string {
  for (let at = dirname(manifest);; at = dirname(at)) {
    const path = join(at, "Cargo.toml");
    if (isFile(path) && /^\[workspace[\].]/m.test(Deno.readTextFileSync(path))) return path;
    if (dirname(at) === at) return manifest;
  }
}

function readManifest(path: string, folder: string): ManifestOf {
  try {
    return v.parse(Manifest, parse(Deno.readTextFileSync(path)));
  } catch (error) {
    if (!(error instanceof TomlError)) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new CargoRefusal(
        `error: failed to parse manifest at \`${path}\`\n\nCaused by:\n  ${reason}\n`,
      );
    }
    const shown = dirname(path) === folder ? "Cargo.toml" : path;
    const reason = error.message.split("\n")[0]?.replace(/^Invalid TOML document: /, "");
    throw new CargoRefusal(`error: ${reason}\n --> ${shown}:${error.line}:${error.column}\n`);
  }
}

function packageOf(path: string, folder: string): FakePackage {
  const manifest = readManifest(path, folder);
  const at = dirname(path);
  const facts = manifest.package;
  if (facts === undefined) {
    throw new CargoRefusal(
      `error: failed to parse manifest at \`${path}\`\n\nCaused by:\n  virtual\n`,
    );
  }
  const targets = targetsOf(manifest, facts.name, at);
  if (targets.length === 0) {
    throw new CargoRefusal(
      `error: failed to parse manifest at \`${path}\`\n\nCaused by:\n` +
        "  no targets specified in the manifest\n" +
        "  either src/lib.rs, src/main.rs, a [lib] section, or [[bin]] section must be present\n",
    );
  }
  return {
    id: `path+file://${at}#${facts.name}@${facts.version}`,
    manifestPath: path,
    facts,
    targets,
  };
}

function targetsOf(manifest: ManifestOf, name: string, at: string): readonly FakeTarget[] {
  const library = join(at, manifest.lib?.path ?? "src/lib.rs");
  const found = [
    ...(isFile(library) ? [target("lib", manifest.lib?.name ?? name, library)] : []),
    ...manifest.bin.map((bin) => target("bin", bin.name, join(at, bin.path ?? "src/main.rs"))),
    ...(isFile(join(at, "src/main.rs")) ? [target("bin", name, join(at, "src/main.rs"))] : []),
    ...rustFiles(join(at, "src/bin")).map((path) => target("bin", basename(path, ".rs"), path)),
    ...rustFiles(join(at, "examples")).map((path) =>
      target("example", basename(path, ".rs"), path)
    ),
  ];
  // A target that the manifest describes takes the file that would be found by itself.
  return found.filter((one, index) => found.findIndex(({ path }) => path === one.path) === index);
}

function target(kind: FakeTarget["kind"], name: string, path: string): FakeTarget {
  return { kind, name, path };
}

/** Members as a pattern names them: a path, or `folder/*`. */
function expand(root: string, pattern: string): readonly string[] {
  if (!pattern.endsWith("/*")) return [pattern];
  const folder = pattern.slice(0, -2);
  return [...Deno.readDirSync(join(root, folder))]
    .filter(({ name }) => isFile(join(root, folder, name, "Cargo.toml")))
    .map(({ name }) => join(folder, name)).sort();
}

function rustFiles(folder: string): readonly string[] {
  try {
    return [...Deno.readDirSync(folder)].filter(({ name }) => name.endsWith(".rs"))
      .map(({ name }) => join(folder, name)).sort();
  } catch {
    return [];
  }
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
