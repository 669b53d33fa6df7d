// Proxies of the environment: requests and uploads go through them, and errors name them without their
// passwords. The runtime reads the variables when it starts, so krust is a process of its own here.
import assert from "node:assert/strict";
import { join } from "node:path";
import { ROOT } from "../../tools/source_tree.ts";
import { MemoryRegistry } from "../../src/registry/memory.ts";
import { serveRegistry } from "../../src/registry/server.ts";
import { type Authority, makeAuthority } from "../support/certificates.ts";
import { type KrustRun, runKrust } from "../support/krust_process.ts";
import { run } from "../support/program.ts";
import { startProxy } from "../support/proxy_server.ts";
import { lackingProgram, requiring } from "../support/require.ts";
import { withTemporaryFolder } from "../support/temporary_folder.ts";
import { onMachine } from "../integration/machine.ts";

const NO_OPENSSL = lackingProgram("openssl");
const SECRET = "canary-of-proxy";
const MIB = 1024 * 1024;

interface Server {
  readonly host: string;
  readonly registry: MemoryRegistry;
}

/** Works with a registry on loopback; with an authority, it is `registry.test` over TLS. */
async function withRegistry(
  work: (server: Server) => Promise<void>,
  authority?: Authority,
): Promise<void> {
  const registry = new MemoryRegistry("registry.test");
  const names = { names: "DNS:registry.test" };
  const certificate = await authority?.issue("registry", names);
  const options = { port: 0, hostname: "127.0.0.1", onListen: () => {} };
  const handler = serveRegistry(registry);
  const server = certificate === undefined
    ? Deno.serve(options, (request) => handler(request))
    : Deno.serve({
      ...options,
      cert: await Deno.readTextFile(certificate.cert),
      key: await Deno.readTextFile(certificate.key),
    }, (request) => handler(request));
  try {
    await work({ host: `127.0.0.1:${server.addr.port}`, registry });
  } finally {
    await server.shutdown();
  }
}

/** The environment without the proxies of the machine that tests run on. */
function proxies(home: string, env: Readonly<Record<string, string>>): Record<string, string> {
  const names = ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"];
  const none = names.flatMap((name) => [[name, ""], [name.toLowerCase(), ""]]);
  // HOME stays: the runtime keeps its modules there.
  const own = {
    DOCKER_CONFIG: home,
    XDG_CONFIG_HOME: home,
    XDG_RUNTIME_DIR: home,
    DENO_NO_UPDATE_CHECK: "1",
  };
  return { ...Object.fromEntries(none), ...own, ...env };
}

async function authCheck(
  reference: string,
  env: Readonly<Record<string, string>>,
): Promise<KrustRun> {
  return await withTemporaryFolder(async (home) => {
    const ran = await runKrust(["auth", "check", "-v", reference], { env: proxies(home, env) });
    assert.ok(!`${ran.stdout}${ran.stderr}`.includes(SECRET), ran.stderr);
    return ran;
  });
}

Deno.test("[row 15] plain HTTP goes through HTTP_PROXY, with the user name and password in it", async () => {
  await withRegistry(async ({ host }) => {
    await using proxy = startProxy();
    const env = { HTTP_PROXY: `http://user:${SECRET}@${proxy.host}` };
    const ran = await authCheck(`${host}/app`, env);
    assert.equal(ran.status, 0, ran.stderr);
    assert.match(proxy.requests.join("\n"), new RegExp(`^HEAD http://${host}/v2/app/manifests/`));
    const wanted = `Basic ${btoa(`user:${SECRET}`)}`;
    assert.deepEqual([...new Set(proxy.authorizations)], [wanted]);
  });
});

Deno.test("[row 15] NO_PROXY=* goes past a proxy that is not there", async () => {
  await withRegistry(async ({ host }) => {
    const ran = await authCheck(`${host}/app`, {
      HTTP_PROXY: "http://127.0.0.1:47",
      NO_PROXY: "*",
    });
    assert.equal(ran.status, 0, ran.stderr);
  });
});

