// A registry that sends its clients elsewhere, as a transport: its own answers ask for credentials and
// lead to a trap, and all that a foreign server would hear is written down.
import type { Transport, WireRequest } from "../../src/core/http.ts";
import { drain } from "./streams.ts";

/** Where the registry leads its clients. */
export interface Lure {
  /** Which answer leads away. */
  readonly at: "manifest" | "blob" | "upload" | "token" | "realm" | "ping";
  /** The `Location`, or the `realm`. */
  readonly address: string;
  /** The status of a redirect. */
  readonly status: number;
  /** How the registry wants to be authenticated to. */
  readonly scheme: "basic" | "bearer";
}

/** The registry's host. */
export const TRAPPER = "registry.test";

/** The login that is to stay between krust and the registry. */
export const LOGIN = { username: "canary-user", password: "canary-password" } as const;

const TOKEN = "canary-token";

/** What must never be heard by a trap: in the clear, or as it stands in headers. */
export const SECRETS: readonly string[] = [
  LOGIN.password,
  TOKEN,
  new TextEncoder().encode(`${LOGIN.username}:${LOGIN.password}`).toBase64(),
];

/** A registry that leads to a trap. */
export interface Trap {
  readonly transport: Transport;
  /** Each request that left the registry's origin, whole. */
  readonly heard: readonly string[];
  /** Whether the registry itself was shown credentials: a trap for nobody proves nothing. */
  readonly shown: () => boolean;
}

/** Opens a trap. */
export function openTrap(lure: Lure): Trap {
  const heard: string[] = [];
  let shown = false;
  return {
    heard,
    shown: () => shown,
    async transport(request, options): Promise<Response> {
      const body = request.body === undefined ? "" : await text(request, options);
      if (request.url.origin !== `https://${TRAPPER}`) {
        const headers = [...request.headers].map(([name, value]) => `${name}: ${value}`);
        heard.push([`${request.method} ${request.url.href}`, ...headers, "", body].join("\n"));
        // Foreign servers ask for credentials, too.
        return new Response(null, {
          status: 401,
          headers: { "www-authenticate": `Bearer realm="https://${TRAPPER}/token",service="x"` },
        });
      }
      if (request.headers.has("authorization")) shown = true;
      return answer(request, lure);
    },
  };
}

async function text(
  request: WireRequest,
  options: Parameters<Transport>[1],
): Promise<string> {
  const bytes = await request.body?.open(options);
  return bytes === undefined ? "" : new TextDecoder().decode(await drain(bytes));
}

function answer({ method, url, headers }: WireRequest, lure: Lure): Response {
  const away = (status: number): Response =>
    new Response(null, { status, headers: { location: lure.address } });
  if (url.pathname === "/token") {
    return lure.at === "token" ? away(lure.status) : Response.json({ token: TOKEN });
  }
  if (!headers.has("authorization")) {
    const realm = lure.at === "realm" ? lure.address : `https://${TRAPPER}/token`;
    const challenge = lure.scheme === "basic" && lure.at !== "realm" && lure.at !== "token"
      ? 'Basic realm="x"'
      : `Bearer realm="${realm}",service="x"`;
    return new Response(null, { status: 401, headers: { "www-authenticate": challenge } });
  }
  const leads = {
    manifest: url.pathname.includes("/manifests/"),
    blob: url.pathname.includes("/blobs/sha256:"),
    upload: method !== "GET" && method !== "HEAD" && url.pathname.includes("/uploads/"),
    ping: url.pathname === "/v2/",
    token: false,
    realm: false,
  };
  if (!leads[lure.at]) return new Response(null, { status: 404 });
  return away(lure.at === "upload" ? 202 : lure.status);
}
