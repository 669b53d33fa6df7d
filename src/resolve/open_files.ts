// Reads the files that `-f` names, in the order in which they are named, folders by name.
import { basename, dirname, join, resolve } from "node:path";
import { KrustError } from "../core/error.ts";
import type { Host } from "../core/host.ts";
import { printable } from "../core/printable.ts";
import { type Cancel, concat } from "../core/streams.ts";
import type { DocumentFile } from "./document_file.ts";

/** Where files are looked for. */
export interface OpenFilesOptions extends Cancel {
  /** Whether folders within folders are read, too. */
  readonly recursive: boolean;
}

/** The largest file, in bytes; bundles of custom resource definitions have several megabytes. */
export const FILE_LIMIT = 64 * 1024 * 1024;

/** What standard input is called. */
const STDIN = "-";

const ENDINGS = /\.(yaml|yml|json)$/;

/**
 * The files of all paths; `-` is standard input.
 *
 * @throws {KrustError} `usage` where there is no such path, or no YAML in a folder; `input-failed`
 * where a file cannot be read; `yaml-invalid` where it is no text.
 */
export async function openFiles(
  paths: readonly string[],
  host: Pick<Host, "cwd" | "stdin">,
  options: OpenFilesOptions,
): Promise<readonly DocumentFile[]> {
  if (paths.filter((path) => path === STDIN).length > 1) {
    throw new KrustError("usage", "standard input can be read once: -f - is given twice", {
      help: ["give it once"],
    });
  }
  const files: DocumentFile[] = [];
  for (const path of paths) {
    options.signal?.throwIfAborted();
    if (path === STDIN) {
      files.push({ name: STDIN, text: decode(await host.stdin.bytes(FILE_LIMIT, options), STDIN) });
      continue;
    }
    for (const name of await filesAt(path, host, options)) files.push(await openFile(name, host));
  }
  return files;
}

/** The files at a path as the user would name them. */
async function filesAt(
  path: string,
  { cwd }: Pick<Host, "cwd">,
  { recursive }: OpenFilesOptions,
): Promise<readonly string[]> {
  if (!(await statOf(resolve(cwd, path), path)).isDirectory) return [path];
  const names = await filesIn(path, cwd, recursive);
  if (names.length > 0) return names;
  throw new KrustError("usage", `No YAML files found in directory ${printable(path)}`, {
    help: recursive ? [] : ["folders within it are read with -R"],
  });
}

async function filesIn(folder: string, cwd: string, recursive: boolean): Promise<string[]> {
  const names: string[] = [];
  for (const name of await entriesOf(resolve(cwd, folder), folder)) {
    const path = join(folder, name);
    // A link to a folder is not followed: it may lead back to where it stands.
    const { isDirectory } = await Deno.lstat(resolve(cwd, path));
    if (isDirectory) {
      if (recursive) names.push(...await filesIn(path, cwd, recursive));
    } else if (ENDINGS.test(name) && !(await statOf(resolve(cwd, path), path)).isDirectory) {
      names.push(path);
    }
  }
  return names;
}

async function entriesOf(absolute: string, shown: string): Promise<readonly string[]> {
  try {
    const entries = await Array.fromAsync(Deno.readDir(absolute), ({ name }) => name);
    // By bytes, not by the words of some language: the order is the same everywhere.
    return entries.sort();
  } catch (error) {
    throw unreadable(shown, error);
  }
}

async function statOf(absolute: string, shown: string): Promise<Deno.FileInfo> {
  try {
    return await Deno.stat(absolute);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw unreadable(shown, error);
    throw new KrustError("usage", `Path does not exist: ${printable(shown)}`, {
      help: [`it is looked for as ${printable(absolute)}`],
    });
  }
}

async function openFile(name: string, { cwd }: Pick<Host, "cwd">): Promise<DocumentFile> {
  const path = resolve(cwd, name);
  let bytes: Uint8Array<ArrayBuffer>;
  try {
    bytes = await readUpTo(path, FILE_LIMIT + 1);
  } catch (error) {
    throw unreadable(name, error);
  }
  if (bytes.length > FILE_LIMIT) {
    throw new KrustError(
      "yaml-invalid",
      `${printable(name)}: it has more than ${FILE_LIMIT} bytes`,
    );
  }
  return { name, directory: dirname(path), text: decode(bytes, name) };
}

/** At most so many bytes of a file, which may be a pipe that never ends. */
async function readUpTo(path: string, limit: number): Promise<Uint8Array<ArrayBuffer>> {
  using file = await Deno.open(path, { read: true });
  const chunks: Uint8Array[] = [];
  let size = 0;
  const buffer = new Uint8Array(256 * 1024);
  for (let read; size < limit && (read = await file.read(buffer)) !== null;) {
    chunks.push(buffer.slice(0, read));
    size += read;
  }
  return concat(chunks, size);
}

function decode(bytes: Uint8Array, name: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new KrustError("yaml-invalid", `${printable(name)}: it is not UTF-8`, {
      help: [`convert it: iconv -t UTF-8 ${printable(basename(name))}`],
    });
  }
}

function unreadable(name: string, error: unknown): KrustError {
  return new KrustError("input-failed", `cannot read ${printable(name)}`, { cause: error });
}
