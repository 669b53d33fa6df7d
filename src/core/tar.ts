// The one module over modern-tar: archives written and read as streams, nothing held in memory.
// What is written depends on the entries alone; what is read was written by anybody.
import { createTarDecoder, createTarPacker, type TarHeader } from "modern-tar";
import { KrustError, wrapError } from "./error.ts";
import { encodePax, XATTR_PREFIX } from "./pax.ts";
import { printable } from "./printable.ts";
import { type Body, type Bytes, bytesOf, type Cancel } from "./streams.ts";
import { ENTRY_LIMIT, isTarTime, pathFault } from "./tar_rules.ts";

/** What an entry is; devices, hard links and the rest are not written. */
export type TarEntryType = "file" | "directory" | "symlink";

/** An entry to write. */
export interface TarEntry {
  /** Relative path with `/` between its components and none at its ends. */
  readonly path: string;
  /** What it is. */
  readonly type: TarEntryType;
  /** Permission bits, sticky included; setuid and setgid are refused. */
  readonly mode: number;
  /** Seconds since 1970, whole. */
  readonly mtime: number;
  /** Owner; 0 if not given. */
  readonly uid?: number;
  /** Group; 0 if not given. */
  readonly gid?: number;
  /** Owner's name; none if not given. */
  readonly uname?: string;
  /** Group's name; none if not given. */
  readonly gname?: string;
  /** Where a symlink points. */
  readonly linkname?: string;
  /** A file's content; opened when its turn comes. Empty if not given. */
  readonly body?: Body;
  /** A file's extended attributes by their names, such as `security.capability`. */
  readonly xattrs?: Readonly<Record<string, Uint8Array>>;
}

/** An entry that was read. */
export interface TarRecord {
  /** Relative path; a directory's ends in no `/`. `.` is the archive's root. */
  readonly path: string;
  /** `other` is anything that krust has no use for: devices, pipes. */
  readonly type: TarEntryType | "link" | "other";
  /** Permission bits, setuid, setgid and sticky included. */
  readonly mode: number;
  /** Seconds since 1970. */
  readonly mtime: number;
  /** Owner. */
  readonly uid: number;
  /** Group. */
  readonly gid: number;
  /** Owner's name; empty where there is none. */
  readonly uname: string;
  /** Group's name; empty where there is none. */
  readonly gname: string;
  /** Where a link points; empty for anything else. */
  readonly linkname: string;
  /** Size of the content in bytes. */
  readonly size: number;
  /** The content: read it whole, or leave it alone; it is gone once the next entry is asked for. */
  readonly body: Bytes;
}

const MODES = 0o1777;

/**
 * Writes an archive: POSIX ustar, with PAX records only where a path, a size or an owner does not
 * fit. Entries go out in the order given; parents are the caller's to list.
 *
 * @throws {KrustError} through the stream: `store-failed` where a body cannot be read or is not of
 * its size, `internal` for an entry that must not be written (reliability.md S1).
 */
export function writeTar(
  entries: Iterable<TarEntry> | AsyncIterable<TarEntry>,
  options: Cancel = {},
): Bytes {
  const { readable, controller: packer } = createTarPacker();
  const reader = readable.getReader();
  const at: Feed = { path: "", wanted: Promise.withResolvers() };
  let feeding: Promise<void> | undefined;
  return new ReadableStream({
    async pull(controller): Promise<void> {
      feeding ??= feed(packer, entries, at, options);
      at.wanted.resolve();
      try {
        const { done, value } = await reader.read();
        at.wanted = Promise.withResolvers();
        if (!done) return controller.enqueue(asPlain(value));
      } catch (error) {
        await feeding;
        options.signal?.throwIfAborted();
        throw wrapError("store-failed", `cannot archive ${quoted(at.path)}`, error);
      }
      await feeding;
      controller.close();
    },
    async cancel(reason): Promise<void> {
      await reader.cancel(reason);
      at.wanted.resolve();
      await feeding;
    },
  }, { highWaterMark: 0 });
}

