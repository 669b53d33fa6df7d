// The content of a response: encodings undone, since digests are of what was meant, and a connection
// that breaks off named for what it is.
import { type ErrorCode, KrustError } from "../core/error.ts";
import { printable } from "../core/printable.ts";
import type { Bytes } from "../core/streams.ts";
import { TimeLimitError } from "../core/time_limits.ts";
import type { Ask } from "./connection.ts";
import { RegistryError } from "./errors.ts";
import { discard } from "./exchange.ts";
import { timeLimitError } from "./network_error.ts";
import { relay } from "./relay.ts";
import type { Answer } from "./redirect.ts";

/**
 * The bytes of an answer. Nothing is verified here.
 *
 * @param brokenCode what a connection that breaks off is.
 * @throws {RegistryError} `registry-rejected` for an encoding that was not asked for and is not known;
 * `brokenCode`, retryable and through the stream, where the connection breaks.
 */
export async function contentOf(
  { response, url }: Answer,
  ask: Ask,
  brokenCode: ErrorCode,
): Promise<Bytes> {
  const { label } = ask.attempt;
  const total = response.headers.get("content-length") ?? "an unknown number of";
  const broken = (got: number, cause: unknown): unknown => {
    if (ask.signal?.aborted === true) return cause;
    if (cause instanceof TimeLimitError) return timeLimitError(cause, label);
    if (cause instanceof KrustError) return cause;
    return new RegistryError(
      brokenCode,
      `${label}: ${url.host} broke off: got ${got} of ${total} bytes`,
      {
        retryable: true,
        ...(cause instanceof Error ? { cause: new Error(printable(cause.message)) } : {}),
      },
    );
  };
  const body: Bytes = response.body ?? new Blob([]).stream();
  const encoding = response.headers.get("content-encoding")?.toLowerCase() ?? "";
  if (encoding === "" || encoding === "identity") return named(body, broken);
  // Some proxies compress what was asked for as it is.
  if (encoding === "gzip" || encoding === "x-gzip") {
    return named(body.pipeThrough(sliced()).pipeThrough(new DecompressionStream("gzip")), broken);
  }
  await discard(response);
  throw new RegistryError(
    "registry-rejected",
    `${label}: ${url.host} sent an encoding that was not asked for: ${printable(encoding, 40)}`,
  );
}

/** Bytes of a chunk that is decompressed at once: whatever comes of one is in memory whole. */
const SLICE = 4 * 1024;

/** The same bytes in small chunks, each of which a thousandfold growth leaves at a few MiB. */
function sliced(): TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>> {
  return new TransformStream({
    transform(chunk, controller): void {
      for (let at = 0; at < chunk.length; at += SLICE) {
        controller.enqueue(chunk.subarray(at, at + SLICE));
      }
    },
  });
}

/** Bytes whose failure is named, given how many came before it. */
function named(bytes: Bytes, name: (got: number, cause: unknown) => unknown): Bytes {
  let got = 0;
  return relay(bytes, {
    chunk: (chunk) => void (got += chunk.length),
    fail: (error) => name(got, error),
  });
}
