// A base's layers: from the store where they are kept, else streamed from the registry, or fetched
// into the store first where that is wanted. A layer that is pushed to its own registry is not opened.
import { type Digest, digestHex } from "../core/digest.ts";
import { Once } from "../core/once.ts";
import { formatBytes } from "../core/printable.ts";
import { type Bytes, type Cancel, tap } from "../core/streams.ts";
import type { Layer } from "../image/image.ts";
import type { Blob, Descriptor } from "../oci/descriptor.ts";
import type { Repository } from "../oci/reference.ts";
import { mayRefetch } from "../registry/download.ts";
import type { Reporter } from "../report/reporter.ts";
import type { Store } from "../store/store.ts";
import { type BaseDocuments, unlessDamaged } from "./base_documents.ts";

/** What {@linkcode BaseLayers} works with. */
export interface BaseLayersOptions {
  /** Asks the base's registry. */
  readonly documents: BaseDocuments;
  /** The repository that holds the layers. */
  readonly origin: Repository;
  /** Keeps layers. */
  readonly store: Store;
  /** Whether a layer that is opened is kept in the store. */
  readonly keep: boolean;
  /** Is told of layers that are fetched. */
  readonly report: Reporter;
}

/** What a layer is, packed and unpacked. */
type LayerContent = Pick<Layer, "descriptor" | "diffID">;

/** Opens the layers of one base. */
export class BaseLayers {
  readonly #options: BaseLayersOptions;
  readonly #stored = new Once<Blob | undefined>();

  /** Makes the opener. */
  constructor(options: BaseLayersOptions) {
    this.#options = options;
  }

  /** A layer by its descriptor; its bytes are looked for when it is opened. */
  layer(descriptor: Descriptor, diffID: Digest): Layer {
    return {
      descriptor,
      diffID,
      origin: this.#options.origin,
      open: (options) => this.#open({ descriptor, diffID }, options ?? {}),
    };
  }

  async #open(layer: LayerContent, cancel: Cancel): Promise<Bytes> {
    const stored = await this.#stored.get(
      layer.descriptor.digest,
      () => this.#store(layer, cancel),
    );
    return stored === undefined ? await this.#fetch(layer, cancel) : await stored.open(cancel);
  }

  /** The layer in the store, put there if it is to be kept; undefined where it is to be streamed. */
  async #store(layer: LayerContent, cancel: Cancel): Promise<Blob | undefined> {
    const { store, keep, report } = this.#options;
    const { descriptor } = layer;
    const found = await store.find(descriptor);
    if (found !== undefined && await isIntact(found, cancel)) return found;
    if (!keep) return undefined;
    const { digest, mediaType, size } = descriptor;
    const label = `Pulling base layer sha256:${digestHex(digest).slice(0, 12)}… (${
      formatBytes(size)
    })`;
    return await report.step(label, async (step) => {
      step.total(size);
      let got = 0;
      const keepFetched = async (): Promise<Blob> => {
        const bytes = tap(await this.#fetch(layer, cancel), (chunk) => {
          got += chunk.length;
          step.advance(chunk.length);
        });
        return await store.ingest(bytes, mediaType, cancel);
      };
      try {
        return await keepFetched();
      } catch (error) {
        if (!mayRefetch(error)) throw error;
        report.warn(`${error.message}; fetching it once more`);
        step.advance(-got);
        return await keepFetched();
      }
    });
  }

  async #fetch({ descriptor, diffID }: LayerContent, cancel: Cancel): Promise<Bytes> {
    const bytes = await this.#options.documents.askForContent(({ registry, reference }) =>
      registry.getBlob(reference.name, descriptor, cancel)
    );
    const { checkedLayer } = await import("./checked_layer.ts");
    return checkedLayer(bytes, descriptor, diffID);
  }
}

/** Whether a kept layer is what it was; reading it whole is what tells. */
async function isIntact(blob: Blob, cancel: Cancel): Promise<boolean> {
  const intact = await unlessDamaged(async () => {
    await (await blob.open(cancel)).pipeTo(new WritableStream());
    return true;
  }, cancel);
  return intact === true;
}
