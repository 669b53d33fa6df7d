// Byte streams: verification, limits, taps and lines, whatever the chunks.
import assert from "node:assert/strict";
import fc from "fast-check";
import { sha256 } from "../../../src/core/digest.ts";
import {
  bodyOf,
  type Bytes,
  bytesOf,
  collect,
  concat,
  lines,
  tap,
  verified,
} from "../../../src/core/streams.ts";

const encode = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);

interface Source {
  readonly bytes: Bytes;
  readonly cancelled: unknown[];
}

/** A stream of the given chunks that notes when it is cancelled; it never ends by itself if `open`. */
function source(chunks: readonly Uint8Array<ArrayBuffer>[], open = false): Source {
  const cancelled: unknown[] = [];
  const left = [...chunks];
  return {
    cancelled,
    bytes: new ReadableStream({
      pull(controller): void {
        const next = left.shift();
        if (next !== undefined) controller.enqueue(next);
        else if (!open) controller.close();
      },
      cancel(reason): void {
        cancelled.push(reason);
      },
    }, { highWaterMark: 0 }),
  };
}

/** Text cut into chunks at the given places. */
const cutText = fc.tuple(
  fc.uint8Array({ maxLength: 200 }),
  fc.array(fc.nat(200), { maxLength: 10 }),
).map(([content, cuts]) => {
  const places = [0, ...cuts.filter((cut) => cut < content.length), content.length]
    .sort((left, right) => left - right);
  return {
    content: Uint8Array.from(content),
    chunks: places.slice(1).map((place, index) =>
      Uint8Array.from(content.slice(places[index], place))
    ),
  };
});

Deno.test("`bytesOf()` and `bodyOf()` give the content, as often as it is opened", async () => {
  const body = bodyOf(encode("twice"));
  assert.equal(body.size, 5);
  for (let times = 0; times < 2; times++) {
    assert.deepEqual(await collect(await body.open(), 10, "it"), encode("twice"));
  }
  assert.deepEqual(await collect(bytesOf(encode("")), 0, "it"), encode(""));
});

Deno.test("`verified()` passes on what has the size and digest, however it is cut", async () => {
  await fc.assert(fc.asyncProperty(cutText, async ({ content, chunks }) => {
    const expected = { digest: sha256(content), size: content.length };
    assert.deepEqual(
      await collect(verified(source(chunks).bytes, expected, "it"), 1e6, "it"),
      content,
    );
  }));
});

const abc = { digest: sha256(encode("abc")), size: 3 };
const mismatches: readonly (readonly [string, string, RegExp])[] = [
  ["is too short", "ab", /layer x is not .*: got 2 of 3 bytes/],
  ["is empty", "", /got 0 of 3 bytes/],
  ["is too long", "abcd", /more than its 3 bytes/],
  ["differs", "abd", /expected sha256:ba78.*, got sha256:/],
];
for (const [name, content, message] of mismatches) {
  Deno.test(`\`verified()\` errors where the content ${name}`, async () => {
    const bytes = verified(bytesOf(encode(content)), abc, "layer x");
    await assert.rejects(collect(bytes, 100, "it"), { code: "digest-mismatch", message });
  });
}

Deno.test("`verified()` stops an endless source once it is too long", async () => {
  const endless = source([encode("abc"), encode("d"), encode("e")], true);
  await assert.rejects(collect(verified(endless.bytes, abc, "it"), 100, "it"), {
    code: "digest-mismatch",
  });
  assert.equal(endless.cancelled.length, 1);
});

Deno.test("`verified()` cancels its source where the reader stops early", async () => {
  const part = source([encode("a"), encode("bc")], true);
  const reader = verified(part.bytes, abc, "it").getReader();
  assert.deepEqual((await reader.read()).value, encode("a"));
  await reader.cancel("enough");
  assert.deepEqual(part.cancelled, ["enough"]);
});

