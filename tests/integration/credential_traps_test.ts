// Registries that try to get at credentials that are not theirs: by redirects, token servers and upload
// addresses of every kind. What a trap hears is looked through for the secrets: there are none in it.
import fc from "fast-check";
import assert from "node:assert/strict";
import { sha256 } from "../../src/core/digest.ts";
import { KrustError } from "../../src/core/error.ts";
import { bytesOf } from "../../src/core/streams.ts";
import { HttpRegistry } from "../../src/registry/client.ts";
import type { Credential, Keychain } from "../../src/registry/credential.ts";
import { Permissions, tryCredentials } from "../../src/registry/permissions.ts";
import { DEFAULT_RETRY } from "../../src/registry/retry.ts";
import {
  BEARER,
  CONTENT,
  IDENTITY,
  LOGIN,
  type Lure,
  openTrap,
  SECRETS,
  type Trap,
  TRAPPER,
} from "../support/trap.ts";

/** Everything that can be kept for a registry. */
const CREDENTIALS: readonly Credential[] = [
  { kind: "basic", ...LOGIN, source: "the test" },
  { kind: "identity", token: IDENTITY, source: "the test" },
  { kind: "bearer", token: BEARER, source: "the test" },
];

const credential = fc.constantFrom(...CREDENTIALS);
const [login] = CREDENTIALS;

const BLOB = {
  descriptor: {
    mediaType: "application/octet-stream",
    digest: sha256(CONTENT),
    size: CONTENT.length,
  },
  open: () => Promise.resolve(bytesOf(CONTENT)),
};

/** Does everything that krust does with a registry; all of it may fail, but only as it should. */
async function useAll({ transport }: Trap, credential: Credential): Promise<void> {
  const keychain: Keychain = { resolve: () => Promise.resolve(credential) };
  const policy = { ...DEFAULT_RETRY, attempts: 1 };
  const registry = new HttpRegistry(TRAPPER, { transport, keychain, retry: policy });
  const options = {
    transport,
    tokenTransport: transport,
    keychain,
    insecure: false,
    policy,
  };
  const permissions = new Permissions(TRAPPER, options);
  const steps: readonly (() => Promise<unknown>)[] = [
    () => tryCredentials(TRAPPER, options),
    () => registry.headManifest("app", "latest"),
    () => registry.getManifest("app", "latest"),
    async () => await (await registry.getBlob("app", BLOB.descriptor)).cancel(),
    () => registry.pushBlob("app", BLOB),
    () => registry.pushManifest("app", { descriptor: BLOB.descriptor, raw: CONTENT }, "latest"),
    () => permissions.pull("app", "latest"),
    () => permissions.push("app"),
  ];
  for (const step of steps) {
    try {
      await step();
    } catch (error) {
      assert.ok(error instanceof KrustError, String(error));
      const told = [
        error.message,
        ...error.help,
        String(error.cause),
        JSON.stringify(error.details),
      ];
      for (const secret of SECRETS) assert.ok(!told.join("\n").includes(secret), told.join("\n"));
    }
  }
}

async function assertNothingHeard(lure: Lure, credential = login): Promise<Trap> {
  assert.ok(credential !== undefined);
  const trap = openTrap(lure);
  await useAll(trap, credential);
  for (const request of trap.heard) {
    assert.doesNotMatch(
      request,
      /^(?:authorization|cookie|proxy-authorization|x-registry-auth): /im,
    );
    for (const secret of SECRETS) assert.ok(!request.includes(secret), request);
  }
  return trap;
}

const port = fc.integer({ min: 1, max: 65535 }).filter((port) => port !== 443);
const label = fc.stringMatching(/^[a-z][a-z0-9]{0,8}$/);

/** Literal addresses that a public registry has no business to name, in the spellings that parsers know. */
const privateHost = fc.constantFrom(
  ...["127.0.0.1", "127.1", "0x7f.0.0.1", "2130706433", "0177.0.0.1", "localhost", "a.localhost"],
  ...["169.254.169.254", "10.0.0.1", "172.16.0.1", "192.168.1.1", "100.64.0.1", "0.0.0.0", "0"],
  ...["[::1]", "[::]", "[fe80::1]", "[fd00::1]", "[::ffff:169.254.169.254]", "[::ffff:7f00:1]"],
);

/** Host names that a careless comparison takes for the registry's. */
const nearMiss = fc.oneof(
  label.map((name) => `${TRAPPER}.${name}.evil`),
  label.map((name) => `${name}${TRAPPER}`),
  label.map((name) => `${name}.${TRAPPER}`),
  fc.constantFrom(
    "registry.tes",
    "registry.test.",
    "registry-test",
    "registry.testing",
    "regıstry.test",
  ),
);

const foreignHost = fc.oneof(nearMiss, label.map((name) => `${name}.evil`));

