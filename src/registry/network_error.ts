// Says in words why there was no response. `fetch` says only "fetch failed"; the reason stands in the
// texts of its causes, together with addresses that may hold secrets and must not be repeated.
import { printable, redactUrls } from "../core/printable.ts";
import { TimeLimitError } from "../core/time_limits.ts";
import { formatProxy, ProxyFailure } from "../core/proxy.ts";
import { type Attempt, RegistryError } from "./errors.ts";
import { isLoopback } from "./origin.ts";

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
  [/NotValidForName|not valid for name/, "its certificate is for another name"],
  [/Revoked/, "its certificate was revoked"],
  [/CertificateRequired/, "it wants a client certificate"],
];

/** Tries where somebody is waited for in vain: each of them costs a minute. */
const TIME_LIMIT_ATTEMPTS = 3;

/** The detail of an error whose peer's certificate is signed by nobody who is trusted. */
export const UNTRUSTED = "untrusted";

/** The detail of an error whose peer wants a client certificate. */
export const NO_CERTIFICATE = "no-client-certificate";

const PROXY_REASONS: readonly (readonly [RegExp, (proxy: string) => string, readonly string[]])[] =
  [
    [
      /proxy authentication required/i,
      (proxy) => `the proxy ${proxy} wants to be authenticated to`,
      ["put its user name and password into the variable: http://USER:PASSWORD@HOST:PORT"],
    ],
    [
      /unsuccessful tunnel|tunnel error|proxy connect/i,
      (proxy) => `the proxy ${proxy} does not let it through`,
      ["to go past the proxy, put the registry's host into NO_PROXY"],
    ],
    [/dns error|failed to lookup address/i, (proxy) => `cannot resolve the proxy ${proxy}`, []],
    [
      /connection refused|tcp connect error|error trying to connect/i,
      (proxy) => `cannot connect to the proxy ${proxy}`,
      [],
    ],
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
    help:
      () => ["check the host's name and this machine's network; a proxy is named by HTTPS_PROXY"],
  },
  {
    pattern: /connection refused|os error (?:111|61|10061)\b/i,
    say: (at) => `cannot connect to ${at}: connection refused`,
    retryable: true,
    attempts: REFUSED_ATTEMPTS,
    help: ({ hostname }) =>
      isLoopback(hostname)
        ? ["nothing listens there: start the registry, or correct the port"]
        : ["check the host's name and port, and that the registry runs"],
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
  },
  {
    pattern: /CaUsedAsEndEntity/,
    say: (at) => `cannot trust ${at}`,
    help:
      () => ["a server's certificate must not be an authority's too (basicConstraints=CA:FALSE)"],
  },
  {
    pattern: /\bExpired|NotValidYet/,
    say: (at) => `cannot trust ${at}`,
    help: () => ["renew the server's certificate, or set this machine's clock"],
  },
  {
    pattern: /not valid for name|NotValidForName/i,
    say: (at) => `cannot trust ${at}`,
    help: () => ["name the registry as its certificate does, or have one made for this name"],
  },
  {
    pattern: /invalid peer certificate/i,
    say: (at) => `cannot trust ${at}`,
  },
  { pattern: /\btls\b|handshake|AlertReceived/i, say: (at) => `cannot speak TLS with ${at}` },
  {
    pattern: /invalid (?:HTTP|header|content-length|URI|status)|message head is too large/i,
    say: (at) => `${at} does not speak HTTP`,
    help: ({ protocol, host, hostname }) =>
      protocol === "https:" || isLoopback(hostname)
        ? []
        : [`if it speaks TLS, take ${host} off the list of insecure registries`],
  },
];

/**
 * The error for a request that got no response.
 *
 * @param error what the transport rejected with.
 * @param url where the request went.
 */
export function networkError(error: unknown, url: URL, attempt: Attempt): RegistryError {
  if (error instanceof TimeLimitError) return timeLimitError(error, attempt.label);
  const text = chainText(error);
  const proxied = error instanceof ProxyFailure ? formatProxy(error.proxy) : undefined;
  const refused = proxied === undefined
    ? undefined
    : PROXY_REASONS.find(([pattern]) => pattern.test(text));
  if (proxied !== undefined && refused !== undefined) {
    const [, say, help] = refused;
    return new RegistryError("network-failed", `${attempt.label}: ${say(proxied)}`, { help });
  }
  const at = `${url.hostname}:${url.port === "" ? defaultPort(url) : url.port}`;
  const reason = REASONS.find(({ pattern }) => pattern.test(text));
  const said = reason?.say(at, url) ?? `connection to ${at} broke`;
  const cause = lowerCause(text);
  const via = proxied === undefined ? "" : `, by the proxy ${proxied}`;
  return new RegistryError("network-failed", `${attempt.label}: ${said}${via}`, {
    retryable: reason === undefined || reason.retryable === true,
    ...(reason?.attempts === undefined ? {} : { attempts: reason.attempts }),
    help: reason?.help?.(url) ?? [],
    ...(cause === "" || said.endsWith(cause) ? {} : { cause: new Error(cause) }),
    details: detailsOf(said, text, url, attempt),
  });
}

function detailsOf(
  said: string,
  text: string,
  url: URL,
  { host }: Attempt,
): Record<string, string> {
  // Of an address that the registry led to, no exception can be made.
  if (said.endsWith("does not speak TLS") && url.host === host) {
    return { insecure: "possible", host };
  }
  if (said.endsWith("does not speak HTTP")) return { reason: NOT_HTTP };
  if (/CertificateRequired/.test(text)) return { reason: NO_CERTIFICATE, host };
  return /UnknownIssuer|CaUsedAsEndEntity/.test(text) ? { reason: UNTRUSTED, host } : {};
}

/** The error for something that was waited for too long. */
export function timeLimitError(error: TimeLimitError, label: string): RegistryError {
  return new RegistryError("network-failed", `${label}: ${error.message}`, {
    retryable: true,
    attempts: TIME_LIMIT_ATTEMPTS,
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