for (const exception of ["127.0.0.1", "127.0.0.0/8", "other.test, 127.0.0.1"]) {
  Deno.test(`[row 15] NO_PROXY=${exception} goes past the proxy`, async () => {
    await withRegistry(async ({ host }) => {
      await using proxy = startProxy();
      const env = { HTTP_PROXY: `http://${proxy.host}`, NO_PROXY: exception };
      const ran = await authCheck(`${host}/app`, env);
      assert.equal(ran.status, 0, ran.stderr);
      assert.deepEqual(proxy.requests, []);
    });
  });
}

await requiring(
  NO_OPENSSL,
  "[row 15] an upload streams through a tunnel, and TLS is with the registry",
  async () => {
    await withTemporaryFolder(async (folder) => {
      const authority = await makeAuthority(folder);
      await withRegistry(async ({ host }) => {
        await using proxy = startProxy({ target: host });
        const program = join(ROOT, "tests/support/push_blob.ts");
        await run(Deno.execPath(), [
          ...["run", "-A", "--no-check", program, "registry.test", String(8 * MIB), authority.cert],
        ], { env: proxies(folder, { HTTPS_PROXY: `http://${proxy.host}` }) });
        assert.deepEqual([...new Set(proxy.requests)], ["CONNECT registry.test:443 HTTP/1.1"]);
        assert.ok(proxy.sent() > 8 * MIB, `${proxy.sent()} bytes`);
      }, authority);
    });
  },
);

for (const reference of ["127.0.0.1:47/app", "registry.test/app"]) {
  Deno.test(`[row 15] a proxy that wants a password is named for ${reference}, without it`, async () => {
    await using proxy = startProxy({ refuse: "407 Proxy Authentication Required" });
    const url = `http://user:${SECRET}@${proxy.host}`;
    const ran = await authCheck(reference, { HTTP_PROXY: url, HTTPS_PROXY: url });
    assert.equal(ran.status, 6, ran.stderr);
    assert.equal(ran.stdout, "");
    const variable = reference.startsWith("127") ? "HTTP_PROXY" : "HTTPS_PROXY";
    const said = `the proxy ${proxy.host} (${variable}) wants to be authenticated to`;
    assert.ok(ran.stderr.includes(said), ran.stderr);
  });

  Deno.test(`[row 15] a proxy that is not there is named for ${reference}`, async () => {
    const url = `http://user:${SECRET}@127.0.0.1:47`;
    const ran = await authCheck(reference, { HTTP_PROXY: url, HTTPS_PROXY: url });
    assert.equal(ran.status, 6, ran.stderr);
    assert.match(ran.stderr, /cannot connect to the proxy 127\.0\.0\.1:47 \(HTTPS?_PROXY\)/);
  });
}

Deno.test("[row 15] a proxy that lets nothing through is named", async () => {
  await using proxy = startProxy({ refuse: "403 Forbidden" });
  const ran = await authCheck("registry.test/app", { HTTPS_PROXY: `http://${proxy.host}` });
  assert.equal(ran.status, 6, ran.stderr);
  assert.match(ran.stderr, /the proxy 127\.0\.0\.1:\d+ \(HTTPS_PROXY\) does not let it through/);
});

const GARBAGE: readonly string[] = [
  `http://user:${SECRET}@`,
  `::${SECRET}::`,
  `ftp://${SECRET}.test:21`,
  `http://user:${SECRET}#x@proxy test:3128`,
  `file:///${SECRET}`,
];

for (const value of GARBAGE) {
  for (const variable of ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"]) {
    Deno.test(`[row 15] ${variable}=${value.replace(SECRET, "…")} is exit 2 and not repeated`, async () => {
      await onMachine({}, async (machine) => {
        machine.registry("registry.test");
        const ran = await machine.krust(["auth", "check", "-v", "registry.test/app"], {
          env: { [variable]: value },
        });
        assert.equal(ran.status, 2, ran.stderr);
        assert.match(ran.stderr, new RegExp(`^error\\[config-invalid\\]: ${variable} is not`, "m"));
        assert.ok(!ran.stderr.includes(SECRET));
        assert.deepEqual(ran.host.requests, []);
      });
    });
  }
}
