// Waiting for the other side, with an alarm that rings when the test says so.
import assert from "node:assert/strict";
import { fetchTransport, type WireRequest } from "../../../src/core/http.ts";
import { type Body, bodyOf, type Bytes, type Cancel } from "../../../src/core/streams.ts";
import {
  type Alarm,
  SYSTEM_ALARM,
  timeLimited,
  TimeLimitError,
} from "../../../src/core/time_limits.ts";
import { drain } from "../../support/streams.ts";

/** An alarm that keeps what is set. */
interface TestAlarm {
  readonly alarm: Alarm;
  /** Milliseconds of each alarm that is set now. */
  readonly armed: readonly number[];
  /** All that were ever set. */
  readonly history: readonly number[];
  /** Rings what is set. */
  ring(): void;
}

function testAlarm(): TestAlarm {
  const set = new Map<() => void, number>();
  const history: number[] = [];
  return {
    history,
    get armed(): readonly number[] {
      return [...set.values()];
    },
    alarm(milliseconds, ring): () => void {
      const entry = (): void => ring();
      set.set(entry, milliseconds);
      history.push(milliseconds);
      return () => void set.delete(entry);
    },
    ring(): void {
      for (const entry of [...set.keys()]) {
        set.delete(entry);
        entry();
      }
    },
  };
}

const LIMITS = { answer: 1_000, sending: 2_000, reading: 3_000 };

function request(body?: Body): WireRequest {
  const url = new URL("https://registry.test/v2/");
  const headers = new Headers();
  return { method: "PUT", url, headers, ...(body === undefined ? {} : { body }) };
}

/** Rejects as fetch does when its signal is aborted, and never otherwise. */
function hang(options: Cancel = {}): Promise<never> {
  return new Promise((_, reject) => {
    const { signal } = options;
    signal?.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}

function timesOut(message: RegExp): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof TimeLimitError, String(error));
    assert.equal(error.code, "network-failed");
    assert.match(error.message, message);
    return true;
  };
}

Deno.test("`timeLimited()` gives up [row 4] a server that does not answer", async () => {
  const clock = testAlarm();
  const send = timeLimited((_request, options) => hang(options), LIMITS, clock.alarm);
  const sent = send(request());
  assert.deepEqual(clock.armed, [1_000]);
  clock.ring();
  await assert.rejects(sent, timesOut(/^timed out: no answer from registry\.test for 1 s$/));
  assert.deepEqual(clock.armed, []);
});

/** A body of zeros in chunks of two. */
function zeros(size: number, counts: { cancelled: number }): Body {
  let left = size;
  return {
    size,
    open: () =>
      Promise.resolve(
        new ReadableStream({
          pull(controller): void {
            controller.enqueue(new Uint8Array(2));
            left -= 2;
            if (left === 0) controller.close();
          },
          cancel: () => void counts.cancelled++,
        }, { highWaterMark: 0 }),
      ),
  };
}

Deno.test("`timeLimited()` gives up [row 6] a server that takes no more of a body", async () => {
  const clock = testAlarm();
  const taken = Promise.withResolvers<void>();
  const send = timeLimited(
    async ({ body }, options) => {
      const reader = (await body?.open())?.getReader();
      await reader?.read();
      taken.resolve();
      try {
        return await hang(options);
      } finally {
        await reader?.cancel();
      }
    },
    LIMITS,
    clock.alarm,
  );
  const counts = { cancelled: 0 };
  const sent = send(request(zeros(10, counts)));
  await taken.promise;
  assert.deepEqual(clock.armed, [2_000]);
  clock.ring();
  await assert.rejects(sent, timesOut(/registry\.test took nothing of what is sent for 2 s$/));
  assert.deepEqual(clock.armed, []);
  assert.equal(counts.cancelled, 1);
});

Deno.test("`timeLimited()` does not count the time that a body's own source takes", async () => {
  const clock = testAlarm();
  const wanted = Promise.withResolvers<void>();
  const gate = Promise.withResolvers<void>();
  const send = timeLimited(
    async ({ body }) => {
      return new Response(await drain(await body?.open() ?? new Blob().stream()));
    },
    LIMITS,
    clock.alarm,
  );
  const bytes: Bytes = new ReadableStream({
    async pull(controller): Promise<void> {
      wanted.resolve();
      await gate.promise;
      controller.enqueue(new Uint8Array(1));
      controller.close();
    },
  }, { highWaterMark: 0 });
  const sent = send(request({ size: 1, open: () => Promise.resolve(bytes) }));
  await wanted.promise;
  assert.deepEqual(clock.armed, [], "the source is slow, not the server");
  gate.resolve();
  assert.equal((await drain((await sent).body ?? new Blob().stream())).length, 1);
});

Deno.test("`timeLimited()` waits anew [row 7] for each chunk, and never for the whole", async () => {
  const clock = testAlarm();
  const send = timeLimited(
    async ({ body }) => {
      await drain(await body?.open() ?? new Blob().stream());
      return new Response("done");
    },
    LIMITS,
    clock.alarm,
  );
  const response = await send(request(zeros(6, { cancelled: 0 })));
  assert.equal(await response.text(), "done");
  // Connecting, opening, three chunks, the answer's head; then its body's chunk and end.
  assert.deepEqual(clock.history, [2_000, 2_000, 2_000, 2_000, 2_000, 1_000, 3_000, 3_000]);
  assert.deepEqual(clock.armed, []);
});

