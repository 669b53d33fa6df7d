// The proxies that the environment names. The runtime heeds these variables by itself, but passes over
// what it cannot read without a word, and names no proxy in its errors: both are made good here.
import { KrustError } from "./error.ts";

/** A proxy, as it may be shown to people. */
export interface Proxy {
  /** Its host and port. */
  readonly host: string;
  /** The variable that names it. */
  readonly variable: string;
  /** Its address, without user information. */
  readonly url: URL;
}

/** The way to a server: by a proxy, or undefined for straight. */
export type ProxyFor = (url: URL) => Proxy | undefined;

/** A request that failed on its way by a proxy; `cause` is what the transport rejected with. */
export class ProxyFailure extends Error {
  /** The proxy. */
  readonly proxy: Proxy;

  /** Wraps a failure. */
  constructor(proxy: Proxy, cause: unknown) {
    super(`by the proxy ${formatProxy(proxy)}`, { cause });
    this.name = "ProxyFailure";
    this.proxy = proxy;
  }
}

/** A proxy in words: `proxy.corp:3128 (HTTPS_PROXY)`. */
export function formatProxy({ host, variable }: Proxy): string {
  return `${host} (${variable})`;
}

// The first of each list that is set counts, as the runtime has it.
const VARIABLES = {
  "http:": ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"],
  "https:": ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"],
} as const;

/** The variables that name proxies. */
export const PROXY_VARIABLES: readonly string[] = [
  ...new Set([...VARIABLES["http:"], ...VARIABLES["https:"]]),
];

const SCHEMES: readonly string[] = ["http:", "https:", "socks5:", "socks5h:"];

/**
 * Reads `HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY`, in capitals or not.
 *
 * @throws {KrustError} `config-invalid` for a value that is no proxy's address; it is not repeated, as it
 * may hold a password.
 */
export function readProxies(env: (name: string) => string | undefined): ProxyFor {
  const { http, https, straight } = readProxySettings(env);
  return (url) => {
    const proxy = url.protocol === "http:" ? http : https;
    return proxy === undefined || straight.some((part) => covers(part, url)) ? undefined : proxy;
  };
}

/** What the environment says of proxies. */
export interface ProxySettings {
  /** For plain HTTP. */
  readonly http: Proxy | undefined;
  /** For TLS. */
  readonly https: Proxy | undefined;
  /** Entries of `NO_PROXY`, in small letters. */
  readonly straight: readonly string[];
}

/**
 * Reads what {@linkcode readProxies} goes by.
 *
 * @throws {KrustError} `config-invalid`, as it does.
 */
export function readProxySettings(env: (name: string) => string | undefined): ProxySettings {
  const find = (names: readonly string[]): Proxy | undefined => {
    for (const name of names) {
      const value = env(name)?.trim() ?? "";
      if (value !== "") return readProxy(value, name);
    }
    return undefined;
  };
  return {
    http: find(VARIABLES["http:"]),
    https: find(VARIABLES["https:"]),
    straight: (env("NO_PROXY") ?? env("no_proxy") ?? "").split(",")
      .map((part) => part.trim().toLowerCase()).filter((part) => part !== ""),
  };
}

function readProxy(value: string, variable: string): Proxy {
  const url = URL.parse(value.includes("://") ? value : `http://${value}`);
  if (url === null || !SCHEMES.includes(url.protocol) || url.hostname === "" || /\s/.test(value)) {
    throw new KrustError("config-invalid", `${variable} is not the address of a proxy`, {
      help: [
        `set it as ${variable}=http://HOST:PORT, or unset it`,
        "a user name and password in it have their special characters percent-encoded",
      ],
    });
  }
  url.username = "";
  url.password = "";
  return { host: url.host, variable, url };
}

/** Whether an entry of `NO_PROXY` covers a server: `*`, a host, or a domain with all below it. */
function covers(entry: string, { hostname }: URL): boolean {
  if (entry === "*") return true;
  const domain = entry.replace(/^\*?\./, "");
  return hostname === domain || hostname.endsWith(`.${domain}`) ||
    (entry.includes("/") && inBlock(entry, hostname));
}

/** Whether an IPv4 address is in a block: `10.0.0.0/8`. */
function inBlock(block: string, hostname: string): boolean {
  const [base = "", length = ""] = block.split("/");
  const [network, address] = [toNumber(base), toNumber(hostname)];
  if (network === undefined || address === undefined || !/^\d{1,2}$/.test(length)) return false;
  const size = 2 ** (32 - Math.min(32, Number(length)));
  return Math.floor(network / size) === Math.floor(address / size);
}

function toNumber(address: string): number | undefined {
  return /^\d{1,3}(?:\.\d{1,3}){3}$/.test(address)
    ? address.split(".").reduce((sum, part) => sum * 256 + Number(part), 0)
    : undefined;
}
