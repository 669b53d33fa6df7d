// Credentials on the wire: when they are shown, to whom, and what happens when they are refused.
import assert from "node:assert/strict";
import * as fc from "fast-check";
import { sha256 } from "../../../src/core/digest.ts";
import { KrustError } from "../../../src/core/error.ts";
import type { Transport } from "../../../src/core/http.ts";
import { bytesOf } from "../../../src/core/streams.ts";
import type { Blob } from "../../../src/oci/descriptor.ts";
import { HttpRegistry } from "../../../src/registry/client.ts";
import { ANONYMOUS, type Credential, type Keychain } from "../../../src/registry/credential.ts";
import { transportOf } from "../../../src/registry/in_process.ts";
import { MemoryRegistry } from "../../../src/registry/memory.ts";
import { serveRegistry } from "../../../src/registry/server.ts";
import type { ServerAuth } from "../../../src/registry/server_auth.ts";
import {
  ALICE,
  failure,
  HOME,
  keychain,
  refused,
  type Sent,
  status,
  testClock,
  wire,
} from "./wire.ts";

const CONTENT = new TextEncoder().encode("a layer");
const BLOB: Blob = {
  descriptor: { mediaType: "x/y", digest: sha256(CONTENT), size: CONTENT.length },
  open: () => Promise.resolve(bytesOf(CONTENT)),
};
const USERS = { alice: "s3cret:with colon" };

/** A client of a registry that asks for credentials, and what went over the wire. */
function guarded(auth: ServerAuth, keys: Keychain, contents = new MemoryRegistry()) {
  const inner = transportOf(serveRegistry(contents, { auth }));
  const log: string[] = [];
  const transport: Transport = async (request, options) => {
    const shown = request.headers.get("authorization")?.split(" ")[0] ?? "nothing";
    const response = await inner(request, options);
    log.push(`${request.method} ${request.url.pathname} ${shown} ${response.status}`);
    return response;
  };
  return { registry: new HttpRegistry(HOME, { transport, keychain: keys }), log };
}

Deno.test("a password is shown once it is asked for, and from then on at once", async () => {
  const { registry, log } = guarded({ basic: USERS }, keychain(ALICE));
  assert.equal(await registry.pushBlob("app", BLOB), "uploaded");
  const look = `/v2/app/blobs/${BLOB.descriptor.digest}`;
  assert.equal(log[0], `HEAD ${look} nothing 401`);
  assert.equal(log[1], `HEAD ${look} Basic 404`);
  assert.ok(log.slice(1).every((line) => line.includes(" Basic ")), log.join("\n"));
});

Deno.test("a user whose name begins with `_` is shown with Basic like any other", async () => {
  // Google's `_json_key`; upstream krust took such a password for a token.
  const key = '{"private_key":"x"}';
  const gcp: Credential = { kind: "basic", username: "_json_key", password: key, source: "it" };
  const { registry, log } = guarded({ basic: { _json_key: key } }, keychain(gcp));
  assert.equal(await registry.pushBlob("app", BLOB), "uploaded");
  assert.ok(log.slice(1).every((line) => line.includes(" Basic ")), log.join("\n"));
});

Deno.test("a token is fetched for the first challenge, and one for each other need unasked", async () => {
  const contents = new MemoryRegistry(HOME);
  await contents.pushBlob("base", BLOB);
  const { registry, log } = guarded({ bearer: { users: USERS } }, keychain(ALICE), contents);
  const blob = { ...BLOB, origin: { registry: HOME, name: "base" } };
  assert.equal(await registry.pushBlob("app", blob), "mounted");
  assert.equal(await registry.pushBlob("app", blob), "existing");
  const look = `/v2/app/blobs/${BLOB.descriptor.digest}`;
  assert.deepEqual(log, [
    `HEAD ${look} nothing 401`,
    "GET /token Basic 200",
    `HEAD ${look} Bearer 404`,
    "GET /token Basic 200",
    "POST /v2/app/blobs/uploads/ Bearer 201",
    `HEAD ${look} Bearer 200`,
  ]);
});

