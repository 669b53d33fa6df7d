// How a registry's requests are sent: with the certificates that the user's file and environment name,
// and by the proxy of the environment. All are read when the first request needs them.
import type { Settings } from "../config/resolve_settings.ts";
import type { RegistrySettings } from "../config/user_settings.ts";
import { valueOf } from "../config/xdg.ts";
import { connectLimited, type Peer, peerOf } from "../core/connect.ts";
import { KrustError } from "../core/error.ts";
import type { Host } from "../core/host.ts";
import type { Transport } from "../core/http.ts";
import { Once } from "../core/once.ts";
import { formatProxy, ProxyFailure, type ProxyFor, readProxies } from "../core/proxy.ts";
import { SYSTEM_ALARM, TimeLimitError } from "../core/time_limits.ts";
import { openClient, type Tls } from "../core/tls.ts";
import { registryOrigin } from "../registry/origin.ts";

/** The largest file of certificates that is read, in bytes: an operating system's bundle has 0.3 MiB. */
const SIZE_LIMIT = 8 * 1024 * 1024;

/** Gives the transport of each registry, by its name. */
export function registryTransports(
  { registries, configPath }: Pick<Settings, "registries" | "configPath">,
  host: Pick<Host, "env" | "transport" | "connect" | "alarm">,
): (name: string) => Transport {
  const file = configPath ?? "config.toml";
  const known = new Once<Tls | undefined>();
  let proxies: ProxyFor | undefined;
  const proxyFor: ProxyFor = (url) => {
    proxies ??= readProxies((variable) => host.env(variable));
    return proxies(url);
  };
  const transport = limitedConnecting(host, proxyFor);
  return (name) => async (request, options) => {
    const { url } = request;
    const proxy = proxyFor(url);
    // The registry's authorities count wherever it sends us to; its client certificate is for itself.
    const own = registries.find((registry) => registry.host === name);
    const asked = registries.find((registry) => registryOrigin(registry.host).host === url.host);
    const tls = url.protocol !== "https:"
      ? undefined
      : await known.get(`${own?.host} ${asked?.host}`, () => readTls(own, asked, file, host));
    const sent = transport(tls === undefined ? request : { ...request, tls }, options);
    if (proxy === undefined) return await sent;
    const response = await sent.catch((error) => {
      if (error instanceof TimeLimitError) throw error;
      throw new ProxyFailure(proxy, error);
    });
    if (response.status !== 407) return response;
    await response.body?.cancel();
    throw new ProxyFailure(proxy, new Error("proxy authentication required"));
  };
}

/** The host's transport, which waits no longer for a connection than it should. */
function limitedConnecting(
  { transport, connect, alarm = SYSTEM_ALARM }: Pick<Host, "transport" | "connect" | "alarm">,
  proxyFor: ProxyFor,
): Transport {
  if (connect === undefined) return transport;
  const peer = (url: URL): Peer => {
    const proxy = proxyFor(url);
    if (proxy === undefined) return peerOf(url);
    return { ...peerOf(proxy.url), name: `the proxy ${formatProxy(proxy)}` };
  };
  return connectLimited(transport, { peer, connect, alarm });
}

/** The certificates for requests on behalf of one registry to another, or to itself. */
async function readTls(
  own: RegistrySettings | undefined,
  asked: RegistrySettings | undefined,
  file: string,
  host: Pick<Host, "env">,
): Promise<Tls | undefined> {
  const authorities: string[] = [];
  for (const registry of new Set([own, asked])) {
    if (registry?.ca === undefined) continue;
    authorities.push(await readAuthorities(registry.ca, keyOf(file, registry, "ca")));
  }
  const variable = "SSL_CERT_FILE";
  const named = valueOf((name) => host.env(name), variable);
  if (named !== undefined) authorities.push(await readAuthorities(named, variable));
  const identity = asked === undefined ? undefined : await readIdentity(asked, file);
  if (authorities.length === 0 && identity === undefined) return undefined;
  return { authorities, ...(identity === undefined ? {} : { identity }) };
}

async function readAuthorities(path: string, source: string): Promise<string> {
  const pem = await readPem(path, source, "CERTIFICATE");
  check({ authorities: [pem] }, path, source);
  return pem;
}

async function readIdentity(registry: RegistrySettings, file: string): Promise<Tls["identity"]> {
  const { clientCert, clientKey } = registry;
  if (clientCert === undefined || clientKey === undefined) return undefined;
  const source = keyOf(file, registry, "client_cert");
  const certificate = await readPem(clientCert, source, "CERTIFICATE");
  const key = await readPem(clientKey, keyOf(file, registry, "client_key"), "PRIVATE KEY");
  const identity = { certificate, key };
  check({ authorities: [], identity }, clientCert, source);
  return identity;
}

function keyOf(file: string, { host }: RegistrySettings, key: string): string {
  return `${file}: registries."${host}".${key}`;
}

function check(tls: Tls, path: string, source: string): void {
  try {
    openClient(tls).close();
  } catch (error) {
    throw new KrustError("config-invalid", `${source}: cannot use "${path}"`, { cause: error });
  }
}

/** A PEM file that holds what it should. */
async function readPem(
  path: string,
  source: string,
  what: "CERTIFICATE" | "PRIVATE KEY",
): Promise<string> {
  let text: string;
  try {
    if ((await Deno.stat(path)).size > SIZE_LIMIT) {
      throw new Error(`larger than ${SIZE_LIMIT} bytes`);
    }
    text = await Deno.readTextFile(path);
  } catch (error) {
    throw new KrustError("config-invalid", `${source}: cannot read "${path}"`, { cause: error });
  }
  if (new RegExp(`-----BEGIN (?:[A-Z]+ )*${what}-----`).test(text)) return text;
  throw new KrustError("config-invalid", `${source}: "${path}" holds no ${what.toLowerCase()}`, {
    help: [`it is to be PEM, with a line -----BEGIN ${what}-----`],
  });
}
