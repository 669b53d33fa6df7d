// A registry that sends its clients elsewhere, as a transport: its own answers ask for credentials and
// lead to a trap, and all that a foreign server would hear is written down.
import { sha256 } from "../../src/core/digest.ts";
import type { Transport, WireRequest } from "../../src/core/http.ts";
import { drain } from "./streams.ts";

/** What leads away only him who follows what he was not sent to. */
export type Passive = "link" | "urls";

/** Where the registry leads its clients. */
export interface Lure {
  /**
   * What leads away: the answer to a request, the realm of a challenge, a `Link` in every answer, the `urls`
   * of a manifest's layer. `bounce` leads away from the manifest, and from there back to the registry.
   */
  readonly at: "manifest" | "blob" | "upload" | "token" | "realm" | "ping" | Passive | "bounce";
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

/** What is kept for the registry in place of a login. */
export const IDENTITY = "canary-identity";

/** Likewise, a finished access token. */
export const BEARER = "canary-bearer";

/** What must never be heard by a trap: in the clear, or as it stands in headers. */
export const SECRETS: readonly string[] = [
  LOGIN.password,
  TOKEN,
  IDENTITY,
  BEARER,
  new TextEncoder().encode(`${LOGIN.username}:${LOGIN.password}`).toBase64(),
];

/** A registry that leads to a trap. */
export interface Trap {
  readonly transport: Transport;
  /** Each request that left the registry's origin, or came back to it with credentials, whole. */
  readonly heard: readonly string[];
  /** Whether the registry itself was shown credentials: a trap for nobody proves nothing. */
  readonly shown: () => boolean;
}

/** What a registry that leads away claims to hold. */
export const CONTENT: Uint8Array<ArrayBuffer> = new TextEncoder().encode("content");

const CONTENT_DIGEST = sha256(CONTENT);

/** Opens a trap. */
export function openTrap(lure: Lure): Trap {
  const heard: string[] = [];
  let shown = false;
  return {
    heard,
    shown: () => shown,
    async transport(request, options): Promise<Response> {
      const body = request.body === undefined ? "" : await text(request, options);
      const away = request.url.origin !== `https://${TRAPPER}`;
      const chosen = request.url.pathname === BOUNCED && request.headers.has("authorization");
      if (away || chosen) {
        const headers = [...request.headers].map(([name, value]) => `${name}: ${value}`);
        heard.push([`${request.method} ${request.url.href}`, ...headers, "", body].join("\n"));
      }
      if (away && lure.at === "bounce") return redirected(`https://${TRAPPER}${BOUNCED}`, 307);
      if (away) {
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

/** Where a foreign server sends those whom the registry sent to it: nobody is to show credentials there. */
const BOUNCED = "/v2/app/manifests/bounced";

function redirected(location: string, status: number): Response {
  return new Response(null, { status, headers: { location } });
}

async function text(
  request: WireRequest,
  options: Parameters<Transport>[1],
): Promise<string> {
  const bytes = await request.body?.open(options);
  return bytes === undefined ? "" : new TextDecoder().decode(await drain(bytes));
}

function answer(request: WireRequest, lure: Lure): Response {
  const response = ownAnswer(request, lure);
  if (lure.at === "link") response.headers.set("link", `<${lure.address}>; rel="next"`);
  return response;
}

function ownAnswer({ method, url, headers }: WireRequest, lure: Lure): Response {
  const away = (status: number): Response => redirected(lure.address, status);
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
    bounce: url.pathname.endsWith("/manifests/latest"),
    token: false,
    realm: false,
    link: false,
    urls: false,
  };
  if (lure.at === "urls" && leads.manifest) return Response.json(luringManifest(lure));
  if (lure.at === "link" && leads.manifest) return Response.json(luringManifest(lure));
  if (!leads[lure.at]) return new Response(null, { status: 404 });
  return away(lure.at === "upload" ? 202 : lure.status);
}

/** A manifest whose content is said to be elsewhere (image-spec descriptor.md, `urls`). */
function luringManifest({ address }: Lure): object {
  const content = { digest: CONTENT_DIGEST, size: 7, urls: [address] };
  return {
    schemaVersion: 2,
    mediaType: "application/vnd.oci.image.manifest.v1+json",
    config: { mediaType: "application/vnd.oci.image.config.v1+json", ...content },
    layers: [{
      mediaType: "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip",
      ...content,
    }],
  };
}