Deno.test("requests at the same time share one token", async () => {
  const { registry, log } = guarded({ bearer: { users: USERS } }, keychain(ALICE));
  const blobs = Array.from({ length: 4 }, (_, at): Blob => {
    const content = new Uint8Array([at]);
    return {
      descriptor: { mediaType: "x/y", digest: sha256(content), size: 1 },
      open: () => Promise.resolve(bytesOf(content)),
    };
  });
  await Promise.all(blobs.map((blob) => registry.pushBlob("app", blob)));
  assert.equal(log.filter((line) => line.startsWith("GET /token")).length, 1);
});

Deno.test("an identity token is traded for access", async () => {
  const identity: Credential = { kind: "identity", token: "r1", source: "a test" };
  const auth = { bearer: { users: USERS, refreshTokens: { r1: "alice" } } };
  const { registry, log } = guarded(auth, keychain(identity));
  assert.equal(await registry.pushBlob("app", BLOB), "uploaded");
  assert.ok(log.includes("POST /token nothing 200"), log.join("\n"));
});

Deno.test("anybody may pull where the registry lets them, and is told how to log in to push", async () => {
  const contents = new MemoryRegistry(HOME);
  await contents.pushBlob("app", BLOB);
  const auth = { bearer: { users: USERS, anonymousPull: true } };
  const { registry } = guarded(auth, ANONYMOUS, contents);
  assert.equal(await registry.hasBlob("app", BLOB.descriptor.digest), true);
  const error = await failure(registry.pushBlob("new", BLOB));
  assert.equal(error.code, "auth-required");
  assert.match(error.message, /^credentials required: push to registry\.test\/new of blob sha256:/);
  assert.deepEqual(error.help, ["docker login registry.test"]);
});

Deno.test("a wrong password is named by its source and never repeated", async () => {
  const wrong = { ...ALICE, password: "wr0ng" };
  for (const auth of [{ basic: USERS }, { bearer: { users: USERS } }]) {
    const { registry } = guarded(auth, keychain(wrong));
    const error = await failure(registry.pushBlob("app", BLOB));
    assert.equal(error.code, "auth-required");
    assert.match(error.message, /^credentials from a test refused: /);
    assert.doesNotMatch(JSON.stringify([error.message, error.help, error.details]), /wr0ng/);
  }
});

Deno.test("a keychain's own failure comes out as it is", async () => {
  const broken = new KrustError("credential-helper-failed", "docker-credential-x failed");
  const keys: Keychain = { resolve: () => Promise.reject(broken) };
  const { registry } = guarded({ basic: USERS }, keys);
  assert.equal(await failure(registry.pushBlob("app", BLOB)), broken);
});

Deno.test("a keychain is asked once for a repository, and not before there is a challenge", async () => {
  const asked: string[] = [];
  const keys: Keychain = {
    resolve(repository): Promise<Credential> {
      asked.push(`${repository.registry}/${repository.name}`);
      return Promise.resolve(ALICE);
    },
  };
  const open = new HttpRegistry(HOME, {
    transport: transportOf(serveRegistry(new MemoryRegistry())),
    keychain: keys,
  });
  await open.pushBlob("app", BLOB);
  assert.deepEqual(asked, []);
  const { registry } = guarded({ bearer: { users: USERS } }, keys);
  await Promise.all([registry.pushBlob("app", BLOB), registry.hasBlob("app", sha256(CONTENT))]);
  await registry.hasBlob("other", sha256(CONTENT));
  assert.deepEqual(asked, ["registry.test/app", "registry.test/other"]);
});

const CHALLENGE = `Bearer realm="https://auth.example/t",service="r",scope="repository:app:pull"`;

/** A registry that answers requests for tokens with t1, t2, … and lets `judge` answer the rest. */
function bearer(
  judge: (sent: Sent, token: string | undefined) => Response,
  credential: Credential = ALICE,
  host = HOME,
  insecure = false,
) {
  let given = 0;
  const end = wire((sent) => {
    if (sent.url.host === "auth.example") return Response.json({ token: `t${++given}` });
    return judge(sent, sent.headers.get("authorization")?.replace("Bearer ", ""));
  });
  const registry = new HttpRegistry(host, {
    transport: end.transport,
    keychain: keychain(credential),
    insecure,
    retry: { clock: testClock() },
  });
  return { ...end, registry };
}

