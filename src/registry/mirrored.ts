// A registry whose content is looked for at its mirrors first. Mirrors are read only, and are believed
// no more than any registry: whatever is read is checked against its digest.
import type { Digest } from "../core/digest.ts";
import { KrustError } from "../core/error.ts";
import type { Bytes, Cancel } from "../core/streams.ts";
import type { Blob, Descriptor, Manifest } from "../oci/descriptor.ts";
import type { BlobOutcome, PushBlobOptions, Registry, RegistryReader } from "./registry.ts";

/** What a {@linkcode MirroredRegistry} is made of. */
export interface MirrorOptions {
  /** The registry itself. */
  readonly registry: Registry;
  /** Hosts that hold its repositories under the same names, the first asked first. */
  readonly mirrors: readonly Registry[];
  /** Hears why a mirror was passed over. */
  readonly trace: (line: string) => void;
}

/** Reads from mirrors where they have what is wanted; writes to the registry itself. */
export class MirroredRegistry implements Registry {
  /** Host and port of the registry itself. */
  readonly host: string;
  readonly #options: MirrorOptions;
  readonly #unreachable = new Set<string>();

  /** Nothing is sent yet. */
  constructor(options: MirrorOptions) {
    this.host = options.registry.host;
    this.#options = options;
  }

  /**
   * See {@linkcode Registry.getBlob}. A mirror whose content turns out wrong after the first of it was
   * given out cannot be passed over any more: the stream fails.
   */
  getBlob(repository: string, descriptor: Descriptor, options: Cancel = {}): Promise<Bytes> {
    return this.#read(
      (reader) => reader.getBlob(repository, descriptor, options),
      options,
      begun,
    );
  }

  /** See {@linkcode Registry.hasBlob}; of the registry itself, as it decides what is pushed. */
  hasBlob(repository: string, digest: Digest, options?: Cancel): Promise<boolean> {
    return this.#options.registry.hasBlob(repository, digest, options);
  }

  /** See {@linkcode Registry.getManifest}. */
  getManifest(repository: string, at: string, options: Cancel = {}): Promise<Manifest> {
    return this.#read((reader) => reader.getManifest(repository, at, options), options);
  }

  /** See {@linkcode Registry.headManifest}. */
  headManifest(
    repository: string,
    at: string,
    options: Cancel = {},
  ): Promise<Descriptor | undefined> {
    return this.#read((reader) => reader.headManifest(repository, at, options), options);
  }

  /** See {@linkcode Registry.pushBlob}. */
  pushBlob(repository: string, blob: Blob, options?: PushBlobOptions): Promise<BlobOutcome> {
    return this.#options.registry.pushBlob(repository, blob, options);
  }

  /** See {@linkcode Registry.pushManifest}. */
  pushManifest(
    repository: string,
    manifest: Manifest,
    at: string,
    options?: Cancel,
  ): Promise<void> {
    return this.#options.registry.pushManifest(repository, manifest, at, options);
  }

  /**
   * Asks one mirror after the other, and last the registry itself; `undefined` is no answer of a mirror,
   * and what a mirror gives has to get through `proven`.
   */
  async #read<Value>(
    ask: (reader: RegistryReader) => Promise<Value>,
    { signal }: Cancel,
    proven: (value: Value) => Promise<Value> = (value) => Promise.resolve(value),
  ): Promise<Value> {
    const { mirrors, registry, trace } = this.#options;
    for (const mirror of mirrors.filter(({ host }) => !this.#unreachable.has(host))) {
      try {
        const value = await proven(await ask(mirror));
        if (value !== undefined) return value;
        trace(`Mirror ${mirror.host} of ${registry.host} does not have it`);
      } catch (error) {
        signal?.throwIfAborted();
        if (!(error instanceof KrustError) || error.code === "config-invalid") throw error;
        // Each try at a mirror that is down takes seconds, and there may be dozens of layers.
        if (error.code === "network-failed") this.#unreachable.add(mirror.host);
        trace(`Mirror ${mirror.host} of ${registry.host} is passed over: ${error.message}`);
      }
    }
    return await ask(registry);
  }
}

/** The same bytes, the first of which have come: small content is verified by then. */
async function begun(bytes: Bytes): Promise<Bytes> {
  const reader = bytes.getReader();
  let first: Awaited<ReturnType<typeof reader.read>> | undefined = await reader.read();
  return new ReadableStream({
    async pull(controller): Promise<void> {
      const { done, value } = first ?? await reader.read();
      first = undefined;
      if (done) controller.close();
      else controller.enqueue(value);
    },
    cancel: (reason): Promise<void> => reader.cancel(reason),
  }, { highWaterMark: 0 });
}
