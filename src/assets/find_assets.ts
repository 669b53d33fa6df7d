// Finds the files of assets. Links are followed, for what they lead to is what a container can use, but
// never out of where the user meant (reliability.md S3): each one's real path is looked at.
import { basename, join } from "node:path";
import { KrustError } from "../core/error.ts";
import { printable } from "../core/printable.ts";
import type { Cancel } from "../core/streams.ts";
import { ENTRY_LIMIT } from "../core/tar_rules.ts";
import type { Asset, Found } from "./asset.ts";
import { nothingThere, refused, twoOfOne, unreadable } from "./faults.ts";
import { isInside, realPath } from "./guard.ts";
import { isPattern, parsePattern } from "./pattern.ts";

/** Options of {@linkcode findAssets}. */
export interface FindOptions extends Cancel {
  /** The project's folder, absolute: the workspace's root. */
  readonly project: string;
}

/** A search under way. */
interface Search extends Cancel {
  readonly asset: Asset;
  /** The folders that links may lead into, without links themselves. */
  readonly roots: readonly string[];
  /** What was found of it so far, by path in the image. */
  readonly found: Map<string, Found>;
}

/** A place on this machine, without links, and what it is to be in the image. */
interface Place {
  readonly source: string;
  readonly path: string;
}

/**
 * All that assets hold, sorted by path in the image. Of a folder its content goes there, as with `cp -r
 * folder/. destination`; of a pattern each match, below the folder where its first sign stands.
 *
 * @throws {KrustError} `config-invalid` where there is nothing at a source, or two files would be one;
 * `asset-refused` for links that lead outside or nowhere, for what is neither file nor folder, for names
 * that are not UTF-8, and for what cannot be read.
 */
export async function findAssets(
  assets: readonly Asset[],
  { project, signal }: FindOptions,
): Promise<readonly Found[]> {
  const found = new Map<string, Found>();
  const root = await Deno.realPath(project).catch(() => project);
  for (const asset of assets) {
    const own = new Map<string, Found>();
    const search: Search = { asset, roots: [root], found: own, ...(signal ? { signal } : {}) };
    const info = await Deno.lstat(asset.source).catch((error) => {
      if (error instanceof Deno.errors.NotFound) return undefined;
      throw unreadable(asset.source, error);
    });
    if (info !== undefined) await takeSource(search);
    else if (isPattern(asset.source)) await takeMatches(search);
    else if (asset.optional !== true) throw nothingThere(asset);
    for (const one of own.values()) put({ asset, found }, one);
  }
  return [...found.values()].toSorted((left, right) => left.path < right.path ? -1 : 1);
}

/** What a source names by itself. A user's own choice may be a link to anywhere; a project's may not. */
async function takeSource(search: Search): Promise<void> {
  const { asset, roots } = search;
  const source = await realPath(asset.source, asset.namedBy === "user" ? undefined : roots);
  const info = await Deno.stat(source);
  if (info.isDirectory) {
    return await takeFolder({ ...search, roots: [...roots, source] }, {
      source,
      path: asset.destination,
    }, [source]);
  }
  if (asset.optional === true) {
    throw new KrustError("config-invalid", `"${printable(asset.source)}" is a file, not a folder`, {
      help: ["put the files for the image into a folder of this name"],
    });
  }
  const path = asset.destination.endsWith("/")
    ? `${asset.destination}${basename(asset.source)}`
    : asset.destination;
  takeFile(search, { source, path }, info);
}

async function takeMatches(search: Search): Promise<void> {
  const { asset, roots, found } = search;
  const { folder, names } = parsePattern(asset.source);
  const source = await realPath(folder, asset.namedBy === "user" ? undefined : roots)
    .catch((error) => {
      throw error instanceof Deno.errors.NotFound ? nothingThere(asset) : error;
    });
  const inside = { ...search, roots: [...roots, source] };
  await matchNames(inside, { source, path: asset.destination }, names, names.includes("**"));
  if (found.size === 0) throw nothingThere(asset);
}

