// Tokens: asked for once, kept while they are good, and only from where they may come.
import assert from "node:assert/strict";
import { KrustError } from "../../../src/core/error.ts";
import type { Credential } from "../../../src/registry/credential.ts";
import { RegistryError } from "../../../src/registry/errors.ts";
import { DEFAULT_RETRY } from "../../../src/registry/retry.ts";
import { resolveRealm, type TokenRequest, Tokens } from "../../../src/registry/token.ts";
import { ALICE, refused, type Sent, status, testClock, wire } from "./wire.ts";

const ATTEMPT = { host: "r.example", label: "push to r.example/app" };
const REQUEST: TokenRequest = {
  realm: new URL("https://auth.example/token?tenant=a%20b"),
  service: "r.example",
  scopes: ["repository:app:pull,push", "repository:base:pull"],
};
const NOBODY: Credential = { kind: "anonymous", source: "nothing" };
const IDENTITY: Credential = { kind: "identity", token: "refresh&me", source: "a test" };

function tokens(answer: (nth: number, sent: Sent) => Response | Promise<Response>) {
  let count = 0;
  const end = wire((sent) => answer(++count, sent));
  const clock = testClock();
  return { ...end, clock, tokens: new Tokens(end.transport, { ...DEFAULT_RETRY, clock }) };
}

function numbered(nth: number): Response {
  return Response.json({ token: `t${nth}` });
}

Deno.test("`get()` asks with Basic, one scope at a time, and keeps the realm's query", async () => {
  const { tokens: all, sent } = tokens(numbered);
  assert.equal(await all.get(REQUEST, ALICE, ATTEMPT), "t1");
  assert.equal(sent[0]?.method, "GET");
  assert.equal(
    sent[0]?.url.href,
    "https://auth.example/token?tenant=a%20b&service=r.example" +
      "&scope=repository%3Aapp%3Apull%2Cpush&scope=repository%3Abase%3Apull",
  );
  assert.equal(sent[0]?.headers.get("authorization"), `Basic ${btoa("alice:s3cret:with colon")}`);
});

Deno.test("`get()` asks without credentials where there are none", async () => {
  const { tokens: all, sent } = tokens(numbered);
  await all.get({ realm: REQUEST.realm, scopes: [] }, NOBODY, ATTEMPT);
  assert.equal(sent[0]?.headers.get("authorization"), null);
  assert.equal(sent[0]?.url.search, "?tenant=a%20b");
});

Deno.test("`get()` writes names and passwords in UTF-8", async () => {
  const { tokens: all, sent } = tokens(numbered);
  await all.get(REQUEST, { ...ALICE, username: "ünï", password: "pässwörd" }, ATTEMPT);
  const [, encoded = ""] = sent[0]?.headers.get("authorization")?.split(" ") ?? [];
  assert.equal(new TextDecoder().decode(Uint8Array.fromBase64(encoded)), "ünï:pässwörd");
});

Deno.test("`get()` flies once for all who ask at the same time", async () => {
  const { tokens: all, sent } = tokens(numbered);
  const asked = Array.from({ length: 5 }, () => all.get(REQUEST, ALICE, ATTEMPT));
  assert.deepEqual(await Promise.all(asked), ["t1", "t1", "t1", "t1", "t1"]);
  assert.equal(sent.length, 1);
});

Deno.test("`get()` keeps tokens of different scopes, services and realms apart", async () => {
  const { tokens: all } = tokens(numbered);
  const requests: readonly TokenRequest[] = [
    REQUEST,
    { ...REQUEST, scopes: [] },
    { ...REQUEST, service: "other" },
    { ...REQUEST, realm: new URL("https://auth.example/other") },
  ];
  const found: string[] = [];
  for (const request of requests) found.push(await all.get(request, ALICE, ATTEMPT));
  assert.deepEqual(found, ["t1", "t2", "t3", "t4"]);
});

