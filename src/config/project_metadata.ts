// `[package.metadata.krust]` and `[workspace.metadata.krust]`, as cargo gives them. Whoever wrote the
// project is not trusted: what may stand there is what cannot hurt its user (reliability.md S6).
import { dirname, isAbsolute, relative, resolve, sep } from "node:path";
import { nearestWord } from "../core/nearest.ts";
import { locateKey } from "../core/toml_keys.ts";
import { parseAsset } from "./asset_text.ts";
import { type Document, faultAt } from "./document.ts";
import { openSettings, type SettingsRules } from "./document_layer.ts";
import type { Layer, Origin } from "./layer.ts";
import { readTable } from "./reader.ts";

/** Which of the two tables. */
export type MetadataTable = "package" | "workspace";

/** Where a project's settings stand, and what they may speak of. */
export interface Manifest {
  /** The Cargo.toml, absolute. */
  readonly path: string;
  /** Its text, for the lines of errors. */
  readonly text: string;
  /** The folder that its paths must not leave, absolute; its own if not given. */
  readonly root?: string;
  /** The binaries and examples that tables may be about; any if not given. */
  readonly targets?: readonly string[];
}

/** A project's metadata as layers. */
export interface ProjectLayers {
  /** The table but for the binaries' own. */
  readonly layer: Layer;
  /** The binaries' own tables (`bin.NAME`), by name. */
  readonly bins: ReadonlyMap<string, Layer>;
}

/**
 * The layers that a project's metadata is; undefined where there is none. Cargo.toml is read again only
 * to say at which line a key stands; a file that cannot be read costs no more than that.
 *
 * @param value what `cargo metadata` says of the table.
 * @throws {KrustError} `config-invalid`.
 */
export async function loadProjectMetadata(
  table: MetadataTable,
  manifest: Omit<Manifest, "text">,
  value: unknown,
): Promise<ProjectLayers | undefined> {
  if (value === undefined || value === null) return undefined;
  const text = await Deno.readTextFile(manifest.path).catch(() => "");
  return parseProjectLayers(table, { ...manifest, text }, value);
}

/**
 * The layer that a value of `cargo metadata` is, without the binaries' own tables.
 *
 * @param manifest where the value stands, for errors.
 * @throws {KrustError} `config-invalid` as `path:line:column: …`.
 */
export function parseProjectMetadata(
  table: MetadataTable,
  manifest: Manifest,
  value: unknown,
): Layer {
  return parseProjectLayers(table, manifest, value).layer;
}

/**
 * The layers that a value of `cargo metadata` is. `bin` is two things there: as a list the choice of
 * binaries (`bins`, where a table has to stand beside it), as a table the settings of each.
 *
 * @throws {KrustError} `config-invalid` as `path:line:column: …`.
 */
export function parseProjectLayers(
  table: MetadataTable,
  manifest: Manifest,
  value: unknown,
): ProjectLayers {
  const { path, text } = manifest;
  const document = (label: string, kind: Origin["kind"]): Document => ({
    path,
    origin: { kind, label: `Cargo.toml [${label}]`, folder: dirname(path) },
    locate: (keyPath) => locateKey(text, [table, "metadata", "krust", ...keyPath]),
  });
  const top = document(`${table}.metadata.krust`, table);
  const { bin, ...others } = readTable(value, faultAt(top, []));
  const tables = isTable(bin) ? Object.entries(bin) : [];
  const rules = { refuse: refuseScope, check: outsideCheck(manifest) } satisfies SettingsRules;
  const bins = tables.map(([name, settings]) => {
    const at = ["bin", name];
    refuseUnknown(name, manifest, faultAt(top, at));
    return [
      name,
      openSettings(document(`${table}.metadata.krust.bin.${name}`, "bin"), settings, {
        ...rules,
        at,
        refuse: (scope, group) =>
          group === "What to build"
            ? "it is for the package, not for one binary"
            : refuseScope(scope),
      }).layer,
    ] as const;
  });
  const own = isTable(bin) ? others : value;
  return { layer: openSettings(top, own, rules).layer, bins: new Map(bins) };
}

function isTable(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value) &&
    !(value instanceof Date);
}

const refuseScope: SettingsRules["refuse"] = (scope) =>
  scope === "project"
    ? undefined
    : scope === "run"
    ? "it is for the command line alone"
    : "it is not allowed in project config: who runs krust decides it";

function refuseUnknown(
  name: string,
  { targets }: Manifest,
  fault: (reason: string) => Error,
): void {
  if (targets === undefined || targets.includes(name)) return;
  const nearest = nearestWord(name, targets);
  throw fault(
    `there is no such binary${nearest === undefined ? "" : `; the nearest is "${nearest}"`}`,
  );
}

/** Refuses assets whose source is outside of the project; where links lead is looked at when they are read. */
function outsideCheck(
  { path, root = dirname(path) }: Manifest,
): NonNullable<SettingsRules["check"]> {
  return (name, value) => {
    if (name !== "asset" || !Array.isArray(value)) return undefined;
    const sources = value.map((text) => parseAsset(text, (reason) => new Error(reason)).source);
    const outside = sources.some((source) => {
      const way = relative(root, resolve(dirname(path), source));
      return isAbsolute(source) || way === ".." || way.startsWith(`..${sep}`) || isAbsolute(way);
    });
    return outside
      ? "it is not allowed in project config: assets of a project are inside it"
      : undefined;
  };
}
