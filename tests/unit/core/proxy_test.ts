import assert from "node:assert/strict";
import fc from "fast-check";
import { KrustError } from "../../../src/core/error.ts";
import { formatProxy, readProxies } from "../../../src/core/proxy.ts";

/** The proxy for an address in an environment, in words; undefined for none. */
function proxyFor(address: string, env: Readonly<Record<string, string>>): string | undefined {
  const proxy = readProxies((name) => env[name])(new URL(address));
  return proxy === undefined ? undefined : formatProxy(proxy);
}

const SECURE = "https://ghcr.io/v2/";
const PLAIN = "http://10.1.2.3:5000/v2/";

const CHOICES: readonly (readonly [
  env: Readonly<Record<string, string>>,
  address: string,
  proxy: string | undefined,
])[] = [
  [{}, SECURE, undefined],
  [{ HTTPS_PROXY: "" }, SECURE, undefined],
  [{ HTTPS_PROXY: "http://p.test:3128" }, SECURE, "p.test:3128 (HTTPS_PROXY)"],
  [{ HTTPS_PROXY: "http://p.test:3128" }, PLAIN, undefined],
  [{ HTTP_PROXY: "p.test:3128" }, PLAIN, "p.test:3128 (HTTP_PROXY)"],
  [{ http_proxy: "http://u:secret@p.test:1" }, PLAIN, "p.test:1 (http_proxy)"],
  [{ ALL_PROXY: "socks5://p.test:1080" }, SECURE, "p.test:1080 (ALL_PROXY)"],
  [
    { ALL_PROXY: "http://a.test:1", HTTPS_PROXY: "http://b.test:1" },
    SECURE,
    "b.test:1 (HTTPS_PROXY)",
  ],
  [{ HTTPS_PROXY: "http://p.test:1", NO_PROXY: "*" }, SECURE, undefined],
  [{ HTTPS_PROXY: "http://p.test:1", NO_PROXY: "ghcr.io" }, SECURE, undefined],
  [{ HTTPS_PROXY: "http://p.test:1", NO_PROXY: "x.test, .io" }, SECURE, undefined],
  [{ HTTPS_PROXY: "http://p.test:1", no_proxy: "GHCR.io" }, SECURE, undefined],
  [{ HTTPS_PROXY: "http://p.test:1", NO_PROXY: "hcr.io" }, SECURE, "p.test:1 (HTTPS_PROXY)"],
  [{ HTTP_PROXY: "http://p.test:1", NO_PROXY: "10.0.0.0/8" }, PLAIN, undefined],
  [{ HTTP_PROXY: "http://p.test:1", NO_PROXY: "10.2.0.0/16" }, PLAIN, "p.test:1 (HTTP_PROXY)"],
];

for (const [env, address, proxy] of CHOICES) {
  Deno.test(`readProxies() with ${JSON.stringify(env)} takes ${proxy ?? "none"} for ${address}`, () => {
    assert.equal(proxyFor(address, env), proxy);
  });
}

Deno.test("readProxies() throws only config-invalid, and repeats nothing of the value", () => {
  fc.assert(fc.property(fc.string(), (value) => {
    try {
      proxyFor(SECURE, { HTTPS_PROXY: `canary-${value}://x y` });
      assert.fail("it was taken");
    } catch (error) {
      assert.ok(error instanceof KrustError && error.code === "config-invalid", String(error));
      assert.ok(!error.message.includes("canary"), error.message);
    }
  }));
});
