// What TLS needs beyond what the runtime brings: further authorities to trust, and a certificate to show.

/** Certificates for a request, as PEM; the runtime's own authorities stay trusted beside these. */
export interface Tls {
  /** Authorities to trust; a text may hold several. */
  readonly authorities: readonly string[];
  /** What is shown to a server that asks who we are. */
  readonly identity?: {
    /** The certificate, with those that lead to its authority. */
    readonly certificate: string;
    /** Its private key: a secret. */
    readonly key: string;
  };
}

/**
 * The runtime's client for some certificates, to be closed.
 *
 * @throws {Error} where they cannot be used; its message holds nothing of them.
 */
export function openClient({ authorities, identity }: Tls): Deno.HttpClient {
  try {
    return Deno.createHttpClient({
      caCerts: [...authorities],
      ...(identity === undefined ? {} : { cert: identity.certificate, key: identity.key }),
    });
  } catch {
    throw new Error("not certificates in PEM that can be used");
  }
}

/** The clients of one transport, one for each set of certificates. */
export class TlsClients implements Disposable {
  readonly #clients = new Map<Tls, Deno.HttpClient>();

  /** The client for some certificates; the same object gives the same client, so connections are shared. */
  get(tls: Tls): Deno.HttpClient {
    const client = this.#clients.get(tls) ?? openClient(tls);
    this.#clients.set(tls, client);
    return client;
  }

  /** Closes all clients. */
  [Symbol.dispose](): void {
    for (const client of this.#clients.values()) client.close();
    this.#clients.clear();
  }
}
