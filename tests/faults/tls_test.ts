// A row of the fault matrix, and what goes well beside it: registries over TLS with certificates of all kinds: what is not trusted is refused with the reason,
// and nothing is sent in plain instead.
import { createServer } from "node:https";
import assert from "node:assert/strict";
import { fetchTransport } from "../../src/core/http.ts";
import { MemoryRegistry } from "../../src/registry/memory.ts";
import { serveRegistry } from "../../src/registry/server.ts";
import {
  type Authority,
  type Certificate,
  makeAuthority,
  selfSigned,
} from "../support/certificates.ts";
import { lackingProgram, requiring } from "../support/require.ts";
import { withTemporaryFolder } from "../support/temporary_folder.ts";
import { HELLO, type Machine, onMachine, type Ran } from "../integration/machine.ts";

const NO_OPENSSL = lackingProgram("openssl");
const SECRET = "canary-of-tls";

interface Serving {
  readonly host: string;
  readonly requests: string[];
}

/** Works with a registry over TLS that only knows one user. */
async function serving(
  { cert, key }: Certificate,
  work: (serving: Serving) => Promise<void>,
): Promise<void> {
  const requests: string[] = [];
  const handler = serveRegistry(new MemoryRegistry("tls.test"), {
    auth: { basic: { me: SECRET } },
  });
  const server = Deno.serve({
    port: 0,
    hostname: "127.0.0.1",
    cert: await Deno.readTextFile(cert),
    key: await Deno.readTextFile(key),
    onListen: () => {},
  }, (request) => {
    requests.push(`${request.method} ${request.url}`);
    return handler(request);
  });
  try {
    await work({ host: `127.0.0.1:${server.addr.port}`, requests });
  } finally {
    await server.shutdown();
  }
}

