// Access tokens (distribution's token and OAuth2 specs): fetched from the realm that a challenge names,
// once per set of scopes however many ask, used until four fifths of their life are over.
import * as v from "valibot";
import { KrustError } from "../core/error.ts";
import { decodeJson } from "../core/json.ts";
import { bodyOf, type Cancel, collect } from "../core/streams.ts";
import type { Transport, WireRequest } from "../core/http.ts";
import { TimeLimitError } from "../core/time_limits.ts";
import type { Credential } from "./credential.ts";
import { type Attempt, RegistryError, responseError, type Standing } from "./errors.ts";
import { discard, exchange } from "./exchange.ts";
import { Flights } from "./flights.ts";
import { networkError } from "./network_error.ts";
import { isPrivateAddress, maySendSecrets } from "./origin.ts";
import { ADDRESS_LIMIT, appendQuery, followRedirects } from "./redirect.ts";
import { retrying, type RetryPolicy } from "./retry.ts";

/** What a token is for. */
export interface TokenRequest {
  /** The token server's address; checked by {@linkcode resolveRealm}. */
  readonly realm: URL;
  /** The name under which the token server knows the registry; some challenges have none. */
  readonly service?: string;
  /** What the token shall allow. */
  readonly scopes: readonly string[];
}

/** Options of {@linkcode Tokens.get}. */
export interface TokenOptions extends Cancel {
  /** A token that was refused: it is not given again. */
  readonly stale?: string;
}

interface Token {
  readonly value: string;
  /** Milliseconds since 1970. */
  readonly renewAt: number;
}

/** Largest answer of a token server, in bytes. */
const ANSWER_LIMIT = 1024 * 1024;
/** Seconds that a token lives at least, and where its server does not say (distribution's rule). */
const SHORTEST_LIFE = 60;
const CLIENT_ID = "krust";

/** The tokens of one registry. */
export class Tokens {
  readonly #transport: Transport;
  readonly #policy: RetryPolicy;
  readonly #known = new Map<string, Token>();
  readonly #flights = new Flights<Token>();

  /** Tokens that are fetched over `transport`. */
  constructor(transport: Transport, policy: RetryPolicy) {
    this.#transport = transport;
    this.#policy = policy;
  }

  /**
   * A token that is still good, fetched if need be.
   *
   * @throws {RegistryError} `auth-required`, `auth-denied`, `network-failed`.
   */
  async get(
    request: TokenRequest,
    credential: Credential,
    attempt: Attempt,
    options: TokenOptions = {},
  ): Promise<string> {
    const key = JSON.stringify([request.realm.href, request.service ?? null, request.scopes]);
    const known = this.#known.get(key);
    if (
      known !== undefined && known.value !== options.stale &&
      this.#policy.clock.now() < known.renewAt
    ) return known.value;
    const token = await this.#flights.join(key, async (cancel) => {
      const fresh = await retrying(
        this.#policy,
        () => this.#fetch(request, credential, attempt, cancel),
        cancel,
      );
      this.#known.set(key, fresh);
      return fresh;
    }, options);
    return token.value;
  }

  async #fetch(
    request: TokenRequest,
    credential: Credential,
    attempt: Attempt,
    options: Cancel,
  ): Promise<Token> {
    const what: Attempt = {
      host: attempt.host,
      label: `token of ${request.realm.host} for ${attempt.label}`,
    };
    // A realm may be reached in plain HTTP only where the registry is; secrets still stay here.
    const shown: Credential = maySendSecrets(request.realm)
      ? credential
      : { kind: "anonymous", source: credential.source };
    const response = await this.#ask(request, shown, what, options);
    if (!response.ok) {
      const standing: Standing = shown.kind === "anonymous"
        ? { kind: "anonymous" }
        : { kind: "shown", source: shown.source };
      const { clock } = this.#policy;
      throw await responseError(response, what, {
        now: clock.now(),
        standing,
        code: "auth-denied",
      });
    }
    return await this.#read(response, request.realm, what);
  }

  async #ask(
    request: TokenRequest,
    credential: Credential,
    what: Attempt,
    options: Cancel,
  ): Promise<Response> {
    if (credential.kind === "identity") {
      const response = await exchange(
        this.#transport,
        refreshRequest(request, credential.token),
        what,
        options,
      );
      if (response.status !== 404 && response.status !== 405) return response;
      await discard(response);
    }
    const headers = new Headers();
    const { response } = await followRedirects(
      { method: "GET", url: tokenUrl(request), headers },
      request.realm,
      what,
      (hop, own) => {
        const shown = new Headers(hop.headers);
        if (own && credential.kind === "basic") {
          shown.set("authorization", basicAuthorization(credential));
        }
        return exchange(this.#transport, { ...hop, headers: shown }, what, options);
      },
    );
    return response;
  }

  async #read(response: Response, realm: URL, what: Attempt): Promise<Token> {
    const asked = this.#policy.clock.now();
    let answer: v.InferOutput<typeof answerSchema>;
    try {
      const raw = response.body === null
        ? new Uint8Array()
        : await collect(response.body, ANSWER_LIMIT, "the token server's answer");
      answer = v.parse(answerSchema, decodeJson(raw, "the token server's answer"));
    } catch (error) {
      const broken = !(error instanceof v.ValiError) &&
        (!(error instanceof KrustError) || error instanceof TimeLimitError);
      if (broken) throw networkError(error, realm, what);
      throw new RegistryError("auth-denied", `${what.label}: the answer holds no token`, {
        cause: error instanceof v.ValiError ? undefined : error,
      });
    }
    const value = answer.token ?? answer.access_token ?? "";
    const life = Math.max(SHORTEST_LIFE, answer.expires_in ?? SHORTEST_LIFE);
    return { value: headerToken(value, what), renewAt: asked + life * 1000 * 0.8 };
  }
}

