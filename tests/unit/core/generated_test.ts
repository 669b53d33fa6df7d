// Streams that generators make: what they are made of is closed, read or not.
import assert from "node:assert/strict";
import { generated } from "../../../src/core/generated.ts";
import { gunzip } from "../../../src/core/gunzip.ts";
import { gzip } from "../../../src/core/gzip.ts";
import type { Bytes } from "../../../src/core/streams.ts";
import { drain } from "../../support/streams.ts";

/** Endless bytes, and why they were cancelled, once they were. */
function endless(): { readonly bytes: Bytes; readonly reasons: unknown[] } {
  const reasons: unknown[] = [];
  const bytes: Bytes = new ReadableStream({
    pull: (controller) => controller.enqueue(new Uint8Array(10)),
    cancel: (reason) => void reasons.push(reason),
  }, { highWaterMark: 0 });
  return { bytes, reasons };
}

const STREAMS: readonly (readonly [name: string, make: (bytes: Bytes) => Bytes])[] = [
  ["gzip", (bytes) => gzip(bytes)],
  ["gunzip", (bytes) => gunzip(bytes, "it")],
  ["generated", (bytes) =>
    generated(bytes, async function* (source) {
      yield* source;
    })],
];

for (const [name, make] of STREAMS) {
  Deno.test(`\`${name}()\` cancels its input where it is cancelled before it was read`, async () => {
    const { bytes, reasons } = endless();
    await make(bytes).cancel("enough");
    assert.deepEqual(reasons, ["enough"]);
  });
}

Deno.test("`generated()` ends the generator where it is cancelled while it is read", async () => {
  const { bytes, reasons } = endless();
  let ended = false;
  const reader = generated(bytes, async function* (source) {
    try {
      yield* source;
    } finally {
      ended = true;
    }
  }).getReader();
  assert.equal((await reader.read()).done, false);
  await reader.cancel();
  assert.ok(ended);
  assert.equal(reasons.length, 1);
});

Deno.test("`generated()` passes on all that is generated, and what the generator throws", async () => {
  const { bytes } = endless();
  const some = generated(bytes, async function* (source) {
    for await (const chunk of source) {
      yield chunk;
      return;
    }
  });
  assert.equal((await drain(some)).length, 10);
  const failing = generated(endless().bytes, async function* (source) {
    for await (const chunk of source) {
      yield chunk;
      throw new Error("torn");
    }
  });
  await assert.rejects(drain(failing), /torn/);
});
