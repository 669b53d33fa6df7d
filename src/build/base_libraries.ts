// The shared libraries of a base image, read from its layers: what each is for, what it defines, and
// where links lead. A layer is streamed once, and what it holds is remembered by its digest.
import * as v from "valibot";
import { type ElfHeaders, readElf } from "../cargo/elf.ts";
import { sha256 } from "../core/digest.ts";
import { KrustError } from "../core/error.ts";
import { gunzip } from "../core/gunzip.ts";
import { type Cancel, collect } from "../core/streams.ts";
import { readTar, type TarRecord } from "../core/tar.ts";
import type { Layer } from "../image/image.ts";
import { MEDIA_TYPE, ociLayerType } from "../oci/media_type.ts";
import type { Store } from "../store/store.ts";

const LibrarySchema = v.object({
  machine: v.string(),
  bits: v.number(),
  needed: v.array(v.string()),
  defined: v.array(v.string()),
});

const EntrySchema = v.variant("kind", [
  v.object({ kind: v.literal("library"), path: v.string(), library: LibrarySchema }),
  v.object({ kind: v.literal("link"), path: v.string(), target: v.string() }),
  v.object({ kind: v.literal("gone"), path: v.string() }),
  v.object({ kind: v.literal("opaque"), path: v.string() }),
]);

/** What is known of a shared library. */
export interface Library {
  /** Processor, in the words of target triples. */
  readonly machine: string;
  /** 32 or 64. */
  readonly bits: number;
  /** Libraries that it wants itself. */
  readonly needed: readonly string[];
  /** Versions of symbols that it defines. */
  readonly defined: readonly string[];
}

type LayerEntry =
  | { readonly kind: "library"; readonly path: string; readonly library: Library }
  | { readonly kind: "link"; readonly path: string; readonly target: string }
  | { readonly kind: "gone" | "opaque"; readonly path: string };

/** Folders that glibc's loader looks in, that of one architecture among them. */
const FOLDER = /^(usr\/)?(local\/)?lib(32|64|x32)?(\/[a-z0-9_]+-linux-[a-z0-9]+)?$/;

/** The largest library that is read, in bytes; larger ones are there, with nothing known of them. */
const LIBRARY_LIMIT = 64 * 1024 * 1024;

/** Most links on the way to a file, as in Linux. */
const LINK_LIMIT = 40;

/** The libraries in the file system that an image's layers make together. */
export class BaseLibraries {
  readonly #libraries = new Map<string, Library>();
  readonly #links = new Map<string, string>();

  /**
   * Reads the layers of a base, the lowest first.
   *
   * @throws {KrustError} what opening a layer throws; `document-invalid` for one that is no archive.
   */
  static async read(
    layers: readonly Layer[],
    store: Store,
    options: Cancel = {},
  ): Promise<BaseLibraries> {
    const libraries = new BaseLibraries();
    for (const layer of layers) libraries.#put(await entriesOf(layer, store, options));
    return libraries;
  }

  /** The library at an absolute path, wherever links lead from there. */
  at(path: string): Library | undefined {
    let rest = path.split("/").filter((part) => part !== "");
    let real: string[] = [];
    for (let links = 0; rest.length > 0;) {
      const [part = "", ...others] = rest;
      rest = others;
      if (part === ".") continue;
      if (part === "..") {
        real.pop();
        continue;
      }
      const target = this.#links.get([...real, part].join("/"));
      if (target === undefined) {
        real.push(part);
      } else {
        if (++links > LINK_LIMIT) return undefined;
        if (target.startsWith("/")) real = [];
        rest = [...target.split("/").filter((each) => each !== ""), ...rest];
      }
    }
    return this.#libraries.get(real.join("/"));
  }

  /** Whether there is any library at all. */
  get empty(): boolean {
    return this.#libraries.size === 0;
  }