type Packer = ReturnType<typeof createTarPacker>["controller"];

/** Where the feeding of the packer is. */
interface Feed {
  /** The entry under way. */
  path: string;
  /** Resolved while somebody waits for bytes. */
  wanted: PromiseWithResolvers<void>;
}

/**
 * Lets bytes pass one chunk at a time, when they are wanted. The packer has a queue of 8 MiB of its
 * own, in which chunks would grow old enough that V8 is slow to free them.
 */
function onDemand(at: Feed): TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>> {
  return new TransformStream({
    async transform(chunk, controller): Promise<void> {
      await at.wanted.promise;
      controller.enqueue(chunk);
    },
  });
}

/** Feeds the packer; never rejects: what goes wrong comes out of the packer's stream. */
async function feed(
  packer: Packer,
  entries: Iterable<TarEntry> | AsyncIterable<TarEntry>,
  at: Feed,
  options: Cancel,
): Promise<void> {
  const seen = new Set<string>();
  try {
    for await (const entry of entries) {
      at.path = entry.path;
      guard(entry, seen);
      const header = headerOf(entry);
      if (entry.xattrs !== undefined) {
        const records = attributeRecords(entry);
        await bytesOf(records).pipeTo(packer.add(recordsHeader(header, records.length)), options);
      }
      const sink = packer.add(header);
      if (entry.type === "file" && entry.body !== undefined) {
        await (await entry.body.open(options)).pipeThrough(onDemand(at)).pipeTo(sink, options);
      } else {
        await sink.close();
      }
    }
    packer.finalize();
  } catch (error) {
    packer.error(error instanceof Error ? error : new Error(String(error)));
  }
}

function headerOf(entry: TarEntry): TarHeader {
  const directory = entry.type === "directory";
  return {
    name: directory ? `${entry.path}/` : entry.path,
    type: entry.type,
    size: entry.type === "file" ? entry.body?.size ?? 0 : 0,
    mode: entry.mode,
    mtime: new Date(entry.mtime * 1_000),
    uid: entry.uid ?? 0,
    gid: entry.gid ?? 0,
    uname: entry.uname ?? "",
    gname: entry.gname ?? "",
    ...(entry.linkname === undefined ? {} : { linkname: entry.linkname }),
  };
}

/** An entry's extended attributes as records that stand before it. */
function attributeRecords({ xattrs = {} }: TarEntry): Uint8Array<ArrayBuffer> {
  return encodePax(Object.fromEntries(
    Object.entries(xattrs).map(([name, value]) => [`${XATTR_PREFIX}${name}`, value]),
  ));
}

function recordsHeader({ mtime, ...header }: TarHeader, size: number): TarHeader {
  return {
    name: `PaxHeader/${header.name}`,
    type: "pax-header",
    size,
    mode: 0o644,
    ...(mtime === undefined ? {} : { mtime }),
    uid: 0,
    gid: 0,
    uname: "",
    gname: "",
  };
}

/** The most that an entry with records of ours may have of what the library writes records for. */
const PLAIN = { path: 100 - "PaxHeader/".length, size: 0o77777777777 };

/** Refuses what only a bug of ours could ask for. */
function guard(entry: TarEntry, seen: Set<string>): void {
  const refuse = (reason: string): KrustError =>
    new KrustError("internal", `cannot archive ${quoted(entry.path)}: ${reason}`);
  const fault = pathFault(entry.path);
  if (fault !== undefined) throw refuse(fault);
  if (seen.has(entry.path)) throw refuse("the path is there twice");
  if ((entry.mode & ~MODES) !== 0) throw refuse(`mode ${entry.mode.toString(8)} is not allowed`);
  if (!isTarTime(entry.mtime)) throw refuse(`time ${entry.mtime} is not allowed`);
  if ((entry.type === "symlink") !== (entry.linkname !== undefined)) {
    throw refuse("a symlink has a target, and nothing else has");
  }
  if (entry.linkname === "" || entry.linkname?.includes("\0")) throw refuse("bad link target");
  // Readers heed but one set of records before an entry, and the library would write a second one.
  const plain = new TextEncoder().encode(entry.path).length <= PLAIN.path &&
    (entry.body?.size ?? 0) <= PLAIN.size;
  if (entry.xattrs !== undefined && (entry.type !== "file" || !plain)) {
    throw refuse("extended attributes are for files with short paths");
  }
  seen.add(entry.path);
}

