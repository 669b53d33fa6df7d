// gzip: bytes that depend on the input alone, readable by everybody, with nothing left running.
import assert from "node:assert/strict";
import { lackingProgram, requiring } from "../../support/require.ts";
import fc from "fast-check";
import { sha256 } from "../../../src/core/digest.ts";
import { gunzip } from "../../../src/core/gunzip.ts";
import { gzip } from "../../../src/core/gzip.ts";
import { DEFAULT_LEVEL } from "../../../src/core/levels.ts";
import { bytesOf } from "../../../src/core/streams.ts";
import { chunked, cut, drain, noise } from "../../support/streams.ts";

const lackingOthers = lackingProgram("gzip", "python3");

const MIB = 1024 * 1024;

async function piped(program: string, args: string[], input: Uint8Array): Promise<Uint8Array> {
  const child = new Deno.Command(program, { args, stdin: "piped", stdout: "piped" }).spawn();
  const [, output] = await Promise.all([
    new Response(input.slice()).body?.pipeTo(child.stdin),
    child.output(),
  ]);
  assert.equal(output.code, 0);
  return output.stdout;
}

Deno.test("`gzip()` gives the same bytes with any number of workers and any chunks", async () => {
  const input = noise(6 * MIB + 12_345);
  const expected = sha256(await drain(gzip(bytesOf(input))));
  for (const workers of [1, 2, 4]) {
    assert.equal(sha256(await drain(gzip(bytesOf(input), { workers }))), expected, `${workers}`);
  }
  for (const size of [MIB - 1, MIB, 3 * MIB + 7]) {
    assert.equal(sha256(await drain(gzip(cut(input, size)))), expected, `chunks of ${size}`);
  }
});

for (
  const [name, size] of [
    ["nothing", 0],
    ["one byte", 1],
    ["exactly a block", MIB],
    ["a block and a byte", MIB + 1],
    ["several blocks", 3 * MIB + 7],
  ] as const
) {
  const packed = (): Promise<Uint8Array<ArrayBuffer>> =>
    drain(gzip(bytesOf(noise(size)), { workers: 2 }));
  Deno.test(`\`gzip()\` is read back by the runtime: ${name}`, async () => {
    const [input, compressed] = [noise(size), await packed()];
    assert.deepEqual(await drain(gunzip(bytesOf(compressed), "it")), input);
    const stream = bytesOf(compressed).pipeThrough(new DecompressionStream("gzip"));
    assert.deepEqual(await drain(stream), input);
  });
  await requiring(
    lackingOthers,
    `\`gzip()\` is read back by gzip and python3: ${name}`,
    async () => {
      const [input, compressed] = [noise(size), await packed()];
      assert.deepEqual(await piped("gzip", ["-dc"], compressed), input);
      const python =
        "import gzip,sys; sys.stdout.buffer.write(gzip.decompress(sys.stdin.buffer.read()))";
      assert.deepEqual(await piped("python3", ["-c", python], compressed), input);
    },
  );
}

Deno.test("`gzip()` writes a header that names no time, no system and no level", async () => {
  for (const level of [1, 6, 9]) {
    const compressed = await drain(gzip(bytesOf(noise(100)), { level }));
    assert.deepEqual([...compressed.subarray(0, 10)], [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]);
  }
});

Deno.test("`gzip()` leaves the chunks that it was given as they were", async () => {
  const input = noise(3 * MIB);
  await drain(gzip(chunked(input), { workers: 2 }));
  assert.equal(sha256(input), sha256(noise(3 * MIB)));
});

Deno.test("`gzip()` takes the level it is given, and its default otherwise", async () => {
  const input = noise(200_000);
  const sizes = await Promise.all(
    [1, 9].map(async (level) => (await drain(gzip(bytesOf(input), { level }))).length),
  );
  assert.ok((sizes[0] ?? 0) > (sizes[1] ?? 0));
  assert.deepEqual(
    await drain(gzip(bytesOf(input))),
    await drain(gzip(bytesOf(input), { level: DEFAULT_LEVEL })),
  );
});

Deno.test("`gzip()` reads back as it was for any input and chunks", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.uint8Array({ maxLength: 5_000 }), { maxLength: 8 }),
      fc.integer({ min: 1, max: 9 }),
      async (chunks, level) => {
        const plain = chunks.map((chunk) => new Uint8Array(chunk));
        const compressed = gzip(chunked(...plain), { level });
        assert.deepEqual(await drain(gunzip(compressed, "it")), await drain(chunked(...plain)));
      },
    ),
    { numRuns: 60 },
  );
});

Deno.test("`gzip()` passes on what its input throws, and ends its workers", async () => {
  const input = ReadableStream.from((async function* () {
    yield noise(8 * MIB);
    throw new Error("torn");
  })());
  await assert.rejects(drain(gzip(input, { workers: 2 })), /torn/);
});

Deno.test("`gzip()` cancels its input and ends its workers when cancelled", async () => {
  let cancelled: unknown;
  const input = new ReadableStream<Uint8Array<ArrayBuffer>>({
    pull: (controller) => controller.enqueue(noise(MIB)),
    cancel: (reason) => void (cancelled = reason ?? "cancelled"),
  });
  const reader = gzip(input, { workers: 2 }).getReader();
  for (let chunk = 0; chunk < 4; chunk++) assert.equal((await reader.read()).done, false);
  await reader.cancel();
  assert.notEqual(cancelled, undefined);
});
