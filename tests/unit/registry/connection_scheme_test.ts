// Plain HTTP or TLS: what is tried on loopback, and that nothing is ever tried anywhere else.
import assert from "node:assert/strict";
import { sha256 } from "../../../src/core/digest.ts";
import { HttpRegistry } from "../../../src/registry/client.ts";
import { failure, HOME, refused, status, wire } from "./wire.ts";

const DIGEST = sha256(new Uint8Array());

Deno.test("a loopback registry that speaks TLS is found out, once", async () => {
  const { transport, lines } = wire(({ url }) => {
    if (url.protocol === "https:") return status(200);
    throw new TypeError("fetch failed", { cause: new Error("invalid HTTP version parsed") });
  });
  const registry = new HttpRegistry("localhost:5000", { transport });
  assert.equal(await registry.hasBlob("app", DIGEST), true);
  assert.equal(await registry.hasBlob("app", DIGEST), true);
  assert.deepEqual(lines().map((line) => line.split("/v2")[0]), [
    "HEAD http://localhost:5000",
    "HEAD https://localhost:5000",
    "HEAD https://localhost:5000",
  ]);
});

Deno.test("a loopback registry that speaks TLS is found out by its words", async () => {
  const said = "Client sent an HTTP request to an HTTPS server.\n";
  const { transport, lines } = wire(({ url }) =>
    url.protocol === "https:" ? status(404) : new Response(said, { status: 400 })
  );
  const registry = new HttpRegistry("localhost:5000", { transport });
  await failure(registry.getManifest("app", "v1"));
  assert.deepEqual(lines().map((line) => line.split("/v2")[0]), [
    "GET http://localhost:5000",
    "GET https://localhost:5000",
  ]);
});

Deno.test("a loopback registry that speaks TLS is found out where its answer to a HEAD is empty", async () => {
  const said = "Client sent an HTTP request to an HTTPS server.\n";
  const { transport, lines } = wire(({ method, url }) =>
    url.protocol === "https:"
      ? status(200)
      : new Response(method === "HEAD" ? null : said, { status: 400 })
  );
  const registry = new HttpRegistry("localhost:5000", { transport });
  assert.equal(await registry.hasBlob("app", DIGEST), true);
  assert.deepEqual(lines().map((line) => line.replace(/\/app.*/, "")), [
    "HEAD http://localhost:5000/v2",
    "GET http://localhost:5000/v2/",
    "HEAD https://localhost:5000/v2",
  ]);
});

Deno.test("a HEAD that is answered 400 by a registry without TLS stays one", async () => {
  const { transport, sent } = wire(({ method }) =>
    method === "HEAD" ? status(400) : Response.json({})
  );
  const registry = new HttpRegistry("localhost:5000", { transport });
  assert.equal(await registry.hasBlob("app", DIGEST), false);
  assert.equal(sent.length, 2);
});

Deno.test("a loopback registry that speaks neither is asked in both, and then in the second", async () => {
  const { transport, sent } = wire(() => {
    throw new TypeError("fetch failed", { cause: new Error("invalid HTTP version parsed") });
  });
  const registry = new HttpRegistry("localhost:5000", { transport });
  for (const requests of [2, 3]) {
    const error = await failure(registry.hasBlob("app", DIGEST));
    assert.match(error.message, /localhost:5000 does not speak HTTP$/);
    assert.equal(sent.length, requests);
  }
});

Deno.test("a registry listed as insecure that speaks TLS is named, and not asked in TLS", async () => {
  const said = "The plain HTTP request was sent to HTTPS port";
  const { transport, sent } = wire(() => new Response(`<html>${said}</html>`, { status: 400 }));
  const registry = new HttpRegistry("registry.corp:5000", { transport, insecure: true });
  const error = await failure(registry.getManifest("app", "v1"));
  assert.match(error.message, /registry\.corp:5000 speaks TLS, but was asked in plain HTTP$/);
  assert.equal(sent.length, 1);
});

Deno.test("an honest 400 on loopback stays one, words and all", async () => {
  const { transport, sent } = wire(() => refused(400, "NAME_INVALID"));
  const registry = new HttpRegistry("localhost:5000", { transport });
  const error = await failure(registry.getManifest("app", "v1"));
  assert.equal(error.details["errors"], "NAME_INVALID");
  assert.equal(sent.length, 1);
});

Deno.test("no registry off loopback is ever asked in another scheme than it should be", async () => {
  const { transport, lines } = wire(() => {
    throw new TypeError("fetch failed", {
      cause: new Error("received corrupt message of type InvalidContentType"),
    });
  });
  const registry = new HttpRegistry(HOME, { transport });
  const error = await failure(registry.getManifest("app", "v1"));
  assert.match(error.message, /registry\.test:443 does not speak TLS$/);
  assert.deepEqual(error.details, { insecure: "possible", host: HOME });
  assert.deepEqual(lines(), ["GET /v2/app/manifests/v1"]);
});
