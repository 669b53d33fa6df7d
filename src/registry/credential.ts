// Credentials as the registry client takes them; `auth/` knows where they are kept.
import type { Cancel } from "../core/streams.ts";
import type { Repository } from "../oci/reference.ts";

/** What is shown to a registry, and where it was found (`source`, for `-v` and `auth check`). */
export type Credential =
  | { readonly kind: "anonymous"; readonly source: string }
  | {
    readonly kind: "basic";
    readonly username: string;
    readonly password: string;
    readonly source: string;
  }
  /** An OAuth2 refresh token, traded for access tokens (docker's `identitytoken`). */
  | { readonly kind: "identity"; readonly token: string; readonly source: string }
  /** A finished access token, shown as it is (docker's `registrytoken`). */
  | { readonly kind: "bearer"; readonly token: string; readonly source: string };

/** Finds credentials. */
export interface Keychain {
  /**
   * The credential for a repository: the first source that knows one answers.
   *
   * @throws {KrustError} `config-invalid`, `credential-helper-failed`.
   */
  resolve(repository: Repository, options?: Cancel): Promise<Credential>;
}

/** A keychain that knows nobody. */
export const ANONYMOUS: Keychain = {
  resolve: () => Promise.resolve({ kind: "anonymous", source: "no credentials" }),
};
