// Where a registry is reached, and which addresses are this machine's or a private network's.
// Plain HTTP is for loopback and for hosts that the user listed: it is never guessed.

/** How {@linkcode registryOrigins} treats a host. */
export interface OriginOptions {
  /** Whether the user listed the host as one that speaks plain HTTP. */
  readonly insecure?: boolean;
}

/**
 * The origins at which a registry may be reached, the first to be tried first. A loopback host may
 * turn out to speak TLS; every other has exactly one origin, so that nothing falls back to plain HTTP.
 *
 * @param host host and port as references name it.
 */
export function registryOrigins(host: string, options: OriginOptions = {}): readonly URL[] {
  // Docker Hub's registry has another name than its images (docker's own rule).
  if (host === "docker.io") return [new URL("https://registry-1.docker.io/")];
  const secure = new URL(`https://${host}/`);
  const plain = new URL(`http://${host}/`);
  if (isLoopback(secure.hostname)) return [plain, secure];
  return [options.insecure === true ? plain : secure];
}

/** Where a registry is reached first; see {@linkcode registryOrigins}. */
export function registryOrigin(host: string, options: OriginOptions = {}): URL {
  const [first] = registryOrigins(host, options);
  return first ?? new URL(`https://${host}/`);
}

/** Whether a URL's hostname is this machine's own: `localhost`, `*.localhost`, 127.0.0.0/8, `[::1]`. */
export function isLoopback(hostname: string): boolean {
  const name = hostname.replace(/\.$/, "").toLowerCase();
  if (name === "localhost" || name.endsWith(".localhost")) return true;
  return name === "[::1]" || ipv4(name)?.[0] === 127;
}

/** Whether secrets may be sent to an address: over TLS, or without leaving this machine. */
export function maySendSecrets(url: URL): boolean {
  return url.protocol === "https:" || isLoopback(url.hostname);
}

/**
 * Whether a URL's hostname is a literal address (or name) that a public registry has no business to
 * send us to: loopback, link-local (cloud metadata), private, shared or unspecified (RFC 6890).
 */
export function isPrivateAddress(hostname: string): boolean {
  if (isLoopback(hostname)) return true;
  const [a, b] = ipv4(hostname) ?? mappedIpv4(hostname) ?? [];
  if (a !== undefined && b !== undefined) {
    return a === 0 || a === 10 || a === 127 || (a === 169 && b === 254) ||
      (a === 172 && b >= 16 && b < 32) || (a === 192 && b === 168) ||
      (a === 100 && b >= 64 && b < 128);
  }
  return /^\[(?:::\]|f[cd]|fe[89ab])/i.test(hostname);
}

/** The numbers of an IPv4 literal; the URL parser has already normalized octal, hex and short forms. */
function ipv4(hostname: string): readonly number[] | undefined {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.?$/.exec(hostname);
  return match?.slice(1).map(Number);
}

/** The IPv4 numbers inside `[::ffff:a.b.c.d]`, which the URL parser writes as `[::ffff:abcd:efgh]`. */
function mappedIpv4(hostname: string): readonly number[] | undefined {
  const match = /^\[::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})\]$/i.exec(hostname);
  return match?.slice(1).flatMap((group) => {
    const value = parseInt(group, 16);
    return [value >> 8, value & 0xff];
  });
}