/** Addresses away from the registry's origin. */
const away = fc.oneof(
  port.map((port) => `https://${TRAPPER}:${port}/x`),
  foreignHost.map((host) => `https://${host}/x`),
  foreignHost.map((host) => `//${host}/x`),
  foreignHost.map((host) => `\\\\${host}\\x`),
  foreignHost.map((host) => `https://${TRAPPER}@${host}/x`),
  foreignHost.map((host) => `https://${LOGIN.username}:x@${host}:8443/x?y=z`),
  fc.tuple(label, port).map(([user, port]) => `https://${user}@${TRAPPER}:${port}/x`),
  fc.constant(`http://${TRAPPER}/x`),
  foreignHost.map((host) => `http://${host}/x`),
  fc.tuple(fc.constantFrom("http", "https"), privateHost)
    .map(([scheme, host]) => `${scheme}://${host}/latest/meta-data`),
  fc.tuple(privateHost, port).map(([host, port]) => `https://${host}:${port}/x`),
  fc.constantFrom(
    "ftp://registry.test/x",
    "file:///etc/passwd",
    "data:,x",
    "https://",
    "https://%",
  ),
);

const lure: fc.Arbitrary<Lure> = fc.record({
  at: fc.constantFrom("manifest", "blob", "upload", "token", "ping"),
  address: away,
  status: fc.constantFrom(301, 302, 303, 307, 308),
  scheme: fc.constantFrom("basic", "bearer"),
});

Deno.test("no redirect and no upload address gets credentials out of their origin", async () => {
  let [sprung, shown] = [0, 0];
  await fc.assert(
    fc.asyncProperty(lure, credential, async (lure, credential) => {
      const trap = await assertNothingHeard(lure, credential);
      if (trap.heard.length > 0) sprung++;
      if (trap.shown()) shown++;
    }),
    { numRuns: 400 },
  );
  assert.ok(sprung > 50, `${sprung} traps were reached: the test shows nothing`);
  // An identity or access token is not for a registry that wants Basic: a third of them see nothing.
  assert.ok(shown > 200, `${shown} registries were shown credentials: the test shows nothing`);
});

/** Token servers that no credentials are for: off TLS, on private addresses, no addresses at all. */
const badRealm = fc.oneof(
  fc.constant(`http://${TRAPPER}/token`),
  foreignHost.map((host) => `http://${host}/token`),
  fc.tuple(fc.constantFrom("http", "https"), privateHost)
    .map(([scheme, host]) => `${scheme}://${host}/token`),
  fc.tuple(privateHost, port).map(([host, port]) => `https://u:p@${host}:${port}/token`),
  fc.constantFrom("ftp://evil.test/token", "file:///etc/passwd", "https://%", "javascript:0"),
);

Deno.test("no token server off TLS or on a private address is asked for a token", async () => {
  await fc.assert(
    fc.asyncProperty(badRealm, credential, async (address, credential) => {
      const lure: Lure = { at: "realm", address, status: 302, scheme: "bearer" };
      assert.deepEqual((await assertNothingHeard(lure, credential)).heard, []);
    }),
    { numRuns: 200 },
  );
});

Deno.test("no Link and none of a layer's urls is followed", async () => {
  const passive = fc.record({
    at: fc.constantFrom("link", "urls"),
    address: away,
    status: fc.constant(302),
    scheme: fc.constantFrom("basic", "bearer"),
  });
  let shown = 0;
  await fc.assert(
    fc.asyncProperty(passive, async (lure) => {
      const trap = await assertNothingHeard(lure);
      assert.deepEqual(trap.heard, []);
      if (trap.shown()) shown++;
    }),
    { numRuns: 200 },
  );
  assert.ok(shown > 150, `${shown} registries were shown credentials: the test shows nothing`);
});

Deno.test("who was led away shows no credentials where the foreign server sends him, not even at home", async () => {
  const bounce = fc.record({
    at: fc.constant("bounce"),
    address: foreignHost.map((host) => `https://${host}/x`),
    status: fc.constantFrom(302, 307),
    scheme: fc.constantFrom("basic", "bearer"),
  });
  let sprung = 0;
  await fc.assert(
    fc.asyncProperty(bounce, credential, async (lure, credential) => {
      if ((await assertNothingHeard(lure, credential)).heard.length > 0) sprung++;
    }),
    { numRuns: 100 },
  );
  assert.ok(sprung > 50, `${sprung} traps were reached: the test shows nothing`);
});

Deno.test("a trap that is told a secret is found out: the test can fail", async () => {
  const trap = openTrap({
    at: "blob",
    address: "https://evil.test/x",
    status: 302,
    scheme: "basic",
  });
  await trap.transport({
    method: "GET",
    url: new URL("https://evil.test/x"),
    headers: new Headers({ authorization: `Bearer ${SECRETS[1]}` }),
  });
  assert.ok(trap.heard.some((request) => SECRETS.some((secret) => request.includes(secret))));
});