const LIVES: readonly (readonly [string, Record<string, unknown>, number])[] = [
  ["300 s", { expires_in: 300 }, 240],
  ["a life that is not said", {}, 48],
  ["a life of nothing", { expires_in: 0 }, 48],
  ["a life of less than nothing", { expires_in: -1 }, 48],
  ["a life of words", { expires_in: "300" }, 48],
];

for (const [what, more, seconds] of LIVES) {
  Deno.test(`\`get()\` renews a token of ${what} after ${seconds} s`, async () => {
    const { tokens: all, clock } = tokens((nth) => Response.json({ token: `t${nth}`, ...more }));
    await all.get(REQUEST, ALICE, ATTEMPT);
    clock.pass(seconds * 1000 - 1);
    assert.equal(await all.get(REQUEST, ALICE, ATTEMPT), "t1");
    clock.pass(1);
    assert.equal(await all.get(REQUEST, ALICE, ATTEMPT), "t2");
  });
}

Deno.test("`get()` does not give a refused token again, nor fetch twice for two refusals", async () => {
  const { tokens: all, sent } = tokens(numbered);
  await all.get(REQUEST, ALICE, ATTEMPT);
  const renewed = await Promise.all([
    all.get(REQUEST, ALICE, ATTEMPT, { stale: "t1" }),
    all.get(REQUEST, ALICE, ATTEMPT, { stale: "t1" }),
  ]);
  assert.deepEqual(renewed, ["t2", "t2"]);
  assert.equal(await all.get(REQUEST, ALICE, ATTEMPT, { stale: "t1" }), "t2");
  assert.equal(sent.length, 2);
});

Deno.test("`get()` takes an `access_token` alone", async () => {
  const { tokens: all } = tokens(() => Response.json({ access_token: "a.b.c" }));
  assert.equal(await all.get(REQUEST, ALICE, ATTEMPT), "a.b.c");
});

Deno.test("`get()` trades an identity token in a POST", async () => {
  const { tokens: all, sent } = tokens(numbered);
  assert.equal(await all.get(REQUEST, IDENTITY, ATTEMPT), "t1");
  assert.equal(sent[0]?.line, "POST https://auth.example/token?tenant=a%20b");
  assert.equal(sent[0]?.headers.get("authorization"), null);
  const form = new URLSearchParams(new TextDecoder().decode(sent[0]?.body));
  assert.deepEqual(Object.fromEntries(form), {
    grant_type: "refresh_token",
    client_id: "krust",
    service: "r.example",
    scope: "repository:app:pull,push repository:base:pull",
    refresh_token: "refresh&me",
  });
});

for (const code of [404, 405]) {
  Deno.test(`\`get()\` asks with a GET where the POST gave ${code}`, async () => {
    const { tokens: all, sent } = tokens((nth) => nth === 1 ? status(code) : numbered(nth));
    assert.equal(await all.get(REQUEST, IDENTITY, ATTEMPT), "t2");
    assert.deepEqual(sent.map(({ method }) => method), ["POST", "GET"]);
    assert.doesNotMatch(sent[1]?.url.href ?? "", /refresh/);
  });
}

Deno.test("`get()` never carries an identity token along a redirect", async () => {
  const { tokens: all, sent } = tokens(() => status(307, { location: "https://auth.example/2" }));
  await assert.rejects(all.get(REQUEST, IDENTITY, ATTEMPT), /HTTP 307/);
  assert.equal(sent.length, 1);
});

Deno.test("`get()` shows no password to where the token server leads", async () => {
  const { tokens: all, sent } = tokens((nth) =>
    nth === 1 ? status(302, { location: "https://trap.example/t" }) : numbered(nth)
  );
  await all.get(REQUEST, ALICE, ATTEMPT);
  assert.equal(sent[1]?.url.host, "trap.example");
  assert.equal(sent[1]?.headers.get("authorization"), null);
});

