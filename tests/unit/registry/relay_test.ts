// Handing bytes on: ends, failures and cancels must not be taken for one another.
import assert from "node:assert/strict";
import type { Bytes } from "../../../src/core/streams.ts";
import { relay } from "../../../src/registry/relay.ts";
import { chunked, drain } from "../../support/streams.ts";

const ONE = new Uint8Array([1]);

Deno.test("`relay()` hands on chunks and end, and tells of them in time", async () => {
  const told: string[] = [];
  const bytes = relay(chunked(ONE, ONE), {
    chunk: ({ length }) => void told.push(`chunk of ${length}`),
    end: () => void told.push("end"),
    fail: (error) => void told.push(String(error)),
  });
  assert.equal((await drain(bytes)).length, 2);
  assert.deepEqual(told, ["chunk of 1", "chunk of 1", "end"]);
});

Deno.test("`relay()` reads nothing before it is read", async () => {
  let pulls = 0;
  const source: Bytes = new ReadableStream({
    pull(controller): void {
      pulls++;
      controller.close();
    },
  }, { highWaterMark: 0 });
  const bytes = relay(source, {});
  await Promise.resolve();
  assert.equal(pulls, 0);
  await drain(bytes);
  assert.equal(pulls, 1);
});

Deno.test("`relay()` fails with what `fail` makes of a failure", async () => {
  const source: Bytes = new ReadableStream({ pull: (controller) => controller.error("broken") });
  const bytes = relay(source, { fail: (error) => new Error(`named: ${error}`) });
  await assert.rejects(drain(bytes), /named: broken/);
});

for (const event of ["chunk", "end"] as const) {
  Deno.test(`\`relay()\` fails where \`${event}\` throws, and lets go of the source`, async () => {
    let cancelled = false;
    let pulls = 0;
    const source: Bytes = new ReadableStream({
      pull(controller): void {
        if (pulls++ === 0) controller.enqueue(ONE);
        else if (event === "end") controller.close();
      },
      cancel(): void {
        cancelled = true;
      },
    });
    const bytes = relay(source, {
      [event]: () => {
        throw new Error("not this");
      },
    });
    await assert.rejects(drain(bytes), /not this/);
    assert.equal(cancelled, event === "chunk");
  });
}

Deno.test("`relay()` takes a cancel while it reads for neither an end nor a failure", async () => {
  const told: string[] = [];
  let reason: unknown;
  const pulled = Promise.withResolvers<void>();
  const source: Bytes = new ReadableStream({
    pull: () => pulled.resolve(),
    cancel(why): void {
      reason = why;
    },
  }, { highWaterMark: 0 });
  const reader = relay(source, {
    end: () => void told.push("end"),
    fail: (error) => void told.push(String(error)),
  }).getReader();
  const reading = reader.read();
  await pulled.promise;
  await reader.cancel("enough");
  assert.deepEqual(await reading, { done: true, value: undefined });
  assert.equal(reason, "enough");
  assert.deepEqual(told, []);
});
