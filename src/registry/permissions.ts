// What a registry allows with the credentials at hand, found out by asking for it: a manifest is looked
// at, an upload is opened and cancelled. Nothing is left behind.
import type { Cancel } from "../core/streams.ts";
import { ACCEPTED_MANIFESTS } from "../oci/media_type.ts";
import { type Ask, Connection, type ConnectionOptions } from "./connection.ts";
import type { Keychain } from "./credential.ts";
import { RegistryError } from "./errors.ts";
import { discard } from "./exchange.ts";
import type { Answer } from "./redirect.ts";
import { retrying } from "./retry.ts";
import { pullScope, pushScope } from "./scope.ts";

/** Whether something is allowed, and how that shows. */
export interface Permission {
  /** Whether it is. */
  readonly granted: boolean;
  /** What the registry answered. */
  readonly reason: string;
}

/**
 * Shows a registry the keychain's credentials (distribution-spec, end-1); false where it wants none for
 * this, so that nothing is known of them.
 *
 * @throws {RegistryError} `auth-required`, `auth-denied` where they are refused, `network-failed`.
 */
export async function tryCredentials(
  host: string,
  options: ConnectionOptions,
  cancel: Cancel = {},
): Promise<boolean> {
  let asked = false;
  const keychain: Keychain = {
    resolve(repository, cancel) {
      asked = true;
      return options.keychain.resolve(repository, cancel);
    },
  };
  const connection = new Connection(host, { ...options, keychain });
  const attempt = { host, label: `login to ${host}` };
  const ask: Ask = { ...cancel, repository: "", scopes: [], attempt };
  await retrying(options.policy, async () => {
    const answer = await connection.request({ kind: "ping" }, ask);
    if (answer.response.status !== 200) throw await connection.failure(answer, ask);
    await discard(answer.response);
  }, cancel);
  return asked;
}

/** What may be done with one repository; each is asked for anew, as a token for one serves not the other. */
export class Permissions {
  readonly #connection: Connection;
  readonly #options: ConnectionOptions;

  /** Permissions at `host`; nothing is sent yet. */
  constructor(host: string, options: ConnectionOptions) {
    this.#connection = new Connection(host, options);
    this.#options = options;
  }

  /**
   * Whether manifests can be read.
   *
   * @param at a digest or a tag; one that is not there is no refusal.
   * @throws {RegistryError} where the registry cannot say.
   */
  async pull(repository: string, at: string, cancel: Cancel = {}): Promise<Permission> {
    const headers = { accept: ACCEPTED_MANIFESTS.join(", ") };
    const ask = { ...this.#ask("pull", repository, pullScope(repository), cancel), headers };
    return await this.#permission(cancel, async () => {
      let answer = await this.#connection.request({ kind: "head-manifest", repository, at }, ask);
      if (answer.response.status === 403 || answer.response.status === 405) {
        // Some registries take no HEAD, or not of everybody who may GET.
        await discard(answer.response);
        answer = await this.#connection.request({ kind: "get-manifest", repository, at }, ask);
      }
      if (answer.response.status === 404) {
        await discard(answer.response);
        return { granted: true, reason: `nothing is there under ${at}` };
      }
      await this.#expect(answer, ask, 200);
      return { granted: true, reason: `${at} can be read` };
    });
  }

  /**
   * Whether blobs can be uploaded.
   *
   * @throws {RegistryError} where the registry cannot say.
   */
  async push(repository: string, cancel: Cancel = {}): Promise<Permission> {
    const ask = this.#ask("push", repository, pushScope(repository), cancel);
    return await this.#permission(cancel, async () => {
      const answer = await this.#connection.request({ kind: "start-upload", repository }, ask);
      if (answer.response.status === 404) {
        const error = await this.#connection.failure(answer, ask);
        return { granted: false, reason: `${error.message}: the repository has to be made first` };
      }
      await this.#expect(answer, ask, 202);
      await this.#cancelUpload(answer, ask);
      return { granted: true, reason: "an upload can be started" };
    });
  }

  async #expect(answer: Answer, ask: Ask, status: number): Promise<void> {
    if (answer.response.status !== status) throw await this.#connection.failure(answer, ask);
    await discard(answer.response);
  }

  /** Ends an upload that was opened to see whether it can be; a registry forgets it in time by itself. */
  async #cancelUpload(answer: Answer, ask: Ask): Promise<void> {
    try {
      const gone = await this.#connection.send("DELETE", this.#connection.locate(answer, ask), ask);
      await discard(gone.response);
    } catch {
      ask.signal?.throwIfAborted();
    }
  }

  #ask(what: string, repository: string, scope: string, cancel: Cancel): Ask {
    const { host } = this.#connection;
    const label = `${what} ${what === "push" ? "to" : "from"} ${host}/${repository}`;
    return { ...cancel, repository, scopes: [scope], attempt: { host, label } };
  }

  /** What `ask` finds; a refusal, of the registry or of its token server, is an answer too. */
  async #permission(cancel: Cancel, ask: () => Promise<Permission>): Promise<Permission> {
    try {
      return await retrying(this.#options.policy, ask, cancel);
    } catch (error) {
      const refused = error instanceof RegistryError &&
        (error.code === "auth-required" || error.code === "auth-denied");
      if (!refused) throw error;
      const told = error.cause instanceof Error ? ` (${error.cause.message})` : "";
      return { granted: false, reason: `${error.message}${told}` };
    }
  }
}