Deno.test("a token that is refused is renewed once, and then it is over", async () => {
  const { registry, sent } = bearer(() => status(401, { "www-authenticate": CHALLENGE }));
  const error = await failure(registry.hasBlob("app", BLOB.descriptor.digest));
  assert.equal(error.code, "auth-required");
  assert.deepEqual(
    sent.map(({ url, headers }) => `${url.host} ${headers.get("authorization")?.slice(0, 9)}`),
    [
      "registry.test undefined",
      "auth.example Basic YWx",
      "registry.test Bearer t1",
      "auth.example Basic YWx",
      "registry.test Bearer t2",
    ],
  );
});

Deno.test("a token that expires on the way is renewed, and the body sent again", async () => {
  let live = "t1";
  const { registry, sent } = bearer(({ method }, token) => {
    if (method === "PUT" && live === "t1") live = "t2";
    if (token !== live) return status(401, { "www-authenticate": CHALLENGE });
    if (method === "HEAD") return status(404);
    return method === "POST" ? status(202, { location: "/u/1" }) : status(201);
  });
  assert.equal(await registry.pushBlob("app", BLOB), "uploaded");
  const puts = sent.filter(({ method }) => method === "PUT");
  assert.deepEqual(puts.map(({ body }) => body), [CONTENT, CONTENT]);
  assert.deepEqual(puts.map(({ headers }) => headers.get("authorization")), [
    "Bearer t1",
    "Bearer t2",
  ]);
});

Deno.test("a refused token that the service stands by is shown once more", async () => {
  let times = 0;
  const handler = wire(({ url, headers }) => {
    if (url.host === "auth.example") return Response.json({ token: "same" });
    const refuse = headers.get("authorization") === null || ++times < 2;
    return refuse ? status(401, { "www-authenticate": CHALLENGE }) : status(200);
  });
  const registry = new HttpRegistry(HOME, {
    transport: handler.transport,
    keychain: keychain(ALICE),
    retry: { clock: testClock() },
  });
  await registry.hasBlob("app", BLOB.descriptor.digest);
  assert.equal(times, 2);
  assert.equal(handler.sent.filter(({ url }) => url.host === "auth.example").length, 2);
});

Deno.test("a token covers what the challenge asks for beside what is needed", async () => {
  const asks = `${CHALLENGE.slice(0, -1)} repository:mirror:pull",error="insufficient_scope"`;
  const { registry, sent } = bearer((_, token) =>
    token === undefined ? status(401, { "www-authenticate": asks }) : status(200)
  );
  await registry.hasBlob("app", BLOB.descriptor.digest);
  assert.deepEqual(sent[1]?.url.searchParams.getAll("scope"), [
    "repository:app:pull",
    "repository:mirror:pull",
  ]);
});

Deno.test("a finished token is shown as it is", async () => {
  const finished: Credential = { kind: "bearer", token: "ready", source: "a test" };
  const { registry, sent } = bearer(
    (_, token) => token === "ready" ? status(200) : status(401, { "www-authenticate": CHALLENGE }),
    finished,
  );
  assert.equal(await registry.hasBlob("app", BLOB.descriptor.digest), true);
  assert.deepEqual(sent.map(({ url }) => url.host), [HOME, HOME]);
});

const UNANSWERABLE: readonly (readonly [string, Record<string, string>, RegExp])[] = [
  ["no challenge", {}, /answered 401 without saying how to authenticate/],
  [
    "unknown schemes",
    { "www-authenticate": "NTLM, Negotiate abc=" },
    /asked for NTLM, NEGOTIATE: only Basic and Bearer/,
  ],
  ["a realm in plain HTTP", { "www-authenticate": 'Bearer realm="http://a.example"' }, /not https/],
  ["no realm", { "www-authenticate": "Bearer" }, /names no token server/],
  ["a challenge without end", { "www-authenticate": `Basic ${"x".repeat(70_000)}` }, /longer than/],
];

for (const [what, headers, message] of UNANSWERABLE) {
  Deno.test(`a 401 with ${what} ends with 4, and nothing is shown`, async () => {
    const { registry, sent } = bearer(() => status(401, headers));
    const error = await failure(registry.hasBlob("app", BLOB.descriptor.digest));
    assert.equal(error.exitStatus, 4);
    assert.match(error.message, message);
    assert.equal(sent.length, 1);
  });
}