/** Takes what matches the names from a folder on; with `**` among them files alone. */
async function matchNames(
  search: Search,
  { source, path }: Place,
  [name, ...rest]: readonly (RegExp | "**")[],
  filesAlone: boolean,
): Promise<void> {
  if (name === undefined) return;
  // `a/**` means whatever is below `a`.
  const following = name === "**" && rest.length === 0 ? [/^(?!\.)/] : rest;
  if (name === "**") await matchNames(search, { source, path }, following, filesAlone);
  for (const entry of await entriesOf(source)) {
    const visible = name === "**" ? !entry.name.startsWith(".") : name.test(entry.name);
    if (!visible) continue;
    const inner = { source: join(source, entry.name), path: below(path, entry.name) };
    if (name === "**") {
      // A link to a folder would be a way round, and perhaps for ever.
      if (entry.isDirectory) await matchNames(search, inner, [name, ...rest], filesAlone);
    } else if (rest.length === 0) {
      await takeEntry(search, inner, entry, { ancestors: [source], filesAlone });
    } else {
      const real = entry.isSymlink ? await realPath(inner.source, search.roots) : inner.source;
      const folder = entry.isDirectory || (entry.isSymlink && (await Deno.stat(real)).isDirectory);
      if (folder) await matchNames(search, { ...inner, source: real }, rest, filesAlone);
    }
  }
}

/** Takes the content of a folder; `ancestors` are the folders that it is in, links followed. */
async function takeFolder(
  search: Search,
  { source, path }: Place,
  ancestors: readonly string[],
): Promise<void> {
  search.signal?.throwIfAborted();
  const entries = await entriesOf(source);
  if (entries.length === 0 && ancestors.length > 1) put(search, { type: "directory", path });
  for (const entry of entries) {
    const inner = { source: join(source, entry.name), path: below(path, entry.name) };
    await takeEntry(search, inner, entry, { ancestors, filesAlone: false });
  }
}

async function takeEntry(
  search: Search,
  { source: written, path }: Place,
  entry: Deno.DirEntry,
  options: { readonly ancestors: readonly string[]; readonly filesAlone: boolean },
): Promise<void> {
  const { ancestors, filesAlone } = options;
  const source = entry.isSymlink ? await realPath(written, search.roots) : written;
  const info = statusOf(source, written);
  if (!info.isDirectory) return takeFile(search, { source, path }, info);
  if (filesAlone) return;
  if (ancestors.some((ancestor) => isInside(ancestor, source))) {
    throw refused(
      `the link "${printable(written)}" leads to "${printable(source)}", which it is in`,
    );
  }
  await takeFolder(search, { source, path }, [...ancestors, source]);
}

/** What a path is. The call is one of microseconds: to wait for it elsewhere takes ten times as long. */
function statusOf(path: string, written: string): Deno.FileInfo {
  try {
    return Deno.lstatSync(path);
  } catch (error) {
    throw unreadable(written, error);
  }
}

function takeFile(search: Search, { source, path }: Place, info: Deno.FileInfo): void {
  if (!info.isFile) throw refused(`"${printable(source)}" is neither a file nor a folder`);
  const executable = ((info.mode ?? 0) & 0o100) !== 0;
  const mode = search.asset.mode ?? (executable ? 0o755 : 0o644);
  put(search, { type: "file", path, source, size: info.size, mode });
}

function put({ found, asset }: Pick<Search, "found" | "asset">, one: Found): void {
  const other = found.get(one.path);
  const same = other?.type === one.type &&
    (one.type === "directory" || other.type === "file" && other.source === one.source);
  if (other !== undefined && !same) throw twoOfOne(asset, one.path);
  found.set(one.path, one);
  if (found.size > ENTRY_LIMIT) throw refused(`there are more than ${ENTRY_LIMIT} files`);
}

function below(path: string, name: string): string {
  return path.endsWith("/") ? `${path}${name}` : `${path}/${name}`;
}

/** What is in a folder, sorted. */
async function entriesOf(folder: string): Promise<readonly Deno.DirEntry[]> {
  try {
    const entries = await Array.fromAsync(Deno.readDir(folder));
    return entries.toSorted((left, right) => left.name < right.name ? -1 : 1);
  } catch (error) {
    throw unreadable(folder, error);
  }
}
