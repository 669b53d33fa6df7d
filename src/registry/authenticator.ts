// Answers a registry's challenges. A first request goes without credentials; what its challenge taught
// (scheme, realm, service) serves all later ones, so that each set of scopes costs one token and no 401.
import type { Cancel } from "../core/streams.ts";
import { printable } from "../core/printable.ts";
import { type Challenge, parseChallenges } from "./challenge.ts";
import type { Credential, Keychain } from "./credential.ts";
import { type Attempt, RegistryError, type Standing } from "./errors.ts";
import { Flights } from "./flights.ts";
import { nearMiss } from "./near_miss.ts";
import { maySendSecrets } from "./origin.ts";
import { mergeScopes, splitScopes } from "./scope.ts";
import { basicAuthorization, headerToken, resolveRealm, type Tokens } from "./token.ts";

/** What a request wants to be allowed. */
export interface Access extends Cancel {
  /** The repository whose credential is used. */
  readonly repository: string;
  /** Scopes, the repository's own first. */
  readonly scopes: readonly string[];
  /** What is being done, for messages. */
  readonly attempt: Attempt;
}

type Scheme =
  | { readonly kind: "basic" }
  | { readonly kind: "bearer"; readonly realm: URL; readonly service?: string };

/** The authentication of one registry. */
export class Authenticator {
  readonly #host: string;
  readonly #keychain: Keychain;
  readonly #tokens: Tokens;
  readonly #warn: (text: string) => void;
  readonly #credentials = new Map<string, Credential>();
  readonly #lookups = new Flights<Credential>();
  readonly #widened = new Map<string, readonly string[]>();
  #scheme: Scheme | undefined;
  #warned = false;

  /** Authentication to `host` with what `keychain` knows; `warn` hears what the user should look at. */
  constructor(
    host: string,
    keychain: Keychain,
    tokens: Tokens,
    warn: (text: string) => void,
  ) {
    this.#host = host;
    this.#keychain = keychain;
    this.#tokens = tokens;
    this.#warn = warn;
  }

  /**
   * The `Authorization` to send at once; undefined while the registry has not asked for any.
   *
   * @param home the registry's origin.
   */
  async known(access: Access, home: URL): Promise<string | undefined> {
    return this.#scheme === undefined
      ? undefined
      : await this.#authorization(this.#scheme, access, home, undefined);
  }

  /**
   * The `Authorization` that answers a 401; undefined where there is nothing more to show.
   *
   * @param asked the address that gave the response.
   * @param shown the `Authorization` that the request had.
   * @throws {RegistryError} `auth-required` where no scheme is understood; what fetching a token throws.
   */
  async answer(
    response: Response,
    asked: URL,
    access: Access,
    home: URL,
    shown: string | undefined,
  ): Promise<string | undefined> {
    const challenge = this.#choose(response.headers.get("www-authenticate"), access.attempt);
    const scheme = readScheme(challenge, asked, home, access.attempt);
    this.#scheme = scheme;
    const more = splitScopes(challenge.parameters.get("scope") ?? "");
    if (scheme.kind === "bearer" && more.length > 0) {
      this.#widened.set(scopeKey(access), mergeScopes(access.scopes, more));
    }
    return await this.#authorization(scheme, access, home, shown);
  }

  /** What the registry was shown for a repository. */
  async standing(access: Access, home: URL): Promise<Standing> {
    if (this.#scheme === undefined) return { kind: "anonymous" };
    const { kind, source } = await this.#stored(access);
    if (kind === "anonymous") return { kind };
    return { kind: maySendSecrets(home) ? "shown" : "withheld", source };
  }

  #choose(header: string | null, attempt: Attempt): Challenge {
    const challenges = parseChallenges(header ?? "");
    const chosen = challenges.find(({ scheme }) => scheme === "bearer") ??
      challenges.find(({ scheme }) => scheme === "basic");
    if (chosen !== undefined) return chosen;
    const names = challenges.map(({ scheme }) => printable(scheme, 40).toUpperCase());
    const asked = names.length === 0
      ? "without saying how to authenticate"
      : `and asked for ${names.slice(0, 5).join(", ")}: only Basic and Bearer are supported`;
    throw new RegistryError(
      "auth-required",
      `${attempt.label}: ${this.#host} answered 401 ${asked}`,
      { status: 401 },
    );
  }

  async #authorization(
    scheme: Scheme,
    access: Access,
    home: URL,
    shown: string | undefined,
  ): Promise<string | undefined> {
    const credential = await this.#credential(access, home);
    if (scheme.kind === "basic") {
      return credential.kind === "basic"
        ? otherThan(shown, basicAuthorization(credential))
        : undefined;
    }
    if (credential.kind === "bearer") {
      return otherThan(shown, `Bearer ${headerToken(credential.token, access.attempt)}`);
    }
    const token = await this.#tokens.get(
      { ...scheme, scopes: this.#widened.get(scopeKey(access)) ?? access.scopes },
      credential,
      access.attempt,
      {
        ...(access.signal === undefined ? {} : { signal: access.signal }),
        ...(shown === undefined ? {} : { stale: shown.replace(/^Bearer /, "") }),
      },
    );
    // Even where it is the same again: the service stands by it, so the refusal may have been a mishap.
    return `Bearer ${token}`;
  }

  /** The credential as far as it may be used. */
  async #credential(access: Access, home: URL): Promise<Credential> {
    const stored = await this.#stored(access);
    return maySendSecrets(home) ? stored : { kind: "anonymous", source: stored.source };
  }

  async #stored(access: Access): Promise<Credential> {
    const { repository } = access;
    return this.#credentials.get(repository) ?? await this.#lookups.join(
      repository,
      async (cancel) => {
        const credential = await this.#keychain.resolve(
          { registry: this.#host, name: repository },
          cancel,
        );
        this.#credentials.set(repository, credential);
        if (credential.kind !== "anonymous") this.#warnOfNearMiss();
        return credential;
      },
      access,
    );
  }

  /** Says, before credentials go to a host, that it may not be the one that is meant. */
  #warnOfNearMiss(): void {
    const meant = nearMiss(this.#host);
    if (meant === undefined || this.#warned) return;
    this.#warned = true;
    this.#warn(`credentials are being shown to ${this.#host}, which is not ${meant}`);
  }
}

/** What there is to show, unless that was shown already. */
function otherThan(shown: string | undefined, next: string): string | undefined {
  return next === shown ? undefined : next;
}

function scopeKey({ scopes }: Access): string {
  return scopes.join(" ");
}

function readScheme(challenge: Challenge, asked: URL, home: URL, attempt: Attempt): Scheme {
  if (challenge.scheme === "basic") return { kind: "basic" };
  const { parameters } = challenge;
  const service = parameters.get("service");
  return {
    kind: "bearer",
    realm: resolveRealm(parameters.get("realm"), asked, home, attempt),
    ...(service === undefined ? {} : { service }),
  };
}
