// How a blob gets into a repository: it is there, it is mounted, or it goes up whole in one PUT
// (distribution-spec, "POST then PUT"). A try that fails starts over with a new upload session, since a
// session that broke off holds who knows how much.
import type { Body, Bytes, Cancel } from "../core/streams.ts";
import type { Blob, Descriptor } from "../oci/descriptor.ts";
import type { Repository } from "../oci/reference.ts";
import type { Ask, Connection } from "./connection.ts";
import { RegistryError } from "./errors.ts";
import { discard, SourceFailure } from "./exchange.ts";
import { withDigest } from "./redirect.ts";
import type { BlobOutcome, PushBlobOptions } from "./registry.ts";
import { retrying, type RetryPolicy } from "./retry.ts";
import { mergeScopes, pullScope, pushScope } from "./scope.ts";

/** Tries for a blob whose upload session got lost: three new sessions. */
const SESSION_ATTEMPTS = 4;
/** Tries for a blob that the registry says it got wrong. */
const DIGEST_ATTEMPTS = 2;

/**
 * Makes sure that a repository holds a blob.
 *
 * @throws {KrustError} what the blob's own source fails with, as it is, and never tried again.
 * @throws {RegistryError} where the registry refuses or cannot be reached.
 */
export async function pushBlob(
  connection: Connection,
  policy: RetryPolicy,
  repository: string,
  blob: Blob,
  options: PushBlobOptions = {},
): Promise<BlobOutcome> {
  const push = new BlobPush(connection, repository, blob, options);
  try {
    return await retrying(policy, () => push.attempt(), options);
  } catch (error) {
    throw error instanceof SourceFailure ? error.failure : error;
  }
}

/**
 * Whether a repository says that it holds a blob. Anything but a plain yes is a no: registries answer
 * 403, 405 or a 200 that says nothing to those who may well upload (ggcr#1691, gardener/cc-utils#1752).
 *
 * @throws {RegistryError} for a 401, and where there is no answer.
 */
export async function headBlob(
  connection: Connection,
  repository: string,
  blob: Pick<Descriptor, "digest"> & { readonly size?: number },
  ask: Ask,
): Promise<boolean> {
  const { digest, size } = blob;
  const answer = await connection.request({ kind: "head-blob", repository, digest }, ask);
  if (answer.response.status === 401 && answer.own) throw await connection.failure(answer, ask);
  await discard(answer.response);
  if (answer.response.status !== 200) return false;
  return size === undefined || answer.response.headers.get("content-length") === String(size);
}

/** One blob on its way into one repository. */
class BlobPush {
  readonly #connection: Connection;
  readonly #repository: string;
  readonly #blob: Blob;
  readonly #body: CountedBody;
  readonly #ask: Ask;
  readonly #force: boolean;
  /** Where to mount from; forgotten once the registry has refused to. */
  #origin: Repository | undefined;

