// Rows of the fault matrix that need a socket: connections that are refused, cut, mute, or no HTTP at all.
import assert from "node:assert/strict";
import { fetchTransport } from "../../src/core/http.ts";
import { answers, type Fault } from "../support/faults/fault.ts";
import { rawServer } from "../support/faults/raw_server.ts";
import { HELLO, onMachine, type Ran } from "../integration/machine.ts";
import { naming } from "../support/naming.ts";
import { fails, fine, type Play, plays, rowTest } from "./stage.ts";

/** krust pushes to a host, over sockets. */
async function pushTo(
  host: string,
  check: (ran: Ran) => void | Promise<void>,
  env: Readonly<Record<string, string>> = {},
): Promise<void> {
  await onMachine(HELLO, async ({ krust }) => {
    const args = ["build", "--base", "scratch", "--image", `${host}/app:v1`];
    const ran = await krust(args, { network: fetchTransport(), env });
    assert.equal(ran.stdout, "");
    assert.doesNotMatch(ran.stderr, /^\s+at .*\.ts:\d+/m);
    await check(ran);
  });
}

await rowTest(1, "the connection is refused", async () => {
  await using closed = rawServer(() => Promise.resolve({}));
  const { host } = closed;
  await closed[Symbol.asyncDispose]();
  await pushTo(host, ({ status, stderr, host: { waits } }) => {
    assert.equal(status, 6);
    assert.match(stderr, /^error\[network-failed\]: .*cannot connect to 127.*connection refused/m);
    const total = waits.reduce((sum, wait) => sum + wait, 0);
    assert.ok(total <= 10_000, `${total} ms of waiting`);
  });
});

await rowTest(2, "the name does not resolve", async () => {
  await pushTo("nosuch.invalid", ({ status, stderr, host: { waits } }) => {
    assert.equal(status, 6);
    assert.match(stderr, /cannot resolve nosuch\.invalid/);
    assert.ok(waits.length < 5, "no six tries for a name that is not there");
  });
});

const GARBAGE: readonly (readonly [what: string, bytes: string])[] = [
  ["the banner of SSH", "SSH-2.0-OpenSSH_9.6\r\n"],
  ["garbage", "\u0000\u0001\u0002\u0003 nonsense\r\n\r\n"],
  ["a status that is no number", "HTTP/1.1 abc OK\r\n\r\n"],
  ["words between bare line feeds, as Docker Hub has sent", "HAP429\n\n"],
  ["bare line feeds and a header that is none", "HTTP/1.1 200 OK\ncontent-length 2\n\n{}"],
];

for (const [what, bytes] of GARBAGE) {
  await rowTest(12, `the answer is ${what}`, async () => {
    await using server = rawServer(bytes);
    await pushTo(server.host, ({ status, stderr, host: { waits } }) => {
      assert.equal(status, 6);
      assert.match(stderr, /does not speak (HTTP|TLS)/);
      assert.deepEqual(waits, []);
    });
  });
}

await rowTest(
  12,
  "the answer's lines end in bare line feeds, which RFC 9112 2.2 allows",
  async () => {
    const bytes = "HTTP/1.1 429 Too Many Requests\nretry-after: 7\ncontent-length: 0\n\n";
    await using server = rawServer(() => Promise.resolve({ bytes }));
    await pushTo(server.host, ({ status, stderr, host: { waits } }) => {
      assert.equal(status, 5);
      assert.match(stderr, /rate limited by 127\.0\.0\.1/);
      assert.ok(waits.length > 0 && waits.every((wait) => wait === 7_000), waits.join());
    });
  },
);

const REFUSAL = "Client sent an HTTP request to an HTTPS server.\n";

await rowTest(13, "the registry wants TLS on the port that was asked in plain HTTP", async () => {
  await using server = rawServer(() =>
    Promise.resolve({ response: new Response(REFUSAL, { status: 400 }) })
  );
  await pushTo(server.host, ({ status, stderr }) => {
    assert.equal(status, 6);
    assert.match(stderr, /TLS/);
  });
});

