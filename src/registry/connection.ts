// Requests to one registry: its origin, its authentication, its redirects. Credentials go to the
// registry's own origin and to nobody else.
import type { Transport, WireRequest } from "../core/http.ts";
import type { Body } from "../core/streams.ts";
import { type Access, Authenticator } from "./authenticator.ts";
import type { Clock } from "./clock.ts";
import type { Keychain } from "./credential.ts";
import { type Endpoint, formatEndpoint } from "./endpoints.ts";
import { ERROR_BODY_LIMIT, readSome, RegistryError, responseError, SPEAKS_TLS } from "./errors.ts";
import { discard, exchange } from "./exchange.ts";
import { NOT_HTTP } from "./network_error.ts";
import { registryOrigins } from "./origin.ts";
import { type Answer, followRedirects, resolveLocation } from "./redirect.ts";
import type { RetryPolicy } from "./retry.ts";
import { Tokens } from "./token.ts";
import { Warnings } from "./warnings.ts";

/** What a {@linkcode Connection} is made of. */
export interface ConnectionOptions {
  /** Sends requests. */
  readonly transport: Transport;
  /** Sends requests for tokens. */
  readonly tokenTransport: Transport;
  /** Knows credentials. */
  readonly keychain: Keychain;
  /** Whether the user listed the host as one that speaks plain HTTP. */
  readonly insecure: boolean;
  /** How often a token is asked for, and who is told of what the registry warns of. */
  readonly policy: RetryPolicy;
}

/** What is sent, and what it needs to be allowed. */
export interface Ask extends Access {
  /** Headers beside those of HTTP and authentication. */
  readonly headers?: Readonly<Record<string, string>>;
  /** What is sent. */
  readonly body?: Body;
}

/** Requests to one registry. */
export class Connection {
  /** Host and port as references name it. */
  readonly host: string;
  readonly #transport: Transport;
  readonly #authenticator: Authenticator;
  readonly #clock: Clock;
  readonly #warnings: Warnings;
  readonly #origins: readonly URL[];
  #home: URL;

  /** A connection to `host`; nothing is sent yet. */
  constructor(host: string, options: ConnectionOptions) {
    this.host = host;
    this.#transport = options.transport;
    this.#clock = options.policy.clock;
    this.#warnings = new Warnings(host, options.policy.warn);
    this.#authenticator = new Authenticator(
      host,
      options.keychain,
      new Tokens(options.tokenTransport, options.policy),
      options.policy.warn,
    );
    this.#origins = registryOrigins(host, options);
    this.#home = this.#origins[0] ?? new URL(`https://${host}/`);
  }

  /**
   * Sends a request to one of the registry's endpoints.
   *
   * @throws {RegistryError} where there was no answer or it must not be followed; an answer is given as
   * it is, whatever its status.
   */
  async request(endpoint: Endpoint, ask: Ask): Promise<Answer> {
    const { method, path } = formatEndpoint(endpoint);
    const home = this.#home;
    try {
      return await this.send(method, new URL(path, home), ask);
    } catch (error) {
      const secure = this.#origins[1];
      const speaksTls = error instanceof RegistryError && error.details["reason"] === NOT_HTTP;
      if (secure === undefined || home === secure || !speaksTls) throw error;
      this.#home = secure;
      return await this.send(method, new URL(path, secure), ask);
    }
  }

  /** Sends a request to an address that the registry gave; see {@linkcode Connection.request}. */
  async send(method: string, url: URL, ask: Ask): Promise<Answer> {
    const headers = new Headers(ask.headers);
    const request: WireRequest = {
      method,
      url,
      headers,
      ...(ask.body === undefined ? {} : { body: ask.body }),
    };
    const answer = await followRedirects(
      request,
      this.#home,
      ask.attempt,
      (hop, own) =>
        own ? this.#authorized(hop, ask) : exchange(this.#transport, hop, ask.attempt, ask),
    );
    if (answer.own) this.#warnings.heed(answer.response.headers);
    return answer;
  }

  /** Where an answer's `Location` leads; see {@linkcode resolveLocation}. */
  locate({ response, url }: Answer, ask: Ask): URL {
    return resolveLocation(response.headers.get("location"), url, this.#home, ask.attempt);
  }

  /** The error for an answer that is not the one hoped for. */
  async failure({ response, url, own }: Answer, ask: Ask): Promise<RegistryError> {
    const standing = await this.#authenticator.standing(ask, this.#home);
    return await responseError(response, ask.attempt, {
      now: this.#clock.now(),
      standing,
      repository: ask.repository,
      ...(own ? {} : { foreign: url.host }),
    });
  }

  /** Sends to the registry's own origin: answers a challenge, and refreshes a refused token once. */
  async #authorized(request: WireRequest, ask: Ask): Promise<Response> {
    let shown = await this.#authenticator.known(ask, this.#home);
    for (let refreshed = false;;) {
      const headers = new Headers(request.headers);
      if (shown !== undefined) headers.set("authorization", shown);
      const response = await this.#first({ ...request, headers }, ask);
      if (response.status !== 401 || refreshed) return response;
      refreshed = shown !== undefined;
      const next = await this.#authenticator.answer(response, request.url, ask, this.#home, shown);
      if (next === undefined) return response;
      await discard(response);
      shown = next;
    }
  }

  /** Sends; a server that wants TLS instead of plain HTTP is recognized by its words. */
  async #first(request: WireRequest, ask: Ask): Promise<Response> {
    const response = await exchange(this.#transport, request, ask.attempt, ask);
    if (response.status !== 400 || request.url.protocol === "https:") return response;
    const text = await this.#words(response, request, ask);
    const { status, headers } = response;
    if (!SPEAKS_TLS.test(text)) {
      return new Response(request.method === "HEAD" ? null : text, { status, headers });
    }
    throw new RegistryError(
      "network-failed",
      `${ask.attempt.label}: ${request.url.host} speaks TLS, but was asked in plain HTTP`,
      {
        details: { reason: NOT_HTTP },
        help: [`take ${this.host} off the list of insecure registries`],
      },
    );
  }

  /** What a refusal says; the answer to a HEAD has no words, so that a GET has to ask for them. */
  async #words(response: Response, { method, url }: WireRequest, ask: Ask): Promise<string> {
    if (method !== "HEAD") return await readSome(response, ERROR_BODY_LIMIT);
    await discard(response);
    const ping: WireRequest = { method: "GET", url: new URL("/v2/", url), headers: new Headers() };
    const answer = await exchange(this.#transport, ping, ask.attempt, ask);
    return await readSome(answer, ERROR_BODY_LIMIT);
  }
}
