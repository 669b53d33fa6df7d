// Rows of the fault matrix about servers that are slow or mute: what stands still is given up, what moves
// is waited for. No minute passes: alarms ring sooner, or time passes as the test tells.
import assert from "node:assert/strict";
import { connectOverTcp } from "../../src/core/connect.ts";
import { fetchTransport } from "../../src/core/http.ts";
import { collect } from "../../src/core/streams.ts";
import { HttpRegistry } from "../../src/registry/client.ts";
import type { Image } from "../../src/image/image.ts";
import { HELLO, onMachine, type Ran } from "../integration/machine.ts";
import { hurried, toldTime } from "../support/alarms.ts";
import { type FaultRegistry, faultRegistry } from "../support/fault_registry.ts";
import { answers, type Fault } from "../support/faults/fault.ts";
import { publish, syntheticImage } from "../support/images.ts";
import { largeBase, MIB } from "./bases.ts";
import { rowTest } from "./stage.ts";

/** A minute in milliseconds, and how long it takes here: some of what is waited for must come in time. */
const MINUTE = 60_000;
const HURRY = 200;

/** Builds on a base and pushes, over sockets, each minute as a moment. */
async function build(base: string, image: string): Promise<Ran> {
  using network = fetchTransport();
  let ran: Ran | undefined;
  await onMachine(HELLO, async ({ krust }) => {
    ran = await krust(["build", "--base", base, "--image", `${image}/app:v1`], {
      network,
      alarm: hurried(HURRY),
      connect: connectOverTcp,
    });
  });
  assert.ok(ran !== undefined);
  assert.doesNotMatch(ran.stderr, /^\s+at .*\.ts:\d+/m);
  return ran;
}

function assertGivenUp({ status, stdout, stderr }: Ran, says: RegExp): void {
  assert.equal(status, 6, stderr);
  assert.equal(stdout, "");
  assert.match(stderr, /^error\[network-failed\]: /m);
  assert.match(stderr, says);
}

/** A server to which nobody can connect any more: those who wait to be taken are as many as may. */
async function fullServer(): Promise<AsyncDisposable & { readonly host: string }> {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0, tcpBacklog: 1 });
  const { port } = listener.addr;
  const waiting = await Promise.all(
    Array.from({ length: 2 }, () => Deno.connect({ hostname: "127.0.0.1", port })),
  );
  return {
    host: `127.0.0.1:${port}`,
    async [Symbol.asyncDispose](): Promise<void> {
      listener.close();
      for (const connection of waiting) connection.close();
      await Promise.resolve();
    },
  };
}

await rowTest(3, "connecting is never answered", async () => {
  await using server = await fullServer();
  const start = performance.now();
  const ran = await build("scratch", server.host);
  assertGivenUp(ran, /connecting to 127\.0\.0\.1:\d+ timed out after 30 s after 3 attempts/);
  // Thirty seconds, not the minute of an answer.
  const took = (performance.now() - start) * HURRY / 1000;
  assert.ok(took >= 90, `${took} s`);
});

await rowTest(3, "connecting to the base's registry is never answered", async () => {
  await using server = await fullServer();
  await using registry = faultRegistry().listen();
  const ran = await build(`${server.host}/base:v1`, registry.host);
  assertGivenUp(ran, /connecting to 127\.0\.0\.1:\d+ timed out after 30 s/);
});

await rowTest(4, "connections are taken, and nothing is ever said", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const taken: Deno.Conn[] = [];
  const taking = (async (): Promise<void> => {
    for await (const connection of listener) taken.push(connection);
  })();
  try {
    const ran = await build("scratch", `127.0.0.1:${listener.addr.port}`);
    // The server is there, as a second connection finds out: it is the answer that is missing.
    assertGivenUp(ran, /no answer from 127\.0\.0\.1:\d+ for 60 s after 3 attempts/);
    assert.equal(taken.length, 6, "a try and a look each time");
  } finally {
    listener.close();
    for (const connection of taken) connection.close();
    await taking;
  }
});

/** A fault registry over sockets with `image` as `base:v1`. */
async function holding(image: Image, faults: readonly Fault[]): Promise<FaultRegistry> {
  const registry = faultRegistry({ faults });
  await publish(registry.memory, "base", image, "v1");
  return registry;
}

const SMALL = await syntheticImage();
const LARGE = await largeBase(10 * MIB);
const LAYER = LARGE.layers[1] ?? assert.fail();

const UNANSWERED = [
  ["start-upload", 1],
  ["finish-upload", 1],
  ["finish-upload", Infinity],
  ["put-manifest", 1],
] as const;

