// A registry over HTTP: distribution-spec 1.1 as a client that believes nothing it has not verified.
import { type Digest, isDigest, sha256 } from "../core/digest.ts";
import type { Transport } from "../core/http.ts";
import { Limiter } from "../core/limiter.ts";
import { bodyOf, type Bytes, type Cancel, collect } from "../core/streams.ts";
import {
  type Alarm,
  DEFAULT_TIME_LIMITS,
  SYSTEM_ALARM,
  timeLimited,
  type TimeLimits,
} from "../core/time_limits.ts";
import type { Blob, Descriptor, Manifest } from "../oci/descriptor.ts";
import { MANIFEST_LIMIT, parseManifest } from "../oci/manifest.ts";
import { ACCEPTED_MANIFESTS } from "../oci/media_type.ts";
import { type Ask, Connection } from "./connection.ts";
import { ANONYMOUS, type Keychain } from "./credential.ts";
import { RegistryError } from "./errors.ts";
import { discard } from "./exchange.ts";
import { Flights } from "./flights.ts";
import { contentOf } from "./reading.ts";
import type { Answer } from "./redirect.ts";
import type { BlobOutcome, PushBlobOptions, Registry } from "./registry.ts";
import { DEFAULT_RETRY, retrying, type RetryPolicy } from "./retry.ts";
import { pullScope, pushScope } from "./scope.ts";

/** What an {@linkcode HttpRegistry} is made of. */
export interface HttpRegistryOptions {
  /** Sends requests; redirects and bodies must come as they are. */
  readonly transport: Transport;
  /** Knows credentials; nobody's if not given. */
  readonly keychain?: Keychain;
  /** Whether the user listed the host as one that speaks plain HTTP. */
  readonly insecure?: boolean;
  /** What differs from {@linkcode DEFAULT_RETRY}: `warn` is told of each new try and of oddities. */
  readonly retry?: Partial<RetryPolicy>;
  /** How many blobs and manifests are sent at once, whoever sends them; 4 if not given. */
  readonly concurrency?: number;
  /** What differs from {@linkcode DEFAULT_TIME_LIMITS}; token servers are waited for half as long. */
  readonly limits?: Partial<TimeLimits>;
  /** Measures the time for `limits`; this process's if not given. */
  readonly alarm?: Alarm;
}

/** Tries for a document that is not what its digest promises. */
const MISMATCH_ATTEMPTS = 2;
const ACCEPT = { accept: ACCEPTED_MANIFESTS.join(", ") };

/** A registry over HTTP. Make one for each host, so that what it learned serves all. */
export class HttpRegistry implements Registry {
  /** Host and port as references name it. */
  readonly host: string;
  readonly #connection: Connection;
  readonly #policy: RetryPolicy;
  readonly #uploads = new Flights<BlobOutcome>();
  readonly #limiter: Limiter;
  /** For each blob a line of those who push it, and a repository that is known to hold it. */
  readonly #places = new Map<Digest, { readonly line: Limiter; repository?: string }>();