/** What a server says to somebody who speaks another protocol than it does, and what krust makes of it. */
const MIXED_UP = [
  {
    fault: "a host listed as insecure wants TLS, and says so",
    answer: `HTTP/1.1 400 Bad Request\r\ncontent-length: ${REFUSAL.length}\r\n\r\n${REFUSAL}`,
    args: ["--insecure-registry", "registry.test"],
    scheme: "http",
    says: /registry\.test speaks TLS(.|\n)*take registry\.test off the list of insecure registries/,
  },
  {
    // An alert of TLS: unexpected message.
    fault: "a host listed as insecure wants TLS, and alerts",
    answer: "\u0015\u0003\u0001\u0000\u0002\u0002\u000a",
    args: ["--insecure-registry", "registry.test"],
    scheme: "http",
    says: /does not speak HTTP(.|\n)*take registry\.test off the list of insecure registries/,
  },
  {
    fault: "a host that is asked over TLS speaks plain HTTP",
    answer: "HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n",
    args: [],
    scheme: "https",
    says: /registry\.test:443 does not speak TLS(.|\n)*--insecure-registry registry\.test/,
  },
] as const;

for (const { fault, answer, args, scheme, says } of MIXED_UP) {
  await rowTest(13, fault, async () => {
    await using server = rawServer(answer);
    using network = naming("registry.test", server.host);
    await onMachine(HELLO, async ({ krust }) => {
      for (const base of ["scratch", "registry.test/base:v1"]) {
        const image = ["--base", base, "--image", "registry.test/app:v1"];
        const ran = await krust(["build", ...image, ...args], { network });
        assert.equal(ran.status, 6, ran.stderr);
        assert.equal(ran.stdout, "");
        assert.match(ran.stderr, says);
        assert.deepEqual(ran.host.waits, []);
        for (const one of ran.host.requests) assert.match(one, new RegExp(` ${scheme}://`));
      }
    });
  });
}

/** A play over sockets. */
function wired(
  row: number,
  fault: string,
  at: Play["at"],
  faults: readonly Fault[],
  ends: Play["ends"],
  more: Partial<Play> = {},
): Play {
  return { row, fault, at, faults, ends, wire: true, ...more };
}

await plays([
  ...(["start-upload", "finish-upload", "put-manifest", "head-blob"] as const).map((kind) =>
    wired(
      9,
      `the connection ends before ${kind} is answered, once`,
      "target",
      [{ on: { kind }, times: 1, does: { kind: "close", after: "head" } }],
      fine(/trying again|going on/),
    )
  ),
  wired(
    9,
    "the connection ends after a manifest was taken, before it is said",
    "target",
    [{ on: { kind: "put-manifest" }, times: 1, does: { kind: "close", after: "handling" } }],
    fine(),
  ),
  ...(["head", "handling"] as const).map((after) =>
    wired(
      9,
      `the connection ends before PATCH is answered, ${after === "head" ? "un" : ""}seen, once`,
      "target",
      [
        { on: { kind: "finish-upload", sends: true }, does: answers(413) },
        { on: { kind: "append-upload" }, times: 1, does: { kind: "close", after } },
      ],
      fine(/going on/),
      {
        also: ({ target }) =>
          assert.ok(
            target.seen.some(({ kind, status }) => kind === "append-upload" && status === 0),
          ),
      },
    )
  ),
  wired(
    9,
    "the connection ends before any answer to PUT, always",
    "target",
    [{ on: { kind: "finish-upload" }, does: { kind: "close", after: "head" } }],
    fails("network-failed", /after 6 attempts/),
    { requests: 80 },
  ),
  wired(
    17,
    "a manifest ends before its Content-Length, on the wire, once",
    "base",
    [{
      on: { kind: "get-manifest" },
      times: 1,
      does: { kind: "cut", after: 50, announced: true },
    }],
    fine(/trying again/),
  ),
  wired(
    8,
    "a layer's connection ends in its middle, once",
    "base",
    [{
      on: { kind: "get-blob" },
      after: 1,
      times: 1,
      does: { kind: "cut", after: 900, announced: true },
    }],
    fine(/trying again|going on/),
  ),
  wired(
    8,
    "a layer's connection ends in its middle, always",
    "base",
    [{
      on: { kind: "get-blob" },
      after: 1,
      does: { kind: "cut", after: 90, announced: true },
    }],
    fails("network-failed", /blob sha256:[0-9a-f]+ .*attempts/),
    { requests: 60 },
  ),
]);
