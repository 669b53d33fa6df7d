// What an image holds beside its programs, and how a container of it runs.
import type { Asset } from "../assets/asset.ts";
import type { Compression } from "../image/compression.ts";

/** How a container runs, over what its base says; what is not given stays the base's. */
export interface ContainerSettings {
  /** Variables, over the base's of the same names. */
  readonly env?: Readonly<Record<string, string>>;
  /** User and group. */
  readonly user?: string;
  /** The directory that it starts in. */
  readonly workdir?: string;
  /** Ports as `8080/tcp`, beside the base's. */
  readonly ports?: readonly string[];
  /** What is run in place of the first program. */
  readonly entrypoint?: readonly string[];
  /** Arguments to it, which a user may replace; none if not given. */
  readonly cmd?: readonly string[];
  /** Paths that hold data of the container, beside the base's. */
  readonly volumes?: readonly string[];
  /** The signal that ends it. */
  readonly stopSignal?: string;
}

/** All that is asked for beside the programs. */
export interface ImageContent {
  /** How a container runs. */
  readonly container?: ContainerSettings;
  /** Files for a layer of their own, below the programs'. */
  readonly assets?: readonly Asset[];
  /** The folder that links of the assets may lead into, absolute: the project's. */
  readonly project?: string;
  /** The attribute `security.capability` of the first program's file. */
  readonly capabilities?: Uint8Array;
  /** How layers are compressed. */
  readonly compression?: Compression;
}
