// A registry in the shape of JSR on loopback: takes what `deno publish` sends, and serves it as JSR would
// to `deno run jsr:…`. One package, in memory; says nothing of documentation, scores or provenance.
import { gunzip } from "../../src/core/gunzip.ts";
import { digestHex, sha256 } from "../../src/core/digest.ts";
import { collect } from "../../src/core/streams.ts";
import { readTar } from "../../src/core/tar.ts";
import * as v from "valibot";

/** More than the package has in one file, in bytes. */
const LARGEST_FILE = 4 * 1024 * 1024;

const Config = v.object({
  name: v.pipe(v.string(), v.regex(/^@[a-z0-9-]+\/[a-z0-9-]+$/)),
  version: v.string(),
  exports: v.record(v.string(), v.string()),
});

/** A version of a package as it was published. */
export interface PublishedPackage {
  /** `@scope/name`. */
  readonly name: string;
  /** Its version. */
  readonly version: string;
  /** Its entry points. */
  readonly exports: Readonly<Record<string, string>>;
  /** Its files by path, which begins with `/`. */
  readonly files: ReadonlyMap<string, Uint8Array<ArrayBuffer>>;
}

/** A registry that listens. */
export interface JsrRegistry extends AsyncDisposable {
  /** What `JSR_URL` is to be. */
  readonly address: string;
  /** What was published last. */
  readonly published: PublishedPackage | undefined;
}

/** Starts a registry with nothing in it. */
export function startJsrRegistry(): JsrRegistry {
  let published: PublishedPackage | undefined;
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    async (request) => {
      const { pathname } = new URL(request.url);
      if (request.method === "POST" && request.body !== null) {
        published = await unpacked(request.body);
        return Response.json({ id: "1", status: "success", error: null });
      }
      if (pathname.startsWith("/api/publish_status/")) {
        return Response.json({ id: "1", status: "success", error: null });
      }
      // The package is known and its version is not: what is asked before anything is sent.
      if (/^\/api\/scopes\/[^/]+\/packages\/[^/]+$/.test(pathname)) return Response.json({});
      return served(pathname, published) ?? new Response("not found", { status: 404 });
    },
  );
  return {
    address: `http://127.0.0.1:${server.addr.port}`,
    get published() {
      return published;
    },
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

async function unpacked(body: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<PublishedPackage> {
  const files = new Map<string, Uint8Array<ArrayBuffer>>();
  for await (const entry of readTar(gunzip(body, "the package"), "the package")) {
    if (entry.type !== "file") continue;
    files.set(`/${entry.path}`, await collect(entry.body, LARGEST_FILE, entry.path));
  }
  const config = new TextDecoder().decode(files.get("/deno.json"));
  return { ...v.parse(Config, JSON.parse(config)), files };
}

function served(path: string, published: PublishedPackage | undefined): Response | undefined {
  if (published === undefined) return undefined;
  const { name, version, exports, files } = published;
  if (path === `/${name}/meta.json`) {
    return Response.json({ latest: version, versions: { [version]: {} } });
  }
  if (path === `/${name}/${version}_meta.json`) {
    const manifest = Object.fromEntries(
      [...files].map(([file, content]) => [
        file,
        { size: content.length, checksum: `sha256-${digestHex(sha256(content))}` },
      ]),
    );
    return Response.json({ manifest, exports });
  }
  const prefix = `/${name}/${version}`;
  const content = path.startsWith(`${prefix}/`) ? files.get(path.slice(prefix.length)) : undefined;
  if (content === undefined) return undefined;
  const type = path.endsWith(".json") ? "application/json" : "text/typescript";
  return new Response(content, { headers: { "content-type": type } });
}
