// What clients send to a registry that krust serves, and the files that it is set up with.
import assert from "node:assert/strict";
import fc from "fast-check";
import { readHtpasswd } from "../../src/registry/htpasswd.ts";
import { MemoryRegistry } from "../../src/registry/memory.ts";
import { serveRegistry } from "../../src/registry/server.ts";
import { type FuzzTarget, target } from "./fuzz.ts";
import { bytesFrom, harmed, harmedJson, wordsOf } from "./inputs.ts";

const HEX = "0123456789abcdef".repeat(4);

// The cost is the least there is: what is attacked is the file, and not the patience of the machine.
const LINE = "me:$2y$04$abcdefghijklmnopqrstuuH3NqL0bWbP0oXgZq0vJ6sYx5r2Vd9sS";

const htpasswd = target(
  "htpasswd",
  fc.oneof(
    harmed([`# users\n${LINE}\n`, `${LINE}\r\nyou:{SHA}x\n`], ":", "$2y$", "\n", "#", "$31$"),
    wordsOf("me", ":", "\n", "$2y$04$", "a".repeat(53), "#", "$2b$99$"),
  ),
  (text) => {
    const check = readHtpasswd(text, "a file");
    assert.equal(check("nobody else", "x"), false);
  },
);

const path = fc.oneof(
  harmed(
    [
      `/v2/a/b/blobs/sha256:${HEX}`,
      "/v2/a/manifests/v1",
      `/v2/a/blobs/uploads/1-2?digest=sha256:${HEX}`,
      `/v2/a/blobs/uploads/?mount=sha256:${HEX}&from=b`,
      "/v2/a/blobs/uploads/",
      "/v2/a/tags/list?n=1&last=x",
      "/v2/_catalog?n=0",
      `/v2/a/referrers/sha256:${HEX}?artifactType=x`,
    ],
    "/",
    "%2f",
    "%00",
    "..",
    "?",
    "&",
  ),
  wordsOf("/v2/", "a", "/", "blobs", "uploads", "manifests", "tags/list", "?", "n=", "..", "%2e"),
);

const headerText = wordsOf("bytes=", "0-1", "0-", "Basic ", "bWU6cHc=", "Bearer x", "application/")
  .map((text) => text.replace(/[^\x20-\x7e]/g, "").trim().slice(0, 200));

const requests = fc.record({
  method: fc.constantFrom("GET", "HEAD", "PUT", "POST", "PATCH", "DELETE", "OPTIONS"),
  // A listener takes 64 KiB of address, in which a character may be twelve.
  path: path.map((text) => text.slice(0, 5_000)),
  headers: fc.dictionary(
    fc.constantFrom("range", "content-range", "authorization", "content-type", "content-length"),
    headerText,
    { maxKeys: 4 },
  ),
  body: bytesFrom(harmedJson({
    schemaVersion: 2,
    mediaType: "application/vnd.oci.image.index.v1+json",
    manifests: [],
  })),
});

async function served(
  handle: (request: Request) => Promise<Response>,
  { method, path, headers, body }: typeof requests extends fc.Arbitrary<infer Sent> ? Sent : never,
): Promise<number> {
  const url = URL.parse(`http://registry.test${path.startsWith("/") ? "" : "/"}${path}`);
  if (url === null) return 400;
  const bare = method === "GET" || method === "HEAD";
  const response = await handle(new Request(url, { method, headers, body: bare ? null : body }));
  await response.body?.cancel();
  return response.status;
}

const serving = target("served requests", requests, async (sent) => {
  const handle = serveRegistry(new MemoryRegistry());
  assert.ok(await served(handle, sent) < 500);
});

const guarded = target("served Authorization", requests, async (sent) => {
  const basic = serveRegistry(new MemoryRegistry(), { auth: { basic: { me: "correct" } } });
  assert.ok([400, 401, 404, 405].includes(await served(basic, sent)), "nobody is let in");
  const bearer = serveRegistry(new MemoryRegistry(), { auth: { bearer: { users: {} } } });
  assert.ok([400, 401, 404, 405].includes(await served(bearer, sent)), "nobody is let in");
});

/** The targets of this file. */
export const SERVER_TARGETS: readonly FuzzTarget[] = [htpasswd, serving, guarded];