Deno.test("`timeLimited()` gives up [row 5] an answer that stalls, through its body", async () => {
  const clock = testAlarm();
  const send = timeLimited(
    (_request, options) => {
      const body: Bytes = new ReadableStream({
        start(controller): void {
          controller.enqueue(new Uint8Array(3));
          options?.signal?.addEventListener("abort", () => controller.error("aborted"));
        },
      });
      return Promise.resolve(new Response(body));
    },
    LIMITS,
    clock.alarm,
  );
  const response = await send(request());
  assert.deepEqual(clock.armed, [], "nobody reads yet");
  const reader = response.body?.getReader();
  assert.equal((await reader?.read())?.value?.length, 3);
  assert.deepEqual(clock.armed, [], "the reader is slow, not the server");
  const next = reader?.read() ?? Promise.resolve();
  // The stream asks for more a few turns of the queue later.
  for (let turn = 0; turn < 10 && clock.armed.length === 0; turn++) await Promise.resolve();
  assert.deepEqual(clock.armed, [3_000]);
  clock.ring();
  await assert.rejects(next, timesOut(/nothing came from registry\.test for 3 s$/));
  assert.deepEqual(clock.armed, []);
});

Deno.test("`timeLimited()` leaves no alarm behind, however a request ends", async () => {
  const clock = testAlarm();
  const failing = timeLimited(() => Promise.reject(new TypeError("reset")), LIMITS, clock.alarm);
  await assert.rejects(failing(request(bodyOf(new Uint8Array(3)))), TypeError);
  const stop = new AbortController();
  const hanging = timeLimited((_request, options) => hang(options), LIMITS, clock.alarm);
  const sent = hanging(request(), { signal: stop.signal });
  stop.abort(new Error("enough"));
  await assert.rejects(sent, /enough/);
  const answering = timeLimited(() => Promise.resolve(new Response("abc")), LIMITS, clock.alarm);
  await (await answering(request())).body?.cancel();
  const source: Body = { size: 3, open: () => Promise.reject(new Error("no file")) };
  const opening = timeLimited(
    async ({ body }) => {
      await body?.open();
      return new Response();
    },
    LIMITS,
    clock.alarm,
  );
  await assert.rejects(opening(request(source)), /no file/);
  assert.deepEqual(clock.armed, []);
});

/** Serves one connection that is read or answered only as far as `serve` does. */
async function withConnection(
  serve: (connection: Deno.Conn) => Promise<void>,
  use: (url: URL) => Promise<void>,
): Promise<void> {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const connections: Deno.Conn[] = [];
  const serving = (async (): Promise<void> => {
    for await (const connection of listener) {
      connections.push(connection);
      await serve(connection);
    }
  })();
  try {
    await use(new URL(`http://127.0.0.1:${listener.addr.port}/`));
  } finally {
    listener.close();
    // Before the rest is awaited: what is read from must not be waited for.
    for (const connection of connections) connection.close();
    await serving.catch(() => {});
  }
}

const SHORT = { answer: 40, sending: 40, reading: 40 };

Deno.test("`timeLimited()` ends a real answer [row 5] that stalls", async () => {
  const head = "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc";
  await withConnection(async (connection) => {
    await connection.read(new Uint8Array(1024));
    await connection.write(new TextEncoder().encode(head));
  }, async (url) => {
    const limits = { answer: 20_000, sending: 20_000, reading: 40 };
    const send = timeLimited(fetchTransport(), limits, SYSTEM_ALARM);
    const response = await send({ method: "GET", url, headers: new Headers() });
    await assert.rejects(
      response.arrayBuffer(),
      timesOut(/nothing came from 127\.0\.0\.1:\d+ for 0\.04 s$/),
    );
  });
});

Deno.test("`timeLimited()` ends a real request [row 4] that nobody answers", async () => {
  await withConnection(async () => {}, async (url) => {
    const send = timeLimited(fetchTransport(), SHORT, SYSTEM_ALARM);
    await assert.rejects(
      send({ method: "GET", url, headers: new Headers() }),
      timesOut(/no answer from 127\.0\.0\.1:\d+ for 0\.04 s$/),
    );
  });
});

Deno.test("`timeLimited()` ends a real upload [row 6] that nobody reads, and closes its source", async () => {
  await withConnection(async () => {}, async (url) => {
    const counts = { cancelled: 0 };
    let sent = 0;
    const body: Body = {
      size: 256 * 1024 * 1024,
      open: () =>
        Promise.resolve(
          new ReadableStream({
            pull(controller): void {
              controller.enqueue(new Uint8Array(64 * 1024));
              sent += 64 * 1024;
            },
            cancel: () => void counts.cancelled++,
          }, { highWaterMark: 0 }),
        ),
    };
    const send = timeLimited(fetchTransport(), SHORT, SYSTEM_ALARM);
    await assert.rejects(
      send({ method: "PUT", url, headers: new Headers(), body }),
      timesOut(/took nothing of what is sent for 0\.04 s$/),
    );
    assert.equal(counts.cancelled, 1);
    assert.ok(sent < body.size);
  });
});
