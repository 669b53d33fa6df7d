// `krust registry serve` over a fake host: what it prints, warns of, refuses, and how it ends.
import assert from "node:assert/strict";
import { join } from "node:path";
import { main } from "../../src/cli/main.ts";
import type { EndingSignal } from "../../src/core/host.ts";
import { type FakeHost, fakeHost, type FakeHostOptions } from "../support/fake_host.ts";
import { withTemporaryFolder } from "../support/temporary_folder.ts";

const HASH = "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";
const BASIC = `Basic ${btoa("alice:U*U")}`;

interface Serving {
  readonly host: FakeHost;
  readonly folder: string;
  /** Sends the server a request. */
  ask(line: string, headers?: Record<string, string>): Promise<Response>;
}

/** Serves with some arguments for as long as `work` takes, then ends it; gives what came of it. */
async function serving(
  args: readonly string[],
  work: (serving: Serving) => Promise<void>,
  signal: EndingSignal = "SIGTERM",
  options: Partial<FakeHostOptions> = {},
): Promise<{ readonly status: number; readonly stdout: string; readonly stderr: string }> {
  return await withTemporaryFolder(async (folder) => {
    await Deno.writeTextFile(join(folder, "users"), `alice:${HASH}\n`);
    const printed = Promise.withResolvers<void>();
    const host = fakeHost({ cwd: folder, ...options });
    const write = host.stdout.write.bind(host.stdout);
    host.stdout.write = async (text): Promise<void> => {
      await write(text);
      printed.resolve();
    };
    const running = main(["registry", "serve", ...args], host);
    await Promise.race([printed.promise, running]);
    const ask = (line: string, headers: Record<string, string> = {}): Promise<Response> => {
      const [handler] = host.listening.values();
      assert.ok(handler, `nothing listens: ${host.stderrText()}`);
      const [method = "", path = ""] = line.split(" ");
      return handler(new Request(`http://registry.test${path}`, { method, headers }));
    };
    if (host.listening.size > 0) {
      await work({ host, folder, ask });
      host.signal(signal);
    }
    const status = await running;
    assert.equal(host.listening.size, 0, "still listens");
    return { status, stdout: host.stdoutText(), stderr: host.stderrText() };
  });
}

Deno.test("`registry serve` prints its address, serves, and ends well when it is asked to", async () => {
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    const ended = await serving(["--dir", "images"], async ({ ask, folder }) => {
      assert.equal((await ask("GET /v2/")).status, 200);
      assert.ok((await Deno.stat(join(folder, "images"))).isDirectory);
    }, signal);
    assert.deepEqual(ended, { status: 0, stdout: "127.0.0.1:5000\n", stderr: "" });
  }
});

Deno.test("`registry serve` tells which port was picked, and keeps its content at home", async () => {
  const { stdout } = await serving(["--addr", "localhost:0"], async ({ folder }) => {
    const home = join(folder, ".home/.local/share/krust/registry");
    assert.ok((await Deno.stat(home)).isDirectory);
  });
  assert.equal(stdout, "localhost:49152\n");
});

Deno.test("`registry serve -v` tells of each request, before or after the command", async () => {
  const { stderr } = await serving(["--dir", "d", "-v"], async ({ ask }) => {
    await (await ask("GET /v2/no/such/tags/list?n=1")).body?.cancel();
  });
  assert.match(stderr, /^DEBUG GET \/v2\/no\/such\/tags\/list\?n=1 404 \d+ ms$/m);
});

Deno.test("`registry serve --htpasswd` asks for a password", async () => {
  const args = ["--dir", "d", "--htpasswd", "users"];
  const { status } = await serving(args, async ({ ask }) => {
    const refused = await ask("GET /v2/");
    assert.equal(refused.status, 401);
    assert.match(refused.headers.get("www-authenticate") ?? "", /^Basic /);
    await refused.body?.cancel();
    assert.equal((await ask("GET /v2/", { authorization: BASIC })).status, 200);
    const wrong = { authorization: `Basic ${btoa("alice:wrong")}` };
    assert.equal((await ask("GET /v2/", wrong)).status, 401);
  });
  assert.equal(status, 0);
});

const WARNED: readonly (readonly [args: readonly string[], warning: RegExp])[] = [
  [["--addr", "0.0.0.0:5000"], /anybody who reaches 0\.0\.0\.0/],
  [["--addr", "0.0.0.0:5000", "--htpasswd", "users"], /plain HTTP/],
];

for (const [args, warning] of WARNED) {
  Deno.test(`\`registry serve ${args.join(" ")}\` warns`, async () => {
    const { status, stderr } = await serving([...args, "--dir", "d"], async () => {});
    assert.equal(status, 0);
    assert.match(stderr, /^warning: /);
    assert.match(stderr, warning);
  });
}

const REFUSED: readonly (readonly [
  args: readonly string[],
  status: number,
  said: RegExp,
  options?: Partial<FakeHostOptions>,
])[] = [
  [["--addr", "5000"], 2, /error\[usage\]: .*"5000"[^]*HOST:PORT/],
  [["--htpasswd", "nobody"], 2, /error\[config-invalid\]: .*"nobody"/],
  [["--dir", "users/x"], 7, /error\[sink-failed\]: .*users[^]*--dir/],
  [[], 2, /error\[usage\]: .*home[^]*--dir DIR/, { env: { HOME: "" } }],
  [
    ["--dir", "d"],
    6,
    /error\[network-failed\]: cannot listen on 127\.0\.0\.1:5000[^]*127\.0\.0\.1:0/,
    { inUse: ["127.0.0.1:5000"] },
  ],
];

for (const [args, status, said, options] of REFUSED) {
  Deno.test(`\`registry serve ${args.join(" ")}\` is refused with ${status}`, async () => {
    const ended = await serving(args, async () => assert.fail("it serves"), "SIGTERM", options);
    assert.equal(ended.status, status, ended.stderr);
    assert.equal(ended.stdout, "");
    assert.match(ended.stderr, said);
  });
}

Deno.test("`registry serve` stops where nobody can read its address", async () => {
  const stdoutError = new Deno.errors.BrokenPipe("Broken pipe (os error 32)");
  const { status, stderr } = await serving(["--dir", "d"], async () => {}, "SIGTERM", {
    stdoutError,
  });
  assert.equal(status, 7);
  assert.match(stderr, /error\[output-failed\]/);
});
