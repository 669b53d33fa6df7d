// Redirects and `Location`s, followed by hand: who may be sent where, and who may still see credentials.
// Signed addresses survive as they are: nothing here parses and writes a query anew.
import type { Digest } from "../core/digest.ts";
import type { WireRequest } from "../core/http.ts";
import { printable } from "../core/printable.ts";
import { type Attempt, RegistryError } from "./errors.ts";
import { isPrivateAddress } from "./origin.ts";
import { discard } from "./exchange.ts";

/** How many redirects are followed for one request. */
export const REDIRECT_LIMIT = 10;

/**
 * The longest address that is followed, in characters: signed ones have a few thousand, and a host that is
 * not ASCII costs the square of its length.
 */
export const ADDRESS_LIMIT = 16 * 1024;

/**
 * Where a `Location` leads.
 *
 * @param location the header's value, null where there was none.
 * @param from the address that answered with it.
 * @param home the registry's own origin, or the token server's.
 * @throws {RegistryError} `registry-rejected` for one that is missing, doubled or not HTTP, that leaves
 * TLS, or that leads from a public registry to a private address.
 */
export function resolveLocation(
  location: string | null,
  from: URL,
  home: URL,
  attempt: Attempt,
): URL {
  const fault = (reason: string, help: readonly string[] = []): RegistryError =>
    new RegistryError("registry-rejected", `${attempt.label}: ${reason}`, { help });
  if (location === null || location.trim() === "") {
    throw fault(`${from.host} answered without a Location`);
  }
  if (location.length > ADDRESS_LIMIT) {
    throw fault(`${from.host} answered with a Location longer than ${ADDRESS_LIMIT} characters`);
  }
  // Two headers arrive joined, and a URL has no bare space.
  if (/,\s/.test(location.trim())) throw fault(`${from.host} answered with two Locations`);
  let url: URL;
  try {
    url = new URL(location.trim(), from);
  } catch {
    throw fault(
      `${from.host} answered with a Location that is no address: "${printable(location)}"`,
    );
  }
  // fetch would turn user information into credentials.
  url.username = "";
  url.password = "";
  url.hash = "";
  if (url.protocol === "http:" && from.protocol === "https:") {
    throw fault(`${from.host} leads from https to http://${url.host}, which is refused`, [
      "where a proxy holds the TLS certificate, let it send X-Forwarded-Proto: https to the registry",
    ]);
  }
  if (url.protocol !== "http:" && url.protocol !== "https:") {
    throw fault(`${from.host} leads to an address that is not HTTP (${url.protocol})`);
  }
  if (
    isPrivateAddress(url.hostname) && !isPrivateAddress(home.hostname) && url.host !== home.host
  ) {
    throw fault(`refusing to follow ${home.host} to the private address ${url.host}`);
  }
  return url;
}

/** An upload's address with the digest that finishes it, appended as text. */
export function withDigest(location: URL, digest: Digest): URL {
  return appendQuery(location, `digest=${digest}`);
}

/** An address with more query, appended as text. */
export function appendQuery(url: URL, query: string): URL {
  if (query === "") return url;
  const { href } = url;
  const joint = !href.includes("?") ? "?" : /[?&]$/.test(href) ? "" : "&";
  return new URL(`${href}${joint}${query}`);
}

/** A response, and the address that gave it in the end. */
export interface Answer {
  /** The response. */
  readonly response: Response;
  /** The address after all redirects, against which a `Location` is resolved. */
  readonly url: URL;
  /** Whether the address is the registry's own and was reached without leaving it. */
  readonly own: boolean;
}

/**
 * Sends a request and follows its redirects. Credentials may be shown only while every hop so far
 * stayed on `home`: a foreign host must not get them, nor choose what they are used for.
 *
 * @param send sends one request; `own` says whether it may show credentials.
 * @throws {RegistryError} `registry-rejected` for a redirect that must not be followed.
 */
export async function followRedirects(
  first: WireRequest,
  home: URL,
  attempt: Attempt,
  send: (request: WireRequest, own: boolean) => Promise<Response>,
): Promise<Answer> {
  let request = first;
  let own = request.url.origin === home.origin;
  for (let hops = 0;; hops++) {
    const response = await send(request, own);
    if (!isRedirect(response.status)) return { response, url: request.url, own };
    await discard(response);
    const refuse = (reason: string): RegistryError =>
      new RegistryError("registry-rejected", `${attempt.label}: ${reason}`, {
        status: response.status,
      });
    if (hops === REDIRECT_LIMIT) throw refuse(`more than ${REDIRECT_LIMIT} redirects`);
    // Only these two promise that method and body stay (RFC 9110 15.4).
    if (!isRead(request.method) && response.status !== 307 && response.status !== 308) {
      throw refuse(`HTTP ${response.status} to a ${request.method} would lose its body`);
    }
    const url = resolveLocation(response.headers.get("location"), request.url, home, attempt);
    own &&= url.origin === home.origin;
    request = { ...request, url };
  }
}

function isRead(method: string): boolean {
  return method === "GET" || method === "HEAD";
}

function isRedirect(status: number): boolean {
  return [301, 302, 303, 307, 308].includes(status);
}