Deno.test("`get()` shows no secret over plain HTTP to another machine", async () => {
  const shown: string[] = [];
  for (const realm of ["http://auth.example/t", "http://127.0.0.1:5001/t"]) {
    for (const credential of [ALICE, IDENTITY]) {
      const { tokens: all, sent } = tokens(numbered);
      await all.get({ ...REQUEST, realm: new URL(realm) }, credential, ATTEMPT);
      for (const { url, method, headers } of sent) {
        shown.push(`${method} ${url.hostname} ${headers.get("authorization")?.split(" ")[0]}`);
      }
    }
  }
  assert.deepEqual(shown, [
    "GET auth.example undefined",
    "GET auth.example undefined",
    "GET 127.0.0.1 Basic",
    "POST 127.0.0.1 undefined",
  ]);
});

const BAD: readonly (readonly [string, () => Response])[] = [
  ["HTML", () => new Response("<html>log in</html>")],
  ["an empty object", () => Response.json({})],
  ["an empty token", () => Response.json({ token: "" })],
  ["a token with a line end", () => Response.json({ token: "a\r\nx: y" })],
  ["a number for a token", () => Response.json({ token: 5 })],
  ["null", () => Response.json(null)],
  ["nothing", () => new Response()],
  ["two MiB", () => Response.json({ token: "a".repeat(2 * 1024 * 1024) })],
];

for (const [what, answer] of BAD) {
  Deno.test(`\`get()\` refuses ${what}`, async () => {
    const { tokens: all, sent } = tokens(answer);
    await assert.rejects(all.get(REQUEST, ALICE, ATTEMPT), (error) => {
      assert.ok(error instanceof KrustError);
      assert.equal(error.exitStatus, 4);
      assert.match(error.message, /^token of auth\.example for push to r\.example\/app: /);
      return true;
    });
    assert.equal(sent.length, 1);
  });
}

Deno.test("`get()` tries again where the token server is unwell", async () => {
  const { tokens: all, clock } = tokens((nth) => nth <= 2 ? status(500) : numbered(nth));
  assert.equal(await all.get(REQUEST, ALICE, ATTEMPT), "t3");
  assert.deepEqual(clock.waits, [500, 1_000]);
});

Deno.test("`get()` ends with 4 whatever the token server keeps answering", async () => {
  for (const code of [400, 401, 403, 404, 429, 500]) {
    const { tokens: all } = tokens(() => refused(code, "DENIED"));
    await assert.rejects(all.get(REQUEST, ALICE, ATTEMPT), (error) => {
      assert.ok(error instanceof RegistryError);
      assert.equal(error.exitStatus, 4, `${code}`);
      assert.equal(error.retryable, false, `${code} must not be tried again by those around it`);
      assert.doesNotMatch(error.message, /s3cret/);
      return true;
    });
  }
});

function realm(text: string | undefined, home = "https://r.example/"): string {
  return resolveRealm(text, new URL("v2/app/tags/list", home), new URL(home), ATTEMPT).href;
}

Deno.test("`resolveRealm()` takes another host, and a realm relative to the registry", () => {
  assert.equal(realm("https://auth.example/t?a=b"), "https://auth.example/t?a=b");
  assert.equal(realm("/token"), "https://r.example/token");
  assert.equal(realm("https://user:pw@auth.example/t"), "https://auth.example/t");
  assert.equal(
    realm("http://127.0.0.1:5001/t", "http://127.0.0.1:5000"),
    "http://127.0.0.1:5001/t",
  );
  assert.equal(realm("http://localhost/t", "http://127.0.0.1:5000"), "http://localhost/t");
});

const REFUSED: readonly (readonly [string, string | undefined])[] = [
  ["missing", undefined],
  ["empty", ""],
  ["no address", "https://["],
  ["plain HTTP", "http://auth.example/t"],
  ["a file", "file:///etc/passwd"],
  ["cloud metadata", "https://169.254.169.254/t"],
  ["private", "https://192.168.0.1/t"],
  ["loopback", "https://127.0.0.1/t"],
  ["localhost", "https://localhost/t"],
];

for (const [what, text] of REFUSED) {
  Deno.test(`\`resolveRealm()\` refuses one that is ${what}`, () => {
    assert.throws(
      () => realm(text),
      (error) => error instanceof RegistryError && error.exitStatus === 4,
    );
  });
}
