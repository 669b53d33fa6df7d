// A base's manifests and configurations by digest: from the store where they are kept, else from the
// registry and then kept. What is read here has always been checked against its digest.
import * as v from "valibot";
import { sha256 } from "../core/digest.ts";
import { KrustError } from "../core/error.ts";
import { encodeJson } from "../core/json.ts";
import { bytesOf, type Cancel, collect } from "../core/streams.ts";
import type { Descriptor, Manifest } from "../oci/descriptor.ts";
import { MANIFEST_LIMIT } from "../oci/manifest.ts";
import { formatReference, type Reference } from "../oci/reference.ts";
import { descriptorSchema } from "../oci/schema.ts";
import type { Documents } from "./documents.ts";
import { RegistryError } from "../registry/errors.ts";
import type { RegistryReader } from "../registry/registry.ts";
import type { Store } from "../store/store.ts";

/** What {@linkcode BaseDocuments} works with. */
export interface BaseDocumentsOptions {
  /** The base as the user named it; it has a tag or a digest. */
  readonly reference: Reference;
  /** The base's registry. */
  readonly registry: RegistryReader;
  /** Keeps documents from run to run. */
  readonly store: Store;
  /** Whether the registry must not be asked. */
  readonly offline: boolean;
}

/** Reads the documents of one base. */
export class BaseDocuments implements Documents {
  /** See {@linkcode Documents.details}. */
  readonly details = { side: "base" } as const;
  readonly #options: BaseDocumentsOptions;

  /** Makes a reader. */
  constructor(options: BaseDocumentsOptions) {
    this.#options = options;
  }

  /** The base as the user named it, for messages. */
  get name(): string {
    return formatReference(this.#options.reference);
  }

  /** See {@linkcode Documents.subject}. */
  get subject(): string {
    return `base image "${this.name}"`;
  }

  /**
   * The manifest or index that the base's name stands for now. A digest that is kept is not asked for
   * again; a tag is asked for anew each time, and offline is what it was when last asked.
   *
   * @throws {KrustError} `base-not-found`, and what the registry client throws.
   */
  async root(cancel: Cancel): Promise<Manifest> {
    const { reference: { digest, tag = "latest" }, offline, store } = this.#options;
    const key = sha256(encodeJson(["base", 1, this.name]));
    const recalled = v.safeParse(descriptorSchema, await store.recall(key));
    const before = recalled.success ? recalled.output : undefined;
    if (before !== undefined && (offline || digest !== undefined)) {
      const descriptor = { ...before, digest: digest ?? before.digest };
      const raw = await this.#kept(descriptor, cancel);
      if (raw !== undefined) return { descriptor, raw };
    }
    const manifest = digest === undefined
      ? await this.#tagged(tag, cancel)
      : await this.#fetch(digest, cancel);
    const { descriptor } = manifest;
    if (descriptor.digest !== before?.digest) await store.remember(key, descriptor);
    return manifest;
  }

  /**
   * The manifest or index of a descriptor.
   *
   * @throws {KrustError} `base-not-found`, and what the registry client throws.
   */
  async manifest(descriptor: Descriptor, cancel: Cancel): Promise<Manifest> {
    const raw = await this.#kept(descriptor, cancel);
    if (raw !== undefined) return { descriptor: bare(descriptor), raw };
    return await this.#fetch(descriptor.digest, cancel);
  }

  /**
   * The bytes of an image configuration.
   *
   * @throws {KrustError} `base-not-found`, `document-invalid` for more than 4 MiB, and what the
   * registry client throws.
   */
  async config(descriptor: Descriptor, cancel: Cancel): Promise<Uint8Array<ArrayBuffer>> {
    const kept = await this.#kept(descriptor, cancel);
    if (kept !== undefined) return kept;
    const raw = await this.askForContent(async ({ registry, reference }) =>
      await collect(
        await registry.getBlob(reference.name, descriptor, cancel),
        MANIFEST_LIMIT,
        `the configuration of ${this.subject}`,
      )
    );
    await this.#options.store.ingest(bytesOf(raw), descriptor.mediaType, cancel);
    return raw;
  }

  /**
   * Asks the registry for what a manifest of the base names, and marks what goes wrong as being about
   * the base.
   *
   * @throws {KrustError} `base-not-found` where krust is offline.
   */
  async askForContent<T>(question: (options: BaseDocumentsOptions) => Promise<T>): Promise<T> {
    if (this.#options.offline) throw this.#offline();
    try {
      return await question(this.#options);
    } catch (error) {
      if (!(error instanceof RegistryError)) throw error;
      throw error.with({ details: { ...error.details, ...this.details } });
    }
  }

  /** The same for manifests: one that is not there is the base that is not there. */
  async #ask<T>(question: (options: BaseDocumentsOptions) => Promise<T>): Promise<T> {
    try {
      return await this.askForContent(question);
    } catch (error) {
      if (!(error instanceof RegistryError) || error.status !== 404) throw error;
      throw new KrustError("base-not-found", `${this.subject} was not found`, {
        cause: error,
        details: error.details,
      });
    }
  }

  /** A HEAD first: registries count it as no pull, and a base that has not moved is kept already. */
  async #tagged(tag: string, cancel: Cancel): Promise<Manifest> {
    const head = await this.#ask(({ registry, reference }) =>
      registry.headManifest(reference.name, tag, cancel)
    );
    const kept = head === undefined ? undefined : await this.#kept(head, cancel);
    if (head !== undefined && kept !== undefined) return { descriptor: bare(head), raw: kept };
    return await this.#fetch(tag, cancel);
  }

  async #fetch(at: string, cancel: Cancel): Promise<Manifest> {
    const manifest = await this.#ask(({ registry, reference }) =>
      registry.getManifest(reference.name, at, cancel)
    );
    const descriptor = bare(manifest.descriptor);
    await this.#options.store.ingest(bytesOf(manifest.raw), descriptor.mediaType, cancel);
    return { descriptor, raw: manifest.raw };
  }

  async #kept(
    descriptor: Descriptor,
    cancel: Cancel,
  ): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const blob = await this.#options.store.find(descriptor);
    if (blob === undefined) return undefined;
    return await unlessDamaged(
      async () =>
        collect(await blob.open(cancel), MANIFEST_LIMIT, `what is kept of "${this.name}"`),
      cancel,
    );
  }

  #offline(): KrustError {
    return new KrustError(
      "base-not-found",
      `${this.subject} is not all in the cache, and the network must not be used`,
      { help: ["build once with the network, so that the base is kept"] },
    );
  }
}

/** A descriptor of content alone, without what an index says about it. */
function bare({ mediaType, digest, size }: Descriptor): Descriptor {
  return { mediaType, digest, size };
}

/** What reading kept content gives; undefined where the disk has spoilt it: it is fetched anew. */
export async function unlessDamaged<T>(
  read: () => Promise<T>,
  cancel: Cancel,
): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    cancel.signal?.throwIfAborted();
    if (error instanceof KrustError) return undefined;
    throw error;
  }
}