/** Runs krust with a real network and the password of {@linkcode serving}. */
async function runWith(
  machine: Machine,
  host: string,
  table: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Ran> {
  const { folder } = machine;
  const auth = new TextEncoder().encode(`me:${SECRET}`).toBase64();
  await machine.write({
    "config.toml": table === "" ? "" : `[registries."${host}"]\n${table}\n`,
    "docker/config.json": JSON.stringify({ auths: { [host]: { auth } } }),
  });
  using network = fetchTransport();
  const ran = await machine.krust(args, {
    network,
    env: { KRUST_CONFIG: `${folder}/config.toml`, DOCKER_CONFIG: `${folder}/docker`, ...env },
  });
  assert.ok(!`${ran.stdout}${ran.stderr}`.includes(SECRET));
  return ran;
}

async function check(
  machine: Machine,
  host: string,
  table: string,
  env: Readonly<Record<string, string>> = {},
): Promise<Ran> {
  return await runWith(machine, host, table, ["auth", "check", "-v", `${host}/app`], env);
}

async function withAuthority(work: (authority: Authority) => Promise<void>): Promise<void> {
  await withTemporaryFolder(async (folder) => await work(await makeAuthority(folder)));
}

await requiring(NO_OPENSSL, "a registry whose authority `ca` names is spoken to", async () => {
  await withAuthority(async (authority) => {
    await serving(await authority.issue("good"), async ({ host }) => {
      await onMachine({}, async (machine) => {
        const ran = await check(machine, host, `ca = "${authority.cert}"`);
        assert.equal(ran.status, 0, ran.stderr);
        assert.match(ran.stdout, /^push +granted/m);
        const variable = await check(machine, host, "", { SSL_CERT_FILE: authority.cert });
        assert.equal(variable.status, 0, variable.stderr);
      });
    });
  });
});

await requiring(NO_OPENSSL, "`ca` of one registry is not for another", async () => {
  await withAuthority(async (authority) => {
    await serving(await authority.issue("good"), async ({ host }) => {
      await onMachine({}, async (machine) => {
        const table = `insecure = false\n[registries."other.test"]\nca = "${authority.cert}"`;
        assert.equal((await check(machine, host, table)).status, 6);
      });
    });
  });
});

interface Refusal {
  readonly title: string;
  readonly certificate: (authority: Authority, folder: string) => Promise<Certificate>;
  /** Whether the authority is trusted. */
  readonly trusted: boolean;
  readonly said: RegExp;
  readonly help: RegExp;
}

const REFUSALS: readonly Refusal[] = [
  {
    title: "of an unknown authority",
    certificate: (authority) => authority.issue("good"),
    trusted: false,
    said: /signed by an authority that is not trusted/,
    help: /\[registries\."127\.0\.0\.1:\d+"\] with ca = /,
  },
  {
    title: "that has expired",
    certificate: (authority) => authority.issue("old", { days: -1 }),
    trusted: true,
    said: /its certificate has expired/,
    help: /renew/,
  },
  {
    title: "for another name",
    certificate: (authority) => authority.issue("other", { names: "DNS:other.test" }),
    trusted: true,
    said: /its certificate is for another name/,
    help: /name the registry as its certificate does/,
  },
  {
    title: "that is self-signed",
    certificate: (_authority, folder) => selfSigned(folder, "self"),
    trusted: false,
    said: /its certificate is self-signed/,
    help: /\[registries\."127\.0\.0\.1:\d+"\] with ca = /,
  },
];

for (const { title, certificate, trusted, said, help } of REFUSALS) {
  const name = `[row 14] a certificate ${title} is exit 6 with the reason, and nothing in plain`;
  await requiring(NO_OPENSSL, name, async () => {
    await withTemporaryFolder(async (folder) => {
      const authority = await makeAuthority(folder);
      await serving(await certificate(authority, folder), async ({ host, requests }) => {
        await onMachine(HELLO, async (machine) => {
          const table = trusted ? `ca = "${authority.cert}"` : "";
          const image = ["--image", `${host}/app:v1`];
          for (
            const args of [
              ["auth", "check", "-v", `${host}/app`],
              ["build", "--base", "scratch", ...image],
              ["build", "--base", `${host}/base:v1`, ...image],
            ]
          ) {
            const ran = await runWith(machine, host, table, args);
            assert.equal(ran.status, 6, ran.stderr);
            assert.equal(ran.stdout, "");
            assert.match(ran.stderr, /^error\[network-failed\]: /m);
            assert.match(ran.stderr, said);
            assert.match(ran.stderr, help);
            assert.deepEqual(requests, [], "the server heard something");
            assert.deepEqual(ran.host.waits, [], "nothing is tried again");
            // A loopback host is asked in plain once, to see what it speaks, and never after TLS.
            const schemes = ran.host.requests.map((request) =>
              request.replace(/^\S+ (\w+):.*/, "$1")
            );
            assert.deepEqual([...new Set(schemes)], ["http", "https"]);
            assert.equal(schemes.lastIndexOf("http"), 0);
          }
        });
      });
    });
  });
}

await requiring(NO_OPENSSL, "a client certificate is shown to the registry it is for", async () => {
  await withAuthority(async (authority) => {
    const [own, client] = [await authority.issue("good"), await authority.issue("client")];
    const seen: string[] = [];
    const server = createServer({
      cert: await Deno.readTextFile(own.cert),
      key: await Deno.readTextFile(own.key),
      ca: await Deno.readTextFile(authority.cert),
      requestCert: true,
      rejectUnauthorized: true,
    }, (request, response) => {
      seen.push(`${request.method} ${request.url}`);
      response.writeHead(request.method === "POST" ? 202 : 404, {
        location: "/v2/app/blobs/uploads/1",
      });
      response.end();
    });
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", () => listening()));
    try {
      const address = server.address();
      assert.ok(address !== null && typeof address === "object");
      const host = `127.0.0.1:${address.port}`;
      await onMachine({}, async (machine) => {
        const ca = `ca = "${authority.cert}"`;
        const without = await check(machine, host, ca);
        assert.equal(without.status, 6, without.stderr);
        assert.match(without.stderr, /wants a client certificate/);
        assert.match(without.stderr, /client_cert/);
        assert.deepEqual(seen, []);
        const identity = `client_cert = "${client.cert}"\nclient_key = "${client.key}"`;
        const ran = await check(machine, host, `${ca}\n${identity}`);
        assert.equal(ran.status, 0, ran.stderr);
        assert.ok(seen.length > 0);
      });
    } finally {
      server.closeAllConnections();
      await new Promise<void>((closed) => server.close(() => closed()));
    }
  });
});

const UNUSABLE: readonly (readonly [table: string, said: RegExp])[] = [
  [`ca = "missing.pem"`, /registries\."[^"]+"\.ca: cannot read "[^"]*missing\.pem"/],
  [`ca = "junk.pem"`, /registries\."[^"]+"\.ca: "[^"]*junk\.pem" holds no certificate/],
  [`ca = "broken.pem"`, /registries\."[^"]+"\.ca: cannot use "[^"]*broken\.pem"/],
  [`client_cert = "broken.pem"`, /client_cert and client_key stand together/],
  [
    `client_cert = "broken.pem"\nclient_key = "junk.pem"`,
    /client_key: "[^"]*junk\.pem" holds no private key/,
  ],
];

for (const [table, said] of UNUSABLE) {
  Deno.test(`certificates that cannot be used are exit 2: ${table.replace("\n", ", ")}`, async () => {
    await onMachine({}, async (machine) => {
      await machine.write({
        "junk.pem": `not PEM: ${SECRET}`,
        "broken.pem": "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
      });
      machine.registry("registry.test");
      const { folder } = machine;
      await machine.write({ "config.toml": `[registries."registry.test"]\n${table}\n` });
      const ran = await machine.krust(["auth", "check", "registry.test/app"], {
        env: { KRUST_CONFIG: `${folder}/config.toml` },
      });
      assert.equal(ran.status, 2, ran.stderr);
      assert.match(ran.stderr, said);
      assert.ok(!ran.stderr.includes(SECRET));
      assert.deepEqual(ran.host.requests, []);
    });
  });
}