for (const [kind, times] of UNANSWERED) {
  await rowTest(4, `${kind} is never answered, ${times === 1 ? "once" : "always"}`, async () => {
    const registry = faultRegistry({
      faults: [{ on: { kind }, times, does: { kind: "silence" } }],
    });
    await using server = registry.listen();
    const ran = await build("scratch", server.host);
    if (times > 1) {
      return assertGivenUp(ran, /no answer from 127\.0\.0\.1:\d+ for 60 s after 3 attempts/);
    }
    assert.equal(ran.status, 0, ran.stderr);
    assert.match(ran.stderr, /no answer from 127\.0\.0\.1:\d+ for 60 s.*(again|going on) in/);
  });
}

await rowTest(5, "a manifest drips in byte by byte", async () => {
  const time = toldTime();
  const drip: Fault = {
    on: { kind: "get-manifest" },
    does: {
      kind: "pace",
      bytes: 1,
      async step(): Promise<void> {
        await time.set();
        time.pass(1_000);
      },
    },
  };
  await using server = (await holding(SMALL, [drip])).listen();
  using transport = fetchTransport();
  const registry = new HttpRegistry(server.host, { transport, alarm: time.alarm });
  const { raw } = await registry.getManifest("base", "v1");
  assert.deepEqual(raw, SMALL.raw);
  assert.ok(time.passed() > 5 * MINUTE, `${time.passed()} ms`);
});

for (const [times, how] of [[1, "once"], [Infinity, "always"]] as const) {
  await rowTest(5, `a manifest stalls in its middle, ${how}`, async () => {
    const stall: Fault = {
      on: { kind: "get-manifest" },
      times,
      does: { kind: "pace", bytes: 100, step: () => new Promise(() => {}) },
    };
    await using base = (await holding(SMALL, [stall])).listen();
    await using target = faultRegistry().listen();
    const ran = await build(`${base.host}/base:v1`, target.host);
    if (times === 1) {
      assert.equal(ran.status, 0, ran.stderr);
      assert.match(ran.stderr, /nothing came from 127\.0\.0\.1:\d+ for 60 s; trying again/);
    } else assertGivenUp(ran, /nothing came from 127\.0\.0\.1:\d+ for 60 s after 3 attempts/);
  });

  await rowTest(6, `the registry stops reading in the middle of a PUT, ${how}`, async () => {
    const does = { kind: "bite", bytes: MIB, then: "silence" } as const;
    const stops: readonly Fault[] = [
      { on: { kind: "finish-upload", larger: MIB }, times, does },
      { on: { kind: "append-upload" }, does: answers(405) },
    ];
    await using base = (await holding(LARGE, [])).listen();
    const registry = faultRegistry({ faults: stops });
    await using target = registry.listen();
    const ran = await build(`${base.host}/base:v1`, target.host);
    // Which of the two depends on how much the sockets hold.
    const said = /took nothing of what is sent for 60 s|no answer from 127\.0\.0\.1:\d+ for \d+ s/;
    if (times === 1) {
      assert.equal(ran.status, 0, ran.stderr);
      assert.match(ran.stderr, said);
      const sessions = registry.seen.filter(({ kind, size }) =>
        kind === "finish-upload" && size > MIB
      ).map(({ path }) => path);
      assert.ok(new Set(sessions).size > 1, "a new session");
    } else assertGivenUp(ran, new RegExp(`error.*(${said.source})`));
  });
}

await rowTest(7, "a blob comes at 16 KiB a second, for ten minutes", async () => {
  const time = toldTime();
  const slow: Fault = {
    on: { kind: "get-blob" },
    does: {
      kind: "pace",
      bytes: 16 * 1024,
      async step(): Promise<void> {
        await time.set();
        time.pass(1_000);
      },
    },
  };
  await using server = (await holding(LARGE, [slow])).listen();
  using transport = fetchTransport();
  const registry = new HttpRegistry(server.host, { transport, alarm: time.alarm });
  const bytes = await registry.getBlob("base", LAYER.descriptor);
  const { length } = await collect(bytes, LAYER.descriptor.size, "a layer");
  assert.equal(length, LAYER.descriptor.size);
  assert.ok(time.passed() > 10 * MINUTE, `${time.passed()} ms`);
});

await rowTest(7, "a blob is taken at 80 KiB a second, for two minutes", async () => {
  const time = toldTime();
  const slow: Fault = {
    on: { kind: "finish-upload" },
    does: {
      kind: "sip",
      bytes: 80 * 1024,
      async step(): Promise<void> {
        // What the client does about it takes a turn or two.
        await new Promise((turn) => setTimeout(turn, 0));
        time.pass(1_000);
      },
    },
  };
  const target = faultRegistry({ faults: [slow] });
  await using server = target.listen();
  using transport = fetchTransport();
  const registry = new HttpRegistry(server.host, { transport, alarm: time.alarm });
  assert.equal(await registry.pushBlob("app", LAYER), "uploaded");
  assert.equal(target.seen.filter(({ kind }) => kind === "finish-upload").length, 1);
  // Far longer than is waited where nothing moves; much of it after all was handed to the sockets.
  assert.ok(time.passed() > 2 * MINUTE, `${time.passed()} ms`);
});
