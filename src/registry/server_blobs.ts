// Serving blobs: whole, in part (RFC 9110 14, one range), or only their size.
import type { Body, Bytes } from "../core/streams.ts";
import type { RegistryContents } from "./contents.ts";
import type { Endpoint } from "./endpoints.ts";
import { refusal } from "./errors.ts";

/** Answers a request for a blob. */
export async function answerBlob(
  endpoint: Extract<Endpoint, { kind: "get-blob" | "head-blob" | "delete-blob" }>,
  request: Request,
  contents: RegistryContents,
): Promise<Response> {
  const { kind, repository, digest } = endpoint;
  const unknown = (): Error =>
    refusal(404, "BLOB_UNKNOWN", `${repository} does not hold ${digest}`);
  if (kind === "delete-blob") {
    if (!await contents.deleteBlob(repository, digest)) throw unknown();
    return new Response(null, { status: 202 });
  }
  const body = await contents.findBlob(repository, digest);
  if (body === undefined) throw unknown();
  const headers = new Headers({
    "content-type": "application/octet-stream",
    "content-length": String(body.size),
    "docker-content-digest": digest,
    "accept-ranges": "bytes",
  });
  if (kind === "head-blob") return new Response(null, { headers });
  const range = parseRange(request.headers.get("range"), body.size);
  if (range === undefined) return new Response(await body.open(), { headers });
  if (range === "unsatisfiable") {
    return new Response(null, {
      status: 416,
      headers: { "content-range": `bytes */${body.size}` },
    });
  }
  headers.set("content-length", String(range.end - range.start));
  headers.set("content-range", `bytes ${range.start}-${range.end - 1}/${body.size}`);
  return new Response(await part(body, range), { status: 206, headers });
}

/** A part of some bytes: from `start` up to, but not including, `end`. */
export interface ByteRange {
  /** The first byte. */
  readonly start: number;
  /** The byte after the last. */
  readonly end: number;
}

/**
 * Reads a `Range` header; undefined for what is better answered whole: none, several ranges, another
 * unit, or nonsense (RFC 9110 14.2 lets a server ignore it).
 *
 * @param size bytes that there are.
 */
export function parseRange(
  header: string | null,
  size: number,
): ByteRange | "unsatisfiable" | undefined {
  const [, first, last] = /^bytes=(\d*)-(\d*)$/.exec(header?.trim() ?? "") ?? [];
  if (first === undefined || last === undefined || (first === "" && last === "")) return undefined;
  if (first === "") {
    const length = Math.min(Number(last), size);
    return length === 0 ? "unsatisfiable" : { start: size - length, end: size };
  }
  const start = Number(first);
  const end = last === "" ? size : Math.min(Number(last) + 1, size);
  if (last !== "" && Number(last) < start) return undefined;
  return start >= size ? "unsatisfiable" : { start, end };
}

async function part(body: Body, { start, end }: ByteRange): Promise<Bytes> {
  let at = 0;
  const bytes = await body.open();
  return bytes.pipeThrough(
    new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
      transform(chunk, controller): void {
        const piece = chunk.subarray(Math.max(0, start - at), Math.max(0, end - at));
        at += chunk.length;
        if (piece.length > 0) controller.enqueue(piece);
        if (at >= end) controller.terminate();
      },
    }),
  );
}
