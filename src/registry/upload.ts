// How a blob gets into a repository: it is there, it is mounted, it goes up whole in one PUT
// (distribution-spec, "POST then PUT"), or in chunks where that is refused. What broke off goes on where the
// registry says that it stands; else a try that fails starts over with a new upload session.
import type { Blob, Descriptor } from "../oci/descriptor.ts";
import type { Repository } from "../oci/reference.ts";
import type { Ask, Connection } from "./connection.ts";
import { CountedBody } from "./counted_body.ts";
import { ChunkedUpload, SESSION_ATTEMPTS } from "./chunked_upload.ts";
import { mayRefetch } from "./download.ts";
import { RegistryError } from "./errors.ts";
import { discard, SourceFailure } from "./exchange.ts";
import { type Answer, withDigest } from "./redirect.ts";
import { hangUpHelp } from "./refusal_help.ts";
import type { BlobOutcome, PushBlobOptions } from "./registry.ts";
import { retrying, type RetryPolicy } from "./retry.ts";
import { mergeScopes, pullScope, pushScope } from "./scope.ts";
import { parseMinimum, type Session } from "./upload_session.ts";

/** Tries for a blob that the registry says it got wrong. */
const DIGEST_ATTEMPTS = 2;
/** What no server refuses for its size, in bytes: the least limit that is set anywhere, nginx's own. */
const SURELY_TAKEN = 1024 * 1024;
/** How often a blob is sent whole over connections that break before it goes up in chunks. */
const WHOLE_ATTEMPTS = 2;
/** How long giving up a session may keep a cancelled push, in milliseconds. */
const FAREWELL = 1_000;

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
  const push = new BlobPush(connection, policy, repository, blob, options);
  try {
    return await retrying(policy, () => push.attempt(), options);
  } catch (error) {
    if (options.signal?.aborted === true) await push.leave();
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
  readonly #policy: RetryPolicy;
  readonly #repository: string;
  readonly #blob: Blob;
  readonly #body: CountedBody;
  readonly #ask: Ask;
  readonly #force: boolean;
  /** Where to mount from; forgotten once the registry has refused to. */
  #origin: Repository | undefined;
  /** The session under way. */
  #open: { readonly url: URL } | undefined;
  /** Whether the registry has refused the blob as a whole, or seems to. */
  #chunked: "refused" | "broken" | undefined;
  /** How often the connection broke while the blob was sent whole. */
  #broken = 0;
  /** Whether a session that broke off may be gone on with; not once that was refused. */
  #resumable = true;

  constructor(
    connection: Connection,
    policy: RetryPolicy,
    repository: string,
    blob: Blob,
    options: PushBlobOptions,
  ) {
    const { host } = connection;
    this.#connection = connection;
    this.#policy = policy;
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
    this.#open = undefined;
    this.#body.tell(0);
    if (!this.#force && await this.#isThere()) return "existing";
    const session = await this.#mount();
    if (session === "mounted") return "mounted";
    try {
      await this.#confirm(await this.#send(session ?? await this.#start()));
    } catch (error) {
      throw error instanceof RegistryError ? withSessionRules(error) : againFromSource(error);
    }
    return "uploaded";
  }

  /** Tells the registry that a session is given up, if it will hear it (the spec's "Cancelling"). */
  async leave(): Promise<void> {
    const open = this.#open;
    if (open === undefined) return;
    const stop = new AbortController();
    const timer = setTimeout(() => stop.abort(), FAREWELL);
    try {
      const ask: Ask = { ...this.#ask, signal: stop.signal };
      await discard((await this.#connection.send("DELETE", open.url, ask)).response);
    } catch {
      // It sweeps its sessions by itself in time.
    } finally {
      clearTimeout(timer);
    }
  }

  #isThere(): Promise<boolean> {
    return headBlob(this.#connection, this.#repository, this.#blob.descriptor, this.#ask);
  }

  /**
   * Mounts the blob from where it came, if that is on this registry; else gives the session that the
   * registry opened instead, if it did. Whatever else it says, an upload is tried.
   */
  async #mount(): Promise<"mounted" | Session | undefined> {
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
      return answer.response.status === 202 ? this.#begin(answer) : undefined;
    } catch (error) {
      if (!(error instanceof RegistryError) || error.code === "network-failed") throw error;
      this.#origin = undefined;
      return undefined;
    }
  }

  async #start(): Promise<Session> {
    const answer = await this.#askForSession();
    if (answer.response.status !== 202) throw await this.#connection.failure(answer, this.#ask);
    await discard(answer.response);
    return this.#begin(answer);
  }

  async #askForSession(): Promise<Answer> {
    const repository = this.#repository;
    try {
      return await this.#connection.request({ kind: "start-upload", repository }, this.#ask);
    } catch (error) {
      if (!(error instanceof RegistryError) || error.code !== "network-failed") throw error;
      throw error.with({ help: [...error.help, ...hangUpHelp(this.#connection.host, repository)] });
    }
  }

  #begin(answer: Answer): Session {
    const url = this.#connection.locate(answer, this.#ask);
    const minimum = parseMinimum(answer.response.headers.get("oci-chunk-min-length"));
    const session = { url, minimum };
    this.#open = session;
    return session;
  }

  /** Sends the blob in whatever way the registry takes it; gives the answer that finished it. */
  async #send(session: Session): Promise<Response> {
    if (this.#chunked !== undefined) return await this.#cautiously(session);
    try {
      return await this.#whole(session);
    } catch (error) {
      this.#ask.signal?.throwIfAborted();
      if (!(error instanceof RegistryError)) throw error;
      if (refusesWhole(error)) {
        // The refused session may hold a part already.
        this.#chunked = "refused";
        this.#body.tell(0);
        return await this.#inChunks(await this.#start()).run();
      }
      if (error.code !== "network-failed") throw error;
      // A refusal of what is too large is lost where the connection is reset with it.
      const large = this.#blob.descriptor.size > SURELY_TAKEN;
      if (++this.#broken === WHOLE_ATTEMPTS && large) this.#chunked = "broken";
      if (!this.#resumable) throw error;
      return await this.#resume(session, error);
    }
  }

  /** Sends chunks; where that was but a guess and they are not taken at all, whole is tried again. */
  async #cautiously(session: Session): Promise<Response> {
    try {
      return await this.#inChunks(session).run();
    } catch (error) {
      const guessed = this.#chunked === "broken" && error instanceof RegistryError;
      if (!guessed || error.retryable || error.status === 413) throw error;
      this.#chunked = undefined;
      throw error.with({ retryable: true });
    }
  }

  async #whole(session: Session): Promise<Response> {
    const { digest } = this.#blob.descriptor;
    const ask: Ask = {
      ...this.#ask,
      headers: { "content-type": "application/octet-stream" },
      body: this.#body,
    };
    const answer = await this.#connection.send("PUT", withDigest(session.url, digest), ask);
    if (!answer.response.ok) throw await this.#connection.failure(answer, ask);
    await discard(answer.response);
    return answer.response;
  }

  /** Goes on with a session whose connection broke, where the registry kept what it had got. */
  async #resume(session: Session, broken: RegistryError): Promise<Response> {
    const upload = this.#inChunks(session);
    try {
      if (!await upload.locate() || upload.offset === 0) throw broken;
      this.#policy.warn(
        `${broken.message}; going on after ${upload.offset} of ${this.#blob.descriptor.size} bytes`,
      );
      return await upload.run();
    } catch (error) {
      this.#ask.signal?.throwIfAborted();
      if (!(error instanceof RegistryError)) throw error;
      // Whatever the registry has against it, a new session with the blob whole is the surer way.
      this.#resumable = error === broken;
      throw broken;
    }
  }

  #inChunks(session: Session): ChunkedUpload {
    const upload = new ChunkedUpload(session, {
      connection: this.#connection,
      policy: this.#policy,
      blob: this.#blob,
      ask: this.#ask,
      told: (bytes) => this.#body.tell(bytes),
    });
    this.#open = upload;
    return upload;
  }

  /** The spec knows 201 only; some say 200, 202 or 204, and not all of them mean it. */
  async #confirm({ status }: Response): Promise<void> {
    this.#open = undefined;
    if (status === 201 || await this.#isThere()) return;
    throw new RegistryError(
      "registry-rejected",
      `${this.#ask.attempt.label}: HTTP ${status}, but the blob is not there`,
      { status },
    );
  }
}

/**
 * Whether a registry, or a proxy before it, may take a blob in chunks that it does not take whole. Some
 * Artifactory answers that it knows no such blob (docker/buildx#196).
 */
function refusesWhole(error: RegistryError): boolean {
  return error.status === 413 || (error.status === 404 && error.has("BLOB_UNKNOWN"));
}

/** A blob that another registry gave wrong is asked for once more; any other failure of a source stays. */
function againFromSource(error: unknown): unknown {
  if (!(error instanceof SourceFailure)) return error;
  return mayRefetch(error.failure) ? error.failure : error;
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
