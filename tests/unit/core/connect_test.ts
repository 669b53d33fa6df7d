// Connections that do not come: told after half a minute, where it is not the answer that is slow.
import assert from "node:assert/strict";
import {
  type Connect,
  connectLimited,
  connectOverTcp,
  type Peer,
  peerOf,
} from "../../../src/core/connect.ts";
import type { Transport } from "../../../src/core/http.ts";
import { bodyOf } from "../../../src/core/streams.ts";
import { TimeLimitError } from "../../../src/core/time_limits.ts";
import { toldTime } from "../../support/alarms.ts";

const GET = { method: "GET", url: new URL("https://registry.test/v2/"), headers: new Headers() };
const NEVER: Connect = (_peer, { signal }) =>
  new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));

/** A transport that answers when it is told to, or fails when it is cancelled. */
function waiting(answer: Promise<Response>): Transport {
  return (_request, { signal } = {}) =>
    Promise.race([
      answer,
      new Promise<never>((_, reject) =>
        signal?.addEventListener("abort", () => reject(new Error("aborted")), { once: true })
      ),
    ]);
}

Deno.test("`connectLimited()` gives up where no second connection stands either", async () => {
  const time = toldTime();
  const asked: Peer[] = [];
  const connect: Connect = (peer, options) => {
    asked.push(peer);
    return NEVER(peer, options);
  };
  const send = connectLimited(waiting(new Promise(() => {})), {
    peer: peerOf,
    connect,
    alarm: time.alarm,
  });
  const sent = send(GET);
  time.pass(19_000);
  assert.deepEqual(asked, [], "not before there is doubt");
  time.pass(1_000);
  assert.deepEqual(asked, [{ hostname: "registry.test", port: 443, name: "registry.test:443" }]);
  time.pass(10_000);
  await assert.rejects(sent, (error) =>
    error instanceof TimeLimitError &&
    error.message === "connecting to registry.test:443 timed out after 30 s");
});

Deno.test("`connectLimited()` waits on where a second connection stands", async () => {
  const time = toldTime();
  const answer = Promise.withResolvers<Response>();
  const connect: Connect = () => Promise.resolve();
  const options = { peer: peerOf, connect, alarm: time.alarm };
  const sent = connectLimited(waiting(answer.promise), options)(GET);
  time.pass(20_000);
  await Promise.resolve();
  await Promise.resolve();
  time.pass(3_600_000);
  answer.resolve(new Response("late"));
  assert.equal(await (await sent).text(), "late");
});

Deno.test("`connectLimited()` takes a body that is asked for as a connection", async () => {
  const time = toldTime();
  const answer = Promise.withResolvers<Response>();
  const reading: Transport = async (request, options) => {
    await (await request.body?.open())?.cancel();
    return await waiting(answer.promise)(request, options);
  };
  const options = { peer: peerOf, connect: NEVER, alarm: time.alarm };
  const sent = connectLimited(reading, options)({ ...GET, body: bodyOf(new Uint8Array(3)) });
  await new Promise((turn) => setTimeout(turn, 0));
  time.pass(3_600_000);
  answer.resolve(new Response());
  assert.equal((await sent).status, 200);
});

Deno.test("`connectLimited()` hands the caller's cancel on, to an answer's body too", async () => {
  const options = { peer: peerOf, connect: NEVER, alarm: toldTime().alarm };
  const early = new AbortController();
  const sent = connectLimited(waiting(new Promise(() => {})), options)(GET, early);
  early.abort(new Error("enough"));
  await assert.rejects(sent, /enough/);
  let given: AbortSignal | undefined;
  const answering: Transport = (_request, { signal } = {}) => {
    given = signal;
    return Promise.resolve(new Response());
  };
  const late = new AbortController();
  await connectLimited(answering, options)(GET, late);
  assert.equal(given?.aborted, false);
  late.abort();
  assert.equal(given?.aborted, true);
});

Deno.test("`connectOverTcp()` tells whether somebody listens", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const peer = peerOf(new URL(`http://127.0.0.1:${listener.addr.port}/`));
  const { signal } = new AbortController();
  await connectOverTcp(peer, { signal });
  listener.close();
  await assert.rejects(connectOverTcp(peer, { signal }), Deno.errors.ConnectionRefused);
});

Deno.test("`peerOf()` knows the ports of schemes, and IPv6", () => {
  const ends = ["http://a.test", "https://a.test", "https://a.test:81", "http://[::1]:5000"]
    .map((url) => peerOf(new URL(url)));
  assert.deepEqual(ends.map(({ hostname, port }) => [hostname, port]), [
    ["a.test", 80],
    ["a.test", 443],
    ["a.test", 81],
    ["::1", 5000],
  ]);
  assert.equal(ends[3]?.name, "[::1]:5000");
});
