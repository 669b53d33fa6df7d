// Reading a blob: verified as it passes, gone on with where the connection broke, and fetched once more
// where it turns out to be something else.
import { type Bytes, type Cancel, section, verified } from "../core/streams.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import type { Ask, Connection } from "./connection.ts";
import { HELD_LIMIT, heldBack, type Part, refetchable, resumed } from "./download.ts";
import { discard } from "./exchange.ts";
import { contentOf } from "./reading.ts";
import { relay } from "./relay.ts";
import { retrying, type RetryPolicy } from "./retry.ts";

/** Who asks for a blob. */
export interface PullBlobOptions {
  /** The blob and where it is, for messages. */
  readonly name: string;
  /** On whose behalf. */
  readonly ask: Ask;
}

/**
 * Opens a blob (distribution-spec, "Pulling blobs").
 *
 * @throws {RegistryError} where the registry refuses or cannot be reached; through the stream where the
 * connection breaks for good, and `digest-mismatch` where the content is not what was promised.
 */
export async function pullBlob(
  connection: Connection,
  policy: RetryPolicy,
  descriptor: Descriptor,
  { name, ask }: PullBlobOptions,
): Promise<Bytes> {
  const { size } = descriptor;
  const open = async (cancel: Cancel): Promise<Bytes> => {
    const pull = new BlobPull(connection, descriptor, { ...ask, ...cancel });
    const first = await retrying(policy, () => pull.whole(), cancel);
    const bytes = resumed(first, { ...cancel, size, policy, open: (at) => pull.from(at) });
    return relay(verified(bytes, descriptor, name), { fail: refetchable });
  };
  const cancel: Cancel = ask.signal === undefined ? {} : { signal: ask.signal };
  const first = await open(cancel);
  return size > HELD_LIMIT ? first : heldBack(first, open, policy, cancel);
}

/** The requests for one blob. */
class BlobPull {
  readonly #connection: Connection;
  readonly #descriptor: Descriptor;
  readonly #ask: Ask;

  constructor(connection: Connection, descriptor: Descriptor, ask: Ask) {
    this.#connection = connection;
    this.#descriptor = descriptor;
    this.#ask = ask;
  }

  /** All of it. */
  async whole(): Promise<Part> {
    const { repository } = this.#ask;
    const { digest } = this.#descriptor;
    const endpoint = { kind: "get-blob", repository, digest } as const;
    const answer = await this.#connection.request(endpoint, this.#ask);
    if (answer.response.status !== 200) throw await this.#connection.failure(answer, this.#ask);
    return {
      bytes: await contentOf(answer, this.#ask, "network-failed"),
      announced: answer.response.headers.has("content-length"),
    };
  }

  /** What comes from `offset` on; undefined where the registry says that there is nothing. */
  async from(offset: number): Promise<Part | undefined> {
    const part = offset === 0 ? undefined : await this.#range(offset);
    if (part === "nothing") return undefined;
    if (part !== undefined) return part;
    const all = await this.whole();
    return { ...all, bytes: section(all.bytes, offset) };
  }

  /** The same by a range; undefined where the registry does not heed it. */
  async #range(offset: number): Promise<Part | "nothing" | undefined> {
    const { repository } = this.#ask;
    const { digest, size } = this.#descriptor;
    const endpoint = { kind: "get-blob", repository, digest } as const;
    const ask: Ask = { ...this.#ask, headers: { range: `bytes=${offset}-` } };
    const answer = await this.#connection.request(endpoint, ask);
    const { status, headers } = answer.response;
    const fits = isRangeFrom(headers.get("content-range"), offset, size);
    // An encoding is of the whole: what is inside cannot be counted from its middle.
    if (status === 206 && fits && !headers.has("content-encoding")) {
      return { bytes: await contentOf(answer, ask, "network-failed"), announced: true };
    }
    if (![200, 206, 416].includes(status)) throw await this.#connection.failure(answer, ask);
    await discard(answer.response);
    return status === 416 ? "nothing" : undefined;
  }
}

/** Whether a 206 is what was asked for: the bytes from `offset` on of so many (RFC 9110 14.4). */
export function isRangeFrom(header: string | null, offset: number, size: number): boolean {
  const pattern = /^bytes (\d{1,16})-\d{1,16}\/(\d{1,16}|\*)$/;
  const [, first, total] = pattern.exec(header?.trim() ?? "") ?? [];
  return Number(first) === offset && (total === "*" || Number(total) === size);
}
