// `[package.metadata.krust]` and `[workspace.metadata.krust]`, as cargo gives them. Whoever wrote the
// project is not trusted: what may stand there is what cannot hurt its user (reliability.md S6).
import { locateKey } from "../core/toml.ts";
import { openSettings } from "./document_layer.ts";
import type { Layer } from "./layer.ts";

/** Which of the two tables. */
export type MetadataTable = "package" | "workspace";

/**
 * The layer that a project's metadata is; undefined where there is none. Cargo.toml is read again only
 * to say at which line a key stands; a file that cannot be read costs no more than that.
 *
 * @param value what `cargo metadata` says of the table.
 * @throws {KrustError} `config-invalid`.
 */
export async function loadProjectMetadata(
  table: MetadataTable,
  manifestPath: string,
  value: unknown,
): Promise<Layer | undefined> {
  if (value === undefined || value === null) return undefined;
  const text = await Deno.readTextFile(manifestPath).catch(() => "");
  return parseProjectMetadata(table, { path: manifestPath, text }, value);
}

/**
 * The layer that a value of `cargo metadata` is.
 *
 * @param manifest where the value stands, for errors.
 * @throws {KrustError} `config-invalid` as `path:line:column: …`.
 */
export function parseProjectMetadata(
  table: MetadataTable,
  manifest: { readonly path: string; readonly text: string },
  value: unknown,
): Layer {
  const { path, text } = manifest;
  const { layer } = openSettings(
    {
      path,
      origin: { kind: table, label: `Cargo.toml [${table}.metadata.krust]` },
      locate: (keyPath) => locateKey(text, [table, "metadata", "krust", ...keyPath]),
    },
    value,
    {
      refuse: (scope) =>
        scope === "project"
          ? undefined
          : scope === "run"
          ? "it is for the command line alone"
          : "it is not allowed in project config: who runs krust decides it",
    },
  );
  return layer;
}
