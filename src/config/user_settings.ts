// What a user's config.toml can say, as values; reading one is `user_config.ts`.
import { DEFAULT_ORIGIN, type Layer, type Sourced } from "./layer.ts";

/** `[registries."host"]`. */
export interface RegistrySettings {
  /** Host with port if any, as references have it. */
  readonly host: string;
  /** Stands there with a password or not at all. */
  readonly username: string | undefined;
  /** A secret. */
  readonly password: string | undefined;
  /** May be spoken to over plain HTTP. */
  readonly insecure: boolean;
  /** PEM file of the authorities to trust, absolute where the file's own path is. */
  readonly ca: string | undefined;
  /** PEM file of the certificate to show it, as `ca` is; stands there with its key or not at all. */
  readonly clientCert: string | undefined;
  /** PEM file of the certificate's private key. */
  readonly clientKey: string | undefined;
  /** Hosts to ask before it, in order. */
  readonly mirrors: readonly string[];
}

/** `[platforms."linux/arm64"]`. */
export interface PlatformSettings {
  /** In its canonical form. */
  readonly platform: string;
  /** The linker for it. */
  readonly linker: string | undefined;
  /** Further flags for rustc. */
  readonly rustflags: readonly string[];
  /** The image to build on. */
  readonly base: string | undefined;
}

/** What the user's file says. */
export interface UserConfig {
  /** The file; undefined where there is none. */
  readonly path: string | undefined;
  /** The settings of the table. */
  readonly layer: Layer;
  /** The registry of repositories without one. */
  readonly defaultRegistry: Sourced<string | undefined>;
  /** `[build] cargo_args`, which stand before those of the command line. */
  readonly cargoArgs: Sourced<readonly string[]>;
  /** `[registries]`, in the file's order. */
  readonly registries: readonly RegistrySettings[];
  /** `[platforms]`, in the file's order. */
  readonly platforms: readonly PlatformSettings[];
}

/** What holds where there is no file. */
export const NO_USER_CONFIG: UserConfig = {
  path: undefined,
  layer: () => undefined,
  defaultRegistry: { value: undefined, origin: DEFAULT_ORIGIN },
  cargoArgs: { value: [], origin: DEFAULT_ORIGIN },
  registries: [],
  platforms: [],
};
