// Who gets through the gate of a served registry, and with which tokens.
import assert from "node:assert/strict";
import { sha256 } from "../../../src/core/digest.ts";
import { MemoryRegistry } from "../../../src/registry/memory.ts";
import { serveRegistry } from "../../../src/registry/server.ts";
import type { ServerAuth } from "../../../src/registry/server_auth.ts";

const USERS = { alice: "s3cret" };
const DIGEST = sha256(new Uint8Array());

function server(auth: ServerAuth) {
  const handler = serveRegistry(new MemoryRegistry(), { auth });
  return async (line: string, authorization?: string, body?: BodyInit): Promise<Response> => {
    const [method = "", path = ""] = line.split(" ");
    return await handler(
      new Request(new URL(path, "http://registry.test"), {
        method,
        headers: authorization === undefined ? {} : { authorization },
        ...(body === undefined ? {} : { body }),
      }),
    );
  };
}

function basic(pair: string): string {
  return `Basic ${btoa(pair)}`;
}

Deno.test("Basic lets in who has the password, for anything", async () => {
  const ask = server({ basic: USERS });
  const refused = await ask("GET /v2/");
  assert.equal(refused.status, 401);
  assert.match(refused.headers.get("www-authenticate") ?? "", /^Basic realm=/);
  assert.equal((await refused.json()).errors[0].code, "UNAUTHORIZED");
  assert.equal((await ask("GET /v2/", basic("alice:s3cret"))).status, 200);
  assert.equal((await ask("POST /v2/app/blobs/uploads/", basic("alice:s3cret"))).status, 202);
});

const WRONG = ["alice:", "alice:S3cret", "alice", "bob:s3cret", ":", "toString:x", "__proto__:"];

for (const pair of WRONG) {
  Deno.test(`Basic keeps out "${pair}"`, async () => {
    assert.equal((await server({ basic: USERS })("GET /v2/", basic(pair))).status, 401);
  });
}

Deno.test("Basic keeps out what is no credential", async () => {
  const ask = server({ basic: USERS });
  for (const header of ["Basic", "Basic !!!", "Bearer alice:s3cret", ""]) {
    assert.equal((await ask("GET /v2/", header)).status, 401, header);
  }
});

async function token(
  ask: ReturnType<typeof server>,
  scope: string,
  authorization?: string,
): Promise<string> {
  const response = await ask(`GET /token?scope=${scope}`, authorization);
  assert.equal(response.status, 200);
  return `Bearer ${(await response.json()).token}`;
}

Deno.test("Bearer says which scope is lacking, and where to get a token", async () => {
  const ask = server({ bearer: { users: USERS } });
  const refused = await ask(`POST /v2/app/blobs/uploads/?mount=${DIGEST}&from=base`);
  assert.equal(
    refused.headers.get("www-authenticate"),
    'Bearer realm="http://registry.test/token",service="registry.test",' +
      'scope="repository:app:pull,push repository:base:pull"',
  );
});

Deno.test("Bearer enforces what a token is for", async () => {
  const ask = server({ bearer: { users: USERS } });
  const pull = await token(ask, "repository:app:pull", basic("alice:s3cret"));
  assert.equal((await ask("GET /v2/app/tags/list", pull)).status, 404);
  assert.equal((await ask("GET /v2/", pull)).status, 200);
  const refused = await ask("POST /v2/app/blobs/uploads/", pull);
  assert.equal(refused.status, 401);
  assert.match(refused.headers.get("www-authenticate") ?? "", /error="insufficient_scope"/);
  assert.equal((await ask("GET /v2/other/tags/list", pull)).status, 401);
  assert.equal((await ask(`DELETE /v2/app/blobs/${DIGEST}`, pull)).status, 401);
  const push = await token(ask, "repository:app:pull,push", basic("alice:s3cret"));
  assert.equal((await ask("POST /v2/app/blobs/uploads/", push)).status, 202);
  const mount = `POST /v2/app/blobs/uploads/?mount=${DIGEST}&from=base`;
  assert.equal((await ask(mount, push)).status, 401);
});

Deno.test("Bearer takes no token that it did not give", async () => {
  const ask = server({ bearer: { users: USERS } });
  for (const header of ["Bearer x", "Bearer", "Bearer undefined", basic("alice:s3cret")]) {
    assert.equal((await ask("GET /v2/", header)).status, 401, header);
  }
});

Deno.test("Bearer gives anybody a token to pull where that is allowed, and no more", async () => {
  const open = server({ bearer: { users: USERS, anonymousPull: true } });
  const anybody = await token(open, "repository:app:pull,push");
  assert.equal((await open("GET /v2/app/tags/list", anybody)).status, 404);
  assert.equal((await open("POST /v2/app/blobs/uploads/", anybody)).status, 401);
  const closed = server({ bearer: { users: USERS } });
  const nobody = await token(closed, "repository:app:pull");
  assert.equal((await closed("GET /v2/app/tags/list", nobody)).status, 401);
});

Deno.test("Bearer gives no token for a wrong password", async () => {
  const ask = server({ bearer: { users: USERS, anonymousPull: true } });
  assert.equal((await ask("GET /token", basic("alice:wrong"))).status, 401);
});

Deno.test("Bearer trades refresh tokens", async () => {
  const ask = server({ bearer: { users: USERS, refreshTokens: { r1: "alice" } } });
  const form = (values: Record<string, string>): URLSearchParams => new URLSearchParams(values);
  const scope = "repository:app:pull,push";
  const good = await ask(
    "POST /token",
    undefined,
    form({ grant_type: "refresh_token", refresh_token: "r1", scope }),
  );
  const { access_token: access } = await good.json();
  assert.equal((await ask("POST /v2/app/blobs/uploads/", `Bearer ${access}`)).status, 202);
  for (
    const bad of [{ refresh_token: "r1" }, { grant_type: "refresh_token" }, {
      grant_type: "refresh_token",
      refresh_token: "constructor",
    }]
  ) {
    assert.equal((await ask("POST /token", undefined, form(bad))).status, 401);
  }
});

Deno.test("Bearer names another token server where there is one", async () => {
  const ask = server({ bearer: { users: USERS, realm: "https://auth.example/t" } });
  const { headers } = await ask("HEAD /v2/app/manifests/v1");
  assert.match(headers.get("www-authenticate") ?? "", /realm="https:\/\/auth\.example\/t"/);
});
