// Keys of docker-style files: what they mean, and that none is mistaken for another's.
import assert from "node:assert/strict";
import fc from "fast-check";
import { helperAddress, lookupKeys, normalizeKey } from "../../../src/auth/registry_key.ts";

const KEYS: readonly (readonly [written: string, meaning: string])[] = [
  ["ghcr.io", "ghcr.io"],
  ["GHCR.io", "ghcr.io"],
  ["https://ghcr.io", "ghcr.io"],
  ["https://ghcr.io/", "ghcr.io"],
  ["http://ghcr.io/v1/", "ghcr.io"],
  ["https://ghcr.io/v2", "ghcr.io"],
  ["https://ghcr.io:443", "ghcr.io:443"],
  ["localhost:5000", "localhost:5000"],
  ["[::1]:5000", "[::1]:5000"],
  ["ghcr.io/Me/app", "ghcr.io/Me/app"],
  ["ghcr.io/me/", "ghcr.io/me"],
  ["https://index.docker.io/v1/", "docker.io"],
  ["index.docker.io", "docker.io"],
  ["docker.io", "docker.io"],
  ["registry-1.docker.io", "docker.io"],
  ["docker.io/library", "docker.io/library"],
  ["https://index.docker.io/v1/access-token", "docker.io/v1/access-token"],
  ["hub.docker.io", "hub.docker.io"],
  ["", ""],
];

for (const [written, meaning] of KEYS) {
  Deno.test(`\`normalizeKey()\` takes "${written}" for "${meaning}"`, () => {
    assert.equal(normalizeKey(written), meaning);
  });
}

Deno.test("`normalizeKey()` takes no longer than the key is long", () => {
  const start = performance.now();
  assert.equal(normalizeKey(`a/${"/".repeat(200_000)}b`), `a/${"/".repeat(200_000)}b`);
  assert.ok(performance.now() - start < 1_000, "a pattern tried at every slash takes 10 s");
});

Deno.test("`lookupKeys()` goes from the whole repository to its host", () => {
  assert.deepEqual(lookupKeys({ registry: "ghcr.io", name: "a/b/c" }), [
    "ghcr.io/a/b/c",
    "ghcr.io/a/b",
    "ghcr.io/a",
    "ghcr.io",
  ]);
  assert.deepEqual(lookupKeys({ registry: "docker.io", name: "library/alpine" }), [
    "docker.io/library/alpine",
    "docker.io/library",
    "docker.io",
  ]);
});

const FOREIGN = [
  "evil-ghcr.io",
  "ghcr.io.evil.test",
  "ghcr.io:5000",
  "evil.test/ghcr.io",
  "https://evil.test/ghcr.io",
  "ghcr.io@evil.test",
  "https://ghcr.io@evil.test",
  "ghcr",
  "io",
  "*.io",
  "ghcr.i",
  "ghcrxio",
  "ghcr.io/m",
  "ghcr.io/me/ap",
  "ghcr.io/me/app/x",
  "ghcr.io/you",
  "ghcr.io?x",
  " ghcr.io",
  "",
];

for (const key of FOREIGN) {
  Deno.test(`\`lookupKeys()\` of ghcr.io/me/app does not meet "${key}"`, () => {
    const wanted = lookupKeys({ registry: "ghcr.io", name: "me/app" });
    assert.ok(!wanted.includes(normalizeKey(key)));
  });
}

Deno.test("a key for another host never meets a repository's keys", () => {
  const host = fc.domain();
  fc.assert(fc.property(host, host, fc.webPath(), (ours, other, path) => {
    fc.pre(normalizeKey(ours) !== normalizeKey(other));
    const wanted = lookupKeys({ registry: ours, name: "a/b" });
    for (const key of [other, `https://${other}`, `https://${other}${path}`, `${other}/${ours}`]) {
      assert.ok(!wanted.includes(normalizeKey(key)), key);
    }
  }));
});

Deno.test("`helperAddress()` is the host, and docker's own address for its registry", () => {
  assert.equal(helperAddress("ghcr.io"), "ghcr.io");
  assert.equal(helperAddress("localhost:5000"), "localhost:5000");
  assert.equal(helperAddress("docker.io"), "https://index.docker.io/v1/");
});