Deno.test("a 403 is final, and not tried again", async () => {
  const { registry, sent } = bearer(({ method }) =>
    method === "HEAD" ? status(404) : refused(403, "DENIED")
  );
  const error = await failure(registry.pushBlob("app", BLOB));
  assert.equal(error.code, "auth-denied");
  assert.match(error.message, /^denied: push to registry\.test\/app/);
  assert.equal(sent.length, 2);
});

Deno.test("secrets do not travel over plain HTTP, whatever the registry asks for", async () => {
  for (const challenge of [CHALLENGE, 'Basic realm="x"']) {
    const { registry, sent } = bearer(
      () => status(401, { "www-authenticate": challenge }),
      ALICE,
      "registry.corp:5000",
      true,
    );
    const error = await failure(registry.hasBlob("app", BLOB.descriptor.digest));
    assert.equal(error.code, "auth-required");
    assert.match(error.help.join(), /not sent over plain HTTP to another machine/);
    for (const { headers } of sent) {
      assert.doesNotMatch(headers.get("authorization") ?? "", /^Basic/);
    }
    assert.equal(sent[0]?.url.origin, "http://registry.corp:5000");
  }
});

Deno.test("secrets do travel over plain HTTP within this machine", async () => {
  const challenge = { "www-authenticate": 'Basic realm="x"' };
  const { registry } = bearer(
    ({ headers }) => headers.has("authorization") ? status(200) : status(401, challenge),
    ALICE,
    "127.0.0.1:5000",
  );
  assert.equal(await registry.hasBlob("app", BLOB.descriptor.digest), true);
});

Deno.test("nobody but the registry and its token server ever sees credentials", async () => {
  // Hosts that differ from the registry in one thing only, besides honest strangers.
  const foreign = fc.constantFrom(
    "https://cdn.example",
    "https://registry.test:8443",
    "https://registry.test.evil.example",
    "https://evil-registry.test",
    "https://auth.example:444",
    "https://xregistry.test",
  );
  const place = fc.tuple(foreign, fc.constantFrom("/x", "/v2/", "/u?sig=%20~", "/?"));
  const routes = fc.array(
    fc.oneof(place.map(([origin, path]) => origin + path), fc.constant("/again")),
    { minLength: 1, maxLength: 4 },
  );
  await fc.assert(
    fc.asyncProperty(routes, fc.constantFrom(307, 308), async (route, code) => {
      const answer = ({ method, url }: Sent, token: string | undefined): Response => {
        if (url.host === HOME && url.pathname.startsWith("/v2/") && token === undefined) {
          return status(401, { "www-authenticate": CHALLENGE });
        }
        if (method === "HEAD") return status(404);
        if (method === "POST") return status(202, { location: route[0] ?? "" });
        const next = route[++hop];
        // A trap asks for credentials too; nobody must answer it.
        if (next === undefined) {
          return url.host === HOME ? status(201) : status(401, { "www-authenticate": CHALLENGE });
        }
        return status(code, { location: next });
      };
      let hop = 0;
      const { registry, sent } = bearer(answer);
      await registry.pushBlob("app", BLOB).catch((error) => assert.ok(error instanceof KrustError));
      for (const { url, headers } of sent) {
        const trusted = url.origin === `https://${HOME}` || url.origin === "https://auth.example";
        assert.ok(trusted || !headers.has("authorization"), url.href);
      }
    }),
    { numRuns: 200 },
  );
});

Deno.test("Docker Hub is asked by its registry's name and its credentials looked up by its own", async () => {
  const asked: string[] = [];
  const keys: Keychain = {
    resolve({ registry, name }): Promise<Credential> {
      asked.push(`${registry}/${name}`);
      return Promise.resolve(ALICE);
    },
  };
  const { transport, lines } = wire(({ headers }) =>
    headers.has("authorization")
      ? status(200)
      : status(401, { "www-authenticate": 'Basic realm="x"' })
  );
  const registry = new HttpRegistry("docker.io", { transport, keychain: keys });
  await registry.hasBlob("library/alpine", BLOB.descriptor.digest);
  assert.match(lines()[0] ?? "", /^HEAD https:\/\/registry-1\.docker\.io\/v2\/library\/alpine\//);
  assert.deepEqual(asked, ["docker.io/library/alpine"]);
});