  /** The registry at `host`; nothing is sent yet. */
  constructor(host: string, options: HttpRegistryOptions) {
    this.host = host;
    this.#policy = { ...DEFAULT_RETRY, ...options.retry };
    this.#limiter = new Limiter(options.concurrency ?? 4);
    const { transport, alarm = SYSTEM_ALARM } = options;
    const limits: TimeLimits = { ...DEFAULT_TIME_LIMITS, ...options.limits };
    this.#connection = new Connection(host, {
      transport: timeLimited(transport, limits, alarm),
      tokenTransport: timeLimited(transport, halved(limits), alarm),
      keychain: options.keychain ?? ANONYMOUS,
      insecure: options.insecure ?? false,
      policy: this.#policy,
    });
  }

  /** See {@linkcode Registry.getBlob}; distribution-spec, "Pulling blobs". */
  async getBlob(
    repository: string,
    descriptor: Descriptor,
    options: Cancel = {},
  ): Promise<Bytes> {
    const name = `blob ${descriptor.digest} from ${this.host}/${repository}`;
    const { pullBlob } = await import("./pull_blob.ts");
    return await pullBlob(this.#connection, this.#policy, descriptor, {
      name,
      ask: this.#pull(repository, name, options),
    });
  }

  /** See {@linkcode Registry.hasBlob}; distribution-spec, "Checking if content exists". */
  async hasBlob(repository: string, digest: Digest, options: Cancel = {}): Promise<boolean> {
    const { headBlob } = await import("./upload.ts");
    const ask = this.#pull(repository, `blob ${digest} from ${this.host}/${repository}`, options);
    return await retrying(
      this.#policy,
      () => headBlob(this.#connection, repository, { digest }, ask),
      options,
    );
  }

  /** See {@linkcode Registry.getManifest}; distribution-spec, "Pulling manifests". */
  async getManifest(repository: string, at: string, options: Cancel = {}): Promise<Manifest> {
    const name = this.#name(repository, at);
    const ask: Ask = { ...this.#pull(repository, name, options), headers: ACCEPT };
    return await retrying(this.#policy, async () => {
      const answer = await this.#connection.request({ kind: "get-manifest", repository, at }, ask);
      await this.#expect(answer, ask, [200]);
      return await readManifest(answer, at, name, ask);
    }, options);
  }

  /** See {@linkcode Registry.headManifest}. */
  async headManifest(
    repository: string,
    at: string,
    options: Cancel = {},
  ): Promise<Descriptor | undefined> {
    const name = this.#name(repository, at);
    const ask: Ask = {
      ...this.#pull(repository, name, options),
      // A push asks this too, of the place that it goes to.
      attempt: { host: this.host, label: `look-up of ${name}` },
      headers: ACCEPT,
    };
    return await retrying(this.#policy, async () => {
      const endpoint = { kind: "head-manifest", repository, at } as const;
      const answer = await this.#connection.request(endpoint, ask);
      if (answer.response.status === 401) throw await this.#connection.failure(answer, ask);
      await discard(answer.response);
      return answer.response.status === 200 ? headDescriptor(answer.response, at) : undefined;
    }, options);
  }

  /** See {@linkcode Registry.pushBlob}; those who push the same blob at once share one upload. */
  async pushBlob(
    repository: string,
    blob: Blob,
    options: PushBlobOptions = {},
  ): Promise<BlobOutcome> {
    const key = `${repository}@${blob.descriptor.digest}${options.force === true ? " forced" : ""}`;
    const shared = this.#uploads.has(key);
    const outcome = await this.#uploads.join(
      key,
      (cancel) => this.#placed(repository, blob, { ...options, ...cancel }),
      options,
    );
    if (shared && outcome === "uploaded") options.onSent?.(blob.descriptor.size);
    return outcome;
  }

  /**
   * Pushes a blob while nobody else pushes the same one to another repository: the second can then mount
   * what the first has sent.
   */
  async #placed(repository: string, blob: Blob, options: PushBlobOptions): Promise<BlobOutcome> {
    const { digest } = blob.descriptor;
    const place = this.#places.get(digest) ?? { line: new Limiter(1) };
    this.#places.set(digest, place);
    return await place.line.run(() =>
      this.#limiter.run(async () => {
        const { pushBlob } = await import("./upload.ts");
        const mountable = mountableFrom(blob, this.host, place.repository);
        const outcome = await pushBlob(
          this.#connection,
          this.#policy,
          repository,
          mountable,
          options,
        );
        place.repository = repository;
        return outcome;
      }, options), options);
  }

  /** See {@linkcode Registry.pushManifest}; distribution-spec, "Pushing manifests". */
  async pushManifest(
    repository: string,
    manifest: Manifest,
    at: string,
    options: Cancel = {},
  ): Promise<void> {
    const { descriptor, raw } = manifest;
    const ask: Ask = {
      ...options,
      repository,
      scopes: [pushScope(repository)],
      attempt: { host: this.host, label: `push to ${this.host}/${repository} of manifest ${at}` },
    };
    const put: Ask = {
      ...ask,
      headers: { "content-type": descriptor.mediaType },
      body: bodyOf(raw),
    };
    const attempt = async (): Promise<void> => {
      const answer = await this.#connection.request({ kind: "put-manifest", repository, at }, put);
      await this.#expect(answer, put, [200, 201, 202, 204]);
      const { status, headers } = answer.response;
      await discard(answer.response);
      const claimed = headers.get("docker-content-digest");
      const differs = claimed !== null && claimed !== descriptor.digest;
      if (status === 201 && !differs) return;
      await this.#confirm(repository, descriptor.digest, ask);
      if (differs) {
        this.#policy.warn(
          `${this.host} names another digest for ${descriptor.digest}, but holds what was pushed`,
        );
      }
    };
    await this.#limiter.run(() => retrying(this.#policy, attempt, options), options);
  }

  /** Reads a manifest back: the bytes decide, not what a header says. */
  async #confirm(repository: string, digest: Digest, ask: Ask): Promise<void> {
    const back: Ask = { ...ask, headers: ACCEPT };
    const endpoint = { kind: "get-manifest", repository, at: digest } as const;
    const answer = await this.#connection.request(endpoint, back);
    await this.#expect(answer, back, [200]);
    await readManifest(answer, digest, this.#name(repository, digest), back);
  }

  async #expect(answer: Answer, ask: Ask, statuses: readonly number[]): Promise<void> {
    if (statuses.includes(answer.response.status)) return;
    throw await this.#connection.failure(answer, ask);
  }

  #pull(repository: string, what: string, { signal }: Cancel): Ask {
    return {
      ...(signal === undefined ? {} : { signal }),
      repository,
      scopes: [pullScope(repository)],
      attempt: { host: this.host, label: `pull of ${what}` },
    };
  }

  #name(repository: string, at: string): string {
    return `${this.host}/${repository}${isDigest(at) ? "@" : ":"}${at}`;
  }
}

