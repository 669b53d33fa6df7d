// Says in words why there was no response. `fetch` says only "fetch failed"; the reason stands in the
// texts of its causes, together with addresses that may hold secrets and must not be repeated.
import { printable, redactUrls } from "../core/printable.ts";
import { type Attempt, RegistryError } from "./errors.ts";

/** One way to fail: how it is recognized, what is said, and whether it may pass. */
interface Reason {
  readonly pattern: RegExp;
  readonly say: (at: string, url: URL) => string;
  readonly retryable?: boolean;
  readonly attempts?: number;
  readonly help?: (url: URL) => readonly string[];
}

/** Tries at a port where nobody listens: 7.5 s in all, enough for a registry that is being restarted. */
const REFUSED_ATTEMPTS = 5;

/** The detail of an error whose peer does not speak HTTP, perhaps because it speaks TLS. */
export const NOT_HTTP = "not-http";

const TLS_REASONS: readonly (readonly [RegExp, string])[] = [
  [/UnknownIssuer/, "its certificate is signed by an authority that is not trusted"],
  [/CaUsedAsEndEntity/, "its certificate is self-signed"],
  [/Expired/, "its certificate has expired"],
  [/NotValidYet/, "its certificate is not valid yet"],
  [/NotValidForName/, "its certificate is for another name"],
  [/Revoked/, "its certificate was revoked"],
];

const REASONS: readonly Reason[] = [
  {
    pattern: /Requests to port \d+ are blocked/i,
    say: (at) => `cannot connect to ${at}: the runtime refuses this port`,
    help: () => ["serve the registry on another port: this one belongs to another protocol"],
  },
  {
    pattern: /dns error|failed to lookup address/i,
    say: (_at, url) => `cannot resolve ${url.hostname}`,
  },
  {
    pattern: /connection refused|os error (?:111|61|10061)\b/i,
    say: (at) => `cannot connect to ${at}: connection refused`,
    retryable: true,
    attempts: REFUSED_ATTEMPTS,
  },
  {
    pattern: /tcp connect error|error trying to connect/i,
    say: (at) => `cannot connect to ${at}`,
    retryable: true,
    attempts: REFUSED_ATTEMPTS,
  },
  {
    pattern: /corrupt message of type InvalidContentType|WRONG_VERSION_NUMBER/i,
    say: (at) => `${at} does not speak TLS`,
    help: (url) => [`if ${url.host} speaks plain HTTP, list it as an insecure registry`],
  },
  {
    pattern: /invalid peer certificate/i,
    say: (at) => `cannot trust ${at}`,
    help: () => ["give krust the certificate of the authority that signed it, as PEM"],
  },
  { pattern: /\btls\b|handshake|AlertReceived/i, say: (at) => `cannot speak TLS with ${at}` },
  {
    pattern: /invalid (?:HTTP|header|content-length|URI|status)|message head is too large/i,
    say: (at) => `${at} does not speak HTTP`,
  },
];

/**
 * The error for a request that got no response.
 *
 * @param error what the transport rejected with.
 * @param url where the request went.
 */
export function networkError(error: unknown, url: URL, attempt: Attempt): RegistryError {
  const text = chainText(error);
  const at = `${url.hostname}:${url.port === "" ? defaultPort(url) : url.port}`;
  const reason = REASONS.find(({ pattern }) => pattern.test(text));
  const said = reason?.say(at, url) ?? `connection to ${at} broke`;
  const cause = lowerCause(text);
  return new RegistryError("network-failed", `${attempt.label}: ${said}`, {
    retryable: reason === undefined || reason.retryable === true,
    ...(reason?.attempts === undefined ? {} : { attempts: reason.attempts }),
    help: reason?.help?.(url) ?? [],
    ...(cause === "" || said.endsWith(cause) ? {} : { cause: new Error(cause) }),
    details: said.endsWith("does not speak HTTP") ? { reason: NOT_HTTP } : {},
  });
}

function defaultPort(url: URL): string {
  return url.protocol === "https:" ? "443" : "80";
}

function chainText(error: unknown): string {
  const texts: string[] = [];
  for (let at: unknown = error; at instanceof Error && texts.length < 8; at = at.cause) {
    texts.push(at.message);
  }
  return texts.length === 0 ? String(error) : texts.join(": ");
}

/** The innermost reason without the addresses that stand before it. */
function lowerCause(chain: string): string {
  const known = TLS_REASONS.find(([pattern]) => pattern.test(chain));
  if (known !== undefined) return known[1];
  const inner = /client error \(\w+\): (.*)$/s.exec(chain)?.[1] ?? chain;
  const plain = redactUrls(inner).replace(/^fetch failed:? ?/i, "");
  const text = printable(plain).replace(/ \(os error \d+\)/g, "");
  return text.slice(0, 1).toLowerCase() + text.slice(1);
}