/**
 * Reads an archive entry by entry. Nothing is ever extracted here, and what would leave the folder
 * that somebody extracts to is refused (reliability.md S2).
 *
 * @param what names the archive in the error.
 * @throws {KrustError} `document-invalid` for what is no whole archive, or holds a path that is
 * absolute or has `..`, or more than {@linkcode ENTRY_LIMIT} entries.
 */
export async function* readTar(
  bytes: Bytes,
  what: string,
  options: Cancel = {},
): AsyncGenerator<TarRecord, void, void> {
  const decoder = createTarDecoder({ strict: true });
  const stop = new AbortController();
  const signal = options.signal === undefined
    ? stop.signal
    : AbortSignal.any([options.signal, stop.signal]);
  const feeding = bytes.pipeTo(decoder.writable, { signal }).then(
    () => undefined,
    (error: unknown) => ({ error }),
  );
  const reader = decoder.readable.getReader();
  let count = 0;
  try {
    while (true) {
      const { done, value } = await reader.read();
      if (done) break;
      if (++count > ENTRY_LIMIT) throw fault(what, `more than ${ENTRY_LIMIT} entries`);
      const content = value.body.getReader();
      yield record(value.header, content, what);
      await content.cancel();
    }
    const failed = await feeding;
    if (failed !== undefined) throw failed.error;
  } catch (error) {
    options.signal?.throwIfAborted();
    throw unreadable(what, error);
  } finally {
    stop.abort();
    await reader.cancel().catch(() => {});
    await feeding;
  }
}

function unreadable(what: string, error: unknown): KrustError {
  return wrapError("document-invalid", `${what} is not an archive that can be read`, error);
}

function fault(what: string, reason: string): KrustError {
  return new KrustError(
    "document-invalid",
    `${what} is not an archive that can be read: ${reason}`,
  );
}

type Content = ReadableStreamDefaultReader<Uint8Array>;

function record(header: TarHeader, content: Content, what: string): TarRecord {
  const { name, type = "file" } = header;
  const path = name.split("/").filter((part) => part !== "" && part !== ".").join("/");
  // The archive's own root, as `tar -C dir .` writes it, is the one path with nothing left of it.
  const root = path === "" && name.startsWith(".");
  const reason = name.startsWith("/") ? "the path is absolute" : root ? undefined : pathFault(path);
  if (reason !== undefined) throw fault(what, `entry ${quoted(name)}: ${reason}`);
  const known = type === "file" || type === "directory" || type === "symlink" || type === "link";
  return {
    path: root ? "." : path,
    type: known ? type : "other",
    mode: header.mode ?? 0,
    mtime: Math.floor((header.mtime?.getTime() ?? 0) / 1_000),
    uid: header.uid ?? 0,
    gid: header.gid ?? 0,
    uname: header.uname ?? "",
    gname: header.gname ?? "",
    linkname: header.linkname ?? "",
    size: header.size,
    body: new ReadableStream({
      async pull(controller): Promise<void> {
        try {
          const { done, value } = await content.read();
          if (done) controller.close();
          else controller.enqueue(asPlain(value));
        } catch (error) {
          throw unreadable(what, error);
        }
      },
      cancel: (reason) => content.cancel(reason),
    }, { highWaterMark: 0 }),
  };
}

function quoted(path: string): string {
  return `"${printable(path)}"`;
}

/** The same bytes typed as ours: modern-tar passes on the very chunks that it was given. */
function asPlain(chunk: Uint8Array): Uint8Array<ArrayBuffer> {
  return chunk.buffer instanceof ArrayBuffer
    ? new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength)
    : new Uint8Array(chunk);
}