const answerSchema = v.object({
  token: v.optional(v.string()),
  access_token: v.optional(v.string()),
  expires_in: v.fallback(v.optional(v.number()), undefined),
});

/**
 * Checks a token that is about to stand in a header.
 *
 * @throws {RegistryError} `auth-denied` for one that is empty or has other than visible ASCII.
 */
export function headerToken(token: string, attempt: Attempt): string {
  if (/^[\x21-\x7e]+$/.test(token)) return token;
  throw new RegistryError("auth-denied", `${attempt.label}: the answer holds no token`);
}

/** The value of `Authorization` for a user name and password (RFC 7617, UTF-8). */
export function basicAuthorization(
  credential: { readonly username: string; readonly password: string },
): string {
  const pair = new TextEncoder().encode(`${credential.username}:${credential.password}`);
  return `Basic ${pair.toBase64()}`;
}

/** The address of a GET for a token; what the realm itself has in its query is kept. */
function tokenUrl({ realm, service, scopes }: TokenRequest): URL {
  const query = new URLSearchParams();
  if (service !== undefined) query.set("service", service);
  for (const scope of scopes) query.append("scope", scope);
  return appendQuery(realm, query.toString());
}

/** The trade of a refresh token for an access token; never redirected, as its body is the secret. */
function refreshRequest({ realm, service, scopes }: TokenRequest, secret: string): WireRequest {
  const form = new URLSearchParams({ grant_type: "refresh_token", client_id: CLIENT_ID });
  if (service !== undefined) form.set("service", service);
  if (scopes.length > 0) form.set("scope", scopes.join(" "));
  form.set("refresh_token", secret);
  return {
    method: "POST",
    url: realm,
    headers: new Headers({ "content-type": "application/x-www-form-urlencoded" }),
    body: bodyOf(new TextEncoder().encode(form.toString())),
  };
}

/**
 * The address of the token server that a challenge names.
 *
 * @param realm the challenge's `realm`; may be relative.
 * @param asked the address that gave the challenge.
 * @param home the registry's origin.
 * @throws {RegistryError} `auth-denied` for a realm to which nothing may be sent: plain HTTP from a
 * registry over TLS, a scheme that is not HTTP, or a private address from a public registry.
 */
export function resolveRealm(
  realm: string | undefined,
  asked: URL,
  home: URL,
  attempt: Attempt,
): URL {
  const refuse = (reason: string): RegistryError =>
    new RegistryError("auth-denied", `${attempt.label}: ${reason}`);
  if (realm === undefined || realm === "") throw refuse("the challenge names no token server");
  const url = realm.length > ADDRESS_LIMIT ? null : URL.parse(realm, asked);
  if (url === null) throw refuse("the challenge names a token server that is no address");
  url.username = "";
  url.password = "";
  url.hash = "";
  const plain = url.protocol === "http:" && home.protocol === "http:";
  if (url.protocol !== "https:" && !plain) {
    throw refuse(`refusing a token server that is not https: ${url.protocol}//${url.host}`);
  }
  if (
    isPrivateAddress(url.hostname) && !isPrivateAddress(home.hostname) && url.host !== home.host
  ) {
    throw refuse(`refusing a token server at the private address ${url.host}`);
  }
  return url;
}