  constructor(
    connection: Connection,
    repository: string,
    blob: Blob,
    options: PushBlobOptions,
  ) {
    const { host } = connection;
    this.#connection = connection;
    this.#repository = repository;
    this.#blob = blob;
    this.#force = options.force === true;
    const { origin } = blob;
    const near = origin?.registry === host && origin.name !== repository;
    this.#origin = near && !this.#force ? origin : undefined;
    this.#body = new CountedBody(blob, options.onSent);
    this.#ask = {
      repository,
      scopes: [pushScope(repository)],
      attempt: { host, label: `push to ${host}/${repository} of blob ${blob.descriptor.digest}` },
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    };
  }

  /** One try, from the look whether the blob is there to the end of its upload. */
  async attempt(): Promise<BlobOutcome> {
    this.#body.reset();
    if (!this.#force && await this.#isThere()) return "existing";
    const session = await this.#mount();
    if (session === "mounted") return "mounted";
    await this.#put(session ?? await this.#start());
    return "uploaded";
  }

  #isThere(): Promise<boolean> {
    return headBlob(this.#connection, this.#repository, this.#blob.descriptor, this.#ask);
  }

  /**
   * Mounts the blob from where it came, if that is on this registry; else gives the session that the
   * registry opened instead, if it did. Whatever else it says, an upload is tried.
   */
  async #mount(): Promise<"mounted" | URL | undefined> {
    const origin = this.#origin;
    if (origin === undefined) return undefined;
    const repository = this.#repository;
    const { digest } = this.#blob.descriptor;
    // The token names the destination first: some servers look at the first scope only.
    const ask: Ask = {
      ...this.#ask,
      scopes: mergeScopes(this.#ask.scopes, [pullScope(origin.name)]),
    };
    const endpoint = { kind: "mount-blob", repository, digest, from: origin.name } as const;
    try {
      const answer = await this.#connection.request(endpoint, ask);
      await discard(answer.response);
      if (answer.response.status === 201) return "mounted";
      this.#origin = undefined;
      return answer.response.status === 202 ? this.#connection.locate(answer, ask) : undefined;
    } catch (error) {
      if (!(error instanceof RegistryError) || error.code === "network-failed") throw error;
      this.#origin = undefined;
      return undefined;
    }
  }

  async #start(): Promise<URL> {
    const endpoint = { kind: "start-upload", repository: this.#repository } as const;
    const answer = await this.#connection.request(endpoint, this.#ask);
    if (answer.response.status !== 202) throw await this.#connection.failure(answer, this.#ask);
    await discard(answer.response);
    return this.#connection.locate(answer, this.#ask);
  }

  async #put(session: URL): Promise<void> {
    const { digest } = this.#blob.descriptor;
    const ask: Ask = {
      ...this.#ask,
      headers: { "content-type": "application/octet-stream" },
      body: this.#body,
    };
    const answer = await this.#connection.send("PUT", withDigest(session, digest), ask);
    const { response } = answer;
    if (!response.ok) throw withSessionRules(await this.#connection.failure(answer, ask));
    await discard(response);
    // The spec knows 201 only; some say 200, 202 or 204, and not all of them mean it.
    if (response.status !== 201 && !await this.#isThere()) {
      throw new RegistryError(
        "registry-rejected",
        `${ask.attempt.label}: HTTP ${response.status}, but the blob is not there`,
        { status: response.status },
      );
    }
  }
}

/** What a new upload session may mend beside what may pass by itself. */
function withSessionRules(error: RegistryError): RegistryError {
  if (error.retryable) return error;
  if (error.has("DIGEST_INVALID")) {
    return error.with({ retryable: true, attempts: DIGEST_ATTEMPTS });
  }
  const lost = error.has("BLOB_UPLOAD_UNKNOWN") || error.has("BLOB_UPLOAD_INVALID") ||
    (error.status === 404 && error.errors.length === 0);
  return lost ? error.with({ retryable: true, attempts: SESSION_ATTEMPTS }) : error;
}

/** A blob as a body that tells what is sent of it, and takes it back when it is sent again. */
class CountedBody implements Body {
  readonly #blob: Blob;
  readonly #onSent: (bytes: number) => void;
  #sent = 0;

  constructor(blob: Blob, onSent: (bytes: number) => void = () => {}) {
    this.#blob = blob;
    this.#onSent = onSent;
  }

  get size(): number {
    return this.#blob.descriptor.size;
  }

  /** Takes back what was told. */
  reset(): void {
    if (this.#sent > 0) this.#onSent(-this.#sent);
    this.#sent = 0;
  }

  async open(options?: Cancel): Promise<Bytes> {
    this.reset();
    const bytes = await this.#blob.open(options);
    return bytes.pipeThrough(
      new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
        transform: (chunk, controller): void => {
          this.#sent += chunk.length;
          this.#onSent(chunk.length);
          controller.enqueue(chunk);
        },
      }),
    );
  }
}
