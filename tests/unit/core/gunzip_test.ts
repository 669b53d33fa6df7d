// gunzip: what others wrote is read, what is damaged or a bomb is refused.
import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { KrustError } from "../../../src/core/error.ts";
import { gunzip } from "../../../src/core/gunzip.ts";
import { gzip } from "../../../src/core/gzip.ts";
import { bytesOf, concat } from "../../../src/core/streams.ts";
import { cut, drain, noise } from "../../support/streams.ts";

function compressed(...members: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  return concat(members.map((member) => new Uint8Array(gzipSync(member))));
}

Deno.test("`gunzip()` reads several members, however they are cut", async () => {
  const members = [noise(70_000), new Uint8Array(0), noise(10, 2)];
  const input = compressed(...members);
  for (const size of [1_000, 65_536, input.length]) {
    assert.deepEqual(await drain(gunzip(cut(input, size), "it")), concat(members), `${size}`);
  }
});

const DAMAGED: readonly (readonly [name: string, input: Uint8Array<ArrayBuffer>])[] = [
  ["nothing at all", new Uint8Array(0)],
  ["no gzip", new TextEncoder().encode("plainly no gzip at all")],
  ["a cut stream", compressed(noise(5_000)).slice(0, -20)],
  ["a cut trailer", compressed(noise(5_000)).slice(0, -3)],
  [
    "a wrong checksum",
    compressed(noise(5_000)).map((byte, at, all) => at === all.length - 6 ? byte ^ 1 : byte),
  ],
  ["bytes after its end", concat([compressed(noise(5_000)), new TextEncoder().encode("more")])],
  ["zeros after its end", concat([compressed(noise(5_000)), new Uint8Array(512)])],
];

for (const [name, input] of DAMAGED) {
  Deno.test(`\`gunzip()\` refuses ${name}`, async () => {
    for (const size of [7, 65_536]) {
      await assert.rejects(drain(gunzip(cut(input, size), "the layer")), (error) => {
        assert.ok(error instanceof KrustError, `${error}`);
        assert.equal(error.code, "document-invalid");
        assert.match(error.message, /the layer/);
        return true;
      });
    }
  });
}

Deno.test("`gunzip()` stops at its limit and cancels its input", async () => {
  let cancelled = false;
  const member = new Uint8Array(gzipSync(noise(100_000)));
  const input = new ReadableStream<Uint8Array<ArrayBuffer>>({
    pull: (controller) => controller.enqueue(member.slice()),
    cancel: () => void (cancelled = true),
  });
  await assert.rejects(
    drain(gunzip(input, "it", { limit: 1_000_000 })),
    /larger than 1000000 bytes/,
  );
  assert.equal(cancelled, true);
});

Deno.test("`gunzip()` refuses a bomb before it has gone off", async () => {
  const zeros = ReadableStream.from((function* () {
    for (let at = 0; at < 256; at++) yield new Uint8Array(1024 * 1024);
  })());
  let written = 0;
  await assert.rejects(async () => {
    for await (const chunk of gunzip(gzip(zeros, { level: 9 }), "it")) written += chunk.length;
  }, /grows more than 1000 times/);
  assert.ok(written < 80 * 1024 * 1024, `${written} bytes came out`);
});

Deno.test("`gunzip()` passes on what its input throws", async () => {
  const input = ReadableStream.from((async function* () {
    yield compressed(noise(1_000)).slice(0, 50);
    throw new KrustError("network-failed", "cut off");
  })());
  await assert.rejects(drain(gunzip(input, "it")), { code: "network-failed" });
});

Deno.test("`gunzip()` throws nothing but its own error for any bytes", async () => {
  const header = new Uint8Array([0x1f, 0x8b, 8]);
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), fc.boolean(), async (bytes, headed) => {
      const input = headed ? concat([header, bytes]) : new Uint8Array(bytes);
      try {
        await drain(gunzip(bytesOf(input), "it"));
      } catch (error) {
        assert.ok(error instanceof KrustError, `${error}`);
      }
    }),
  );
});