/** The blob with a repository of this registry that holds it, where one is known. */
function mountableFrom(blob: Blob, host: string, holder: string | undefined): Blob {
  if (holder === undefined || blob.origin?.registry === host) return blob;
  const { descriptor } = blob;
  return {
    descriptor,
    origin: { registry: host, name: holder },
    open: (options) => blob.open(options),
  };
}

/** Half of each limit, for requests whose answers are small and made at once. */
function halved({ answer, sending, reading }: TimeLimits): TimeLimits {
  return { answer: answer / 2, sending: sending / 2, reading: reading / 2 };
}

/** Reads a manifest whole and verifies it; its media type is what the document says it is. */
async function readManifest(
  answer: Answer,
  at: string,
  name: string,
  ask: Ask,
): Promise<Manifest> {
  const bytes = await contentOf(answer, ask, "document-invalid");
  const raw = await collect(bytes, MANIFEST_LIMIT, `manifest ${name}`);
  const digest = sha256(raw);
  if (isDigest(at) && digest !== at) {
    throw new RegistryError(
      "digest-mismatch",
      `manifest ${name} is not what its digest promises: expected ${at}, got ${digest}`,
      { retryable: true, attempts: MISMATCH_ATTEMPTS, details: { digest: at } },
    );
  }
  const document = parseManifest(raw, contentType(answer.response), `manifest ${name}`);
  const { mediaType } = document.kind === "image" ? document.manifest : document.index;
  return { raw, descriptor: { mediaType, digest, size: raw.length } };
}

/** A response's media type without its parameters. */
function contentType(response: Response): string | undefined {
  const type = response.headers.get("content-type")?.split(";")[0]?.trim().toLowerCase();
  return type === "" ? undefined : type;
}

/** The descriptor that a HEAD gives; undefined where a part of it is missing or contradicts what was asked. */
function headDescriptor(response: Response, at: string): Descriptor | undefined {
  const mediaType = contentType(response);
  const digest = response.headers.get("docker-content-digest") ?? at;
  const size = Number(response.headers.get("content-length") ?? NaN);
  if (mediaType === undefined || !isDigest(digest) || !Number.isSafeInteger(size)) return undefined;
  return isDigest(at) && digest !== at ? undefined : { mediaType, digest, size };
}