  #put(entries: readonly LayerEntry[]): void {
    // What a layer takes away is taken from those beneath, wherever in the archive that is said.
    for (const { kind, path } of entries) {
      if (kind === "gone") this.#remove(path, true);
      if (kind === "opaque") this.#remove(path, false);
    }
    for (const entry of entries) {
      if (entry.kind === "library") {
        this.#links.delete(entry.path);
        this.#libraries.set(entry.path, entry.library);
      } else if (entry.kind === "link") {
        this.#libraries.delete(entry.path);
        this.#links.set(entry.path, entry.target);
      }
    }
  }

  #remove(path: string, itself: boolean): void {
    for (const map of [this.#libraries, this.#links]) {
      for (const key of map.keys()) {
        if (key.startsWith(`${path}/`) || (itself && key === path)) map.delete(key);
      }
    }
  }
}

/** Raised when what is remembered of a layer changes. */
const VERSION = 1;

const RememberedSchema = v.array(EntrySchema);

async function entriesOf(
  layer: Layer,
  store: Store,
  options: Cancel,
): Promise<readonly LayerEntry[]> {
  const { digest } = layer.descriptor;
  const key = sha256(new TextEncoder().encode(`libraries ${VERSION} ${digest}`));
  const remembered = v.safeParse(RememberedSchema, await store.recall(key));
  if (remembered.success) return remembered.output;
  const entries: LayerEntry[] = [];
  const what = `layer ${digest} of the base image`;
  const bytes = await layer.open(options);
  const mediaType = ociLayerType(layer.descriptor.mediaType);
  if (mediaType === MEDIA_TYPE.layerZstd) {
    await bytes.cancel();
    throw new KrustError("document-invalid", `cannot look for libraries in ${what}: it is zstd`, {
      help: ["use a base whose layers are gzip, or link statically"],
    });
  }
  const archive = mediaType === MEDIA_TYPE.layerGzip ? gunzip(bytes, what) : bytes;
  for await (const record of readTar(archive, what, options)) {
    const entry = await entryOf(record, entries);
    if (entry !== undefined) entries.push(entry);
  }
  await store.remember(key, entries);
  return entries;
}

async function entryOf(
  record: TarRecord,
  before: readonly LayerEntry[],
): Promise<LayerEntry | undefined> {
  const { path, type, linkname } = record;
  const cut = path.lastIndexOf("/");
  const [folder, name] = [path.slice(0, Math.max(0, cut)), path.slice(cut + 1)];
  if (name === ".wh..wh..opq") return { kind: "opaque", path: folder };
  if (name.startsWith(".wh.")) {
    return { kind: "gone", path: [folder, name.slice(4)].filter((part) => part !== "").join("/") };
  }
  // A link may be the folder itself: `lib` is `usr/lib` almost everywhere.
  if (type === "symlink" && (FOLDER.test(path) || FOLDER.test(folder))) {
    return { kind: "link", path, target: linkname };
  }
  if (!FOLDER.test(folder) || !/\.so(\.|$)/.test(name)) return undefined;
  if (type === "link") {
    const library = before.find((entry) => entry.path === linkname.replace(/^\.?\//, ""));
    return library === undefined ? undefined : { ...library, path };
  }
  if (type !== "file") return undefined;
  const library = await readLibrary(record);
  return library === undefined ? undefined : { kind: "library", path, library };
}

async function readLibrary(
  { path, size, body }: TarRecord,
): Promise<Library | undefined> {
  if (size > LIBRARY_LIMIT) return undefined;
  const bytes = await collect(body, LIBRARY_LIMIT, path);
  let headers: ElfHeaders;
  try {
    const read = (offset: number, length: number): Promise<Uint8Array> =>
      Promise.resolve(bytes.subarray(offset, offset + length));
    headers = await readElf({ size: bytes.length, read }, path);
  } catch (error) {
    // Linker scripts are called libc.so, too.
    if (error instanceof KrustError && error.code === "executable-mismatch") return undefined;
    throw error;
  }
  const { machine, bits, needed, defined = [] } = headers;
  return { machine, bits, needed, defined };
}
