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
 * send us to: loopback, link-local (cloud metadata), private, shared, reserved or unspecified (RFC 6890).
 */
export function isPrivateAddress(hostname: string): boolean {
  if (isLoopback(hostname)) return true;
  const [a, b, c] = ipv4(hostname) ?? innerIpv4(hostname) ?? [];
  if (a !== undefined && b !== undefined) {
    return a === 0 || a === 10 || a === 127 || (a === 169 && b === 254) ||
      (a === 172 && b >= 16 && b < 32) || (a === 192 && b === 168) ||
      (a === 100 && b >= 64 && b < 128) || (a === 198 && (b === 18 || b === 19)) ||
      // 192.0.0.192 is the metadata service of a cloud, too.
      (a === 192 && b === 0 && c === 0) || a >= 224;
  }
  return /^\[(?:::\]|f[cdf]|fe[89a-f])/i.test(hostname);
}

/** The numbers of an IPv4 literal; the URL parser has already normalized octal, hex and short forms. */
function ipv4(hostname: string): readonly number[] | undefined {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.?$/.exec(hostname);
  return match?.slice(1).map(Number);
}

/**
 * The IPv4 numbers inside an IPv6 literal, in the URL parser's spelling: mapped (`[::ffff:a00:1]`),
 * compatible (`[::a00:1]`), and those that NAT64 and 6to4 carry on to (RFC 6052, RFC 3056).
 */
function innerIpv4(hostname: string): readonly number[] | undefined {
  const match = /^\[(?:::(?:ffff:)?|64:ff9b::)([0-9a-f]{1,4}):([0-9a-f]{1,4})\]$/i.exec(hostname) ??
    /^\[2002:([0-9a-f]{1,4}):([0-9a-f]{0,4}):/i.exec(hostname);
  return match?.slice(1).flatMap((group) => {
    // A group of zeros may be left out.
    const value = parseInt(group || "0", 16);
    return [value >> 8, value & 0xff];
  });
}
