// Downloads that break, stop short or are something else.
import assert from "node:assert/strict";
import { sha256 } from "../../../src/core/digest.ts";
import { HttpRegistry } from "../../../src/registry/client.ts";
import { isRangeFrom } from "../../../src/registry/pull_blob.ts";
import { parseWarnings } from "../../../src/registry/warnings.ts";
import { parseMinimum, parseProgress } from "../../../src/registry/upload_session.ts";
import { drain, noise } from "../../support/streams.ts";
import { failure, HOME, type Sent, testClock, wire } from "./wire.ts";

const CONTENT = noise(5 * 1024 * 1024);
const DESCRIPTOR = { mediaType: "x/y", digest: sha256(CONTENT), size: CONTENT.length };
const HALF = 2_500_000;

/** The start of some content, then a broken connection. */
function broken(content: Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}): Response {
  let pulls = 0;
  const body = new ReadableStream({
    pull(controller): void {
      if (pulls++ === 0) controller.enqueue(content);
      else controller.error(new TypeError("error reading a body from connection"));
    },
  });
  return new Response(body, { headers });
}

function ranged(from: number, claimed = from): Response {
  const last = CONTENT.length - 1;
  return new Response(CONTENT.slice(from), {
    status: 206,
    headers: { "content-range": `bytes ${claimed}-${last}/${CONTENT.length}` },
  });
}

async function pull(
  answer: (nth: number, sent: Sent) => Response,
): Promise<{ readonly bytes: Promise<Uint8Array>; readonly ranges: readonly (string | null)[] }> {
  let count = 0;
  const { transport, sent } = wire((one) => answer(++count, one));
  const registry = new HttpRegistry(HOME, { transport, retry: { clock: testClock() } });
  const bytes = registry.getBlob("app", DESCRIPTOR).then(drain);
  await bytes.catch(() => {});
  return { bytes, ranges: sent.map(({ headers }) => headers.get("range")) };
}

Deno.test("`getBlob()` goes on by a range [row 18] where the connection broke", async () => {
  const { bytes, ranges } = await pull((nth) =>
    nth === 1 ? broken(CONTENT.slice(0, HALF)) : ranged(HALF)
  );
  assert.equal(sha256(await bytes), DESCRIPTOR.digest);
  assert.deepEqual(ranges, [null, `bytes=${HALF}-`]);
});

Deno.test("`getBlob()` reads from the start [row 18] where ranges are not known, or wrong", async () => {
  for (const odd of [() => new Response(CONTENT), () => ranged(HALF, HALF - 1)]) {
    const { bytes } = await pull((nth, { headers }) => {
      if (nth === 1) return broken(CONTENT.slice(0, HALF));
      return headers.has("range") ? odd() : new Response(CONTENT);
    });
    assert.equal(sha256(await bytes), DESCRIPTOR.digest);
  }
});

Deno.test("`getBlob()` goes on after a body without a length [row 18] that ends too early", async () => {
  const { bytes } = await pull((nth) =>
    nth === 1 ? new Response(CONTENT.slice(0, HALF)) : ranged(HALF)
  );
  assert.equal(sha256(await bytes), DESCRIPTOR.digest);
});

Deno.test("`getBlob()` that gets no further [row 8] says how often it was tried", async () => {
  const { bytes, ranges } = await pull(() => broken(CONTENT.slice(0, HALF)));
  const error = await failure(bytes);
  assert.equal(error.exitStatus, 6);
  assert.match(error.message, /broke off: got \d+ of .* bytes after \d+ attempts$/);
  assert.ok(ranges.length > 2 && ranges.length <= 20, `${ranges.length} requests`);
});

Deno.test("`getBlob()` fetches small content once more [row 20] where it is wrong", async () => {
  const content = noise(1_000);
  const descriptor = { mediaType: "x/y", digest: sha256(content), size: content.length };
  const wrong = content.with(500, (content[500] ?? 0) ^ 1);
  for (const [good, requests] of [[true, 2], [false, 2]] as const) {
    let count = 0;
    const { transport, sent } = wire(() => new Response(++count > 1 && good ? content : wrong));
    const registry = new HttpRegistry(HOME, { transport, retry: { clock: testClock() } });
    const bytes = registry.getBlob("app", descriptor).then(drain);
    if (good) assert.deepEqual(await bytes, content);
    else assert.equal((await failure(bytes)).code, "digest-mismatch");
    assert.equal(sent.length, requests);
  }
});

Deno.test("what registries say of ranges, chunks and warnings is read strictly", () => {
  assert.equal(isRangeFrom("bytes 5-9/10", 5, 10), true);
  assert.equal(isRangeFrom("bytes 5-9/*", 5, 10), true);
  for (const odd of [null, "", "bytes 4-9/10", "bytes 5-9/11", "5-9/10", "bytes */10"]) {
    assert.equal(isRangeFrom(odd, 5, 10), false, String(odd));
  }
  // Row 62 of the fault matrix.
  const minimums = ["10485760", "abc", "-1", "1099511627776", null].map(parseMinimum);
  assert.deepEqual(minimums, [10_485_760, 0, 0, 1_073_741_824, 0]);
  const held = ["0-9", "bytes=0-9", "0-0", "1-9", "0-10", "x", null].map((text) =>
    parseProgress(text, 10)
  );
  assert.deepEqual(held, [10, 10, 0, undefined, undefined, undefined, undefined]);
  assert.deepEqual(parseWarnings('299 - "old \\"key\\"", 199 - "x", 299 host "y", 299 - "b"'), [
    'old "key"',
    "b",
  ]);
});

Deno.test("a registry's warnings are passed on once each", async () => {
  const headers = { warning: '299 - "move away"', "content-length": "3" };
  const said: string[] = [];
  const { transport } = wire(() => new Response(null, { headers }));
  const registry = new HttpRegistry(HOME, {
    transport,
    retry: { warn: (text) => said.push(text) },
  });
  for (const _ of [1, 2]) await registry.hasBlob("app", DESCRIPTOR.digest);
  assert.deepEqual(said, [`${HOME} says: move away`]);
});