Deno.test("`verified()` passes on the source's own error", async () => {
  const failing: Bytes = new ReadableStream({
    pull(controller): void {
      controller.error(new Error("cut"));
    },
  });
  await assert.rejects(collect(verified(failing, abc, "it"), 100, "it"), { message: "cut" });
});

Deno.test("`tap()` sees each chunk and passes it on", async () => {
  const seen: Uint8Array[] = [];
  const bytes = tap(source([encode("a"), encode("bc")]).bytes, (chunk) => seen.push(chunk));
  assert.deepEqual(await collect(bytes, 10, "it"), encode("abc"));
  assert.deepEqual(seen, [encode("a"), encode("bc")]);
});

Deno.test("`tap()` errors the stream and cancels its source where `see` throws", async () => {
  const endless = source([encode("a")], true);
  const bytes = tap(endless.bytes, () => {
    throw new Error("seen enough");
  });
  await assert.rejects(collect(bytes, 10, "it"), { message: "seen enough" });
  assert.equal(endless.cancelled.length, 1);
});

Deno.test("`collect()` takes exactly `limit` bytes, refuses one more and cancels the stream", async () => {
  assert.equal((await collect(bytesOf(encode("abc")), 3, "it")).length, 3);
  const endless = source([encode("ab"), encode("cd"), encode("ef")], true);
  await assert.rejects(collect(endless.bytes, 3, "the token"), {
    code: "document-invalid",
    message: "the token is larger than 3 bytes",
  });
  assert.equal(endless.cancelled.length, 1);
});

Deno.test("`concat()` joins chunks, none included", () => {
  assert.deepEqual(concat([]), new Uint8Array());
  assert.deepEqual(concat([encode("a"), encode(""), encode("bc")]), encode("abc"));
});

const lineRows: readonly (readonly [string, readonly string[]])[] = [
  ["", []],
  ["\n", [""]],
  ["a", ["a"]],
  ["a\n", ["a"]],
  ["a\nb", ["a", "b"]],
  ["a\r\nb\r\n", ["a", "b"]],
  ["a\r", ["a"]],
  ["a\rb\n", ["a\rb"]],
  ["\n\na", ["", "", "a"]],
  ["über\n€\n", ["über", "€"]],
];
for (const [text, expected] of lineRows) {
  Deno.test(`\`lines()\` splits ${JSON.stringify(text)} however it is cut`, async () => {
    const content = encode(text);
    for (let size = 1; size <= content.length + 1; size++) {
      const chunks = Array.from(
        { length: Math.ceil(content.length / size) },
        (_, index) => content.slice(index * size, (index + 1) * size),
      );
      assert.deepEqual(await Array.fromAsync(lines(source(chunks).bytes)), expected);
    }
  });
}

Deno.test("`lines()` never fails on bytes that are no UTF-8", async () => {
  await fc.assert(fc.asyncProperty(cutText, async ({ content, chunks }) => {
    const found = await Array.fromAsync(lines(source(chunks).bytes));
    // The decoder takes a byte order mark at the start for itself, as this one does.
    const text = new TextDecoder().decode(content);
    assert.equal(found.join("\n"), text.replace(/\r?\n/g, "\n").replace(/[\r\n]$/, ""));
  }));
});

Deno.test("`lines()` gives a line without end in pieces, none of it lost", async () => {
  const chunks = Array.from({ length: 100 }, () => encode("x".repeat(10)));
  const pieces = await Array.fromAsync(lines(source([...chunks, encode("\nend")]).bytes, 64));
  assert.ok(pieces.every((piece) => piece.length <= 64 + 10));
  assert.equal(pieces.slice(0, -1).join("").length, 1_000);
  assert.equal(pieces.at(-1), "end");
});

Deno.test("`lines()` cancels its source where the reader stops early", async () => {
  const endless = source([encode("a\nb\n")], true);
  for await (const line of lines(endless.bytes)) {
    assert.equal(line, "a");
    break;
  }
  assert.equal(endless.cancelled.length, 1);
});
