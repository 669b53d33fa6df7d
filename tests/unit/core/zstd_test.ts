// zstd: bytes that depend on the input alone, readable by everybody else.
import assert from "node:assert/strict";
import { zstdDecompressSync } from "node:zlib";
import { sha256 } from "../../../src/core/digest.ts";
import { bytesOf } from "../../../src/core/streams.ts";
import { zstd } from "../../../src/core/zstd.ts";
import { lackingProgram, requiring } from "../../support/require.ts";
import { cut, drain, noise } from "../../support/streams.ts";

const MIB = 1024 * 1024;

Deno.test("`zstd()` gives the same bytes with any number of workers and any chunks", async () => {
  const input = noise(6 * MIB + 12_345);
  const expected = sha256(await drain(zstd(bytesOf(input))));
  for (const workers of [1, 3]) {
    assert.equal(sha256(await drain(zstd(bytesOf(input), { workers }))), expected, `${workers}`);
  }
  for (const size of [MIB - 1, 3 * MIB + 7]) {
    assert.equal(sha256(await drain(zstd(cut(input, size)))), expected, `chunks of ${size}`);
  }
});

Deno.test("`zstd()` of less than a block is one frame, of nothing too", async () => {
  for (const size of [0, 1, 70_000]) {
    const packed = await drain(zstd(bytesOf(noise(size)), { workers: 2 }));
    assert.deepEqual([...packed.subarray(0, 4)], [0x28, 0xb5, 0x2f, 0xfd]);
    assert.deepEqual(new Uint8Array(zstdDecompressSync(packed)), noise(size));
  }
});

Deno.test("`zstd()` takes the level it is given, and its default otherwise", async () => {
  const input = new TextEncoder().encode(
    "the same words, over and over, but not quite: ".repeat(4_000)
      .replace(/o/g, () => String(Math.sqrt(7)).slice(0, 3)),
  );
  const packed = async (level?: number): Promise<string> =>
    sha256(await drain(zstd(bytesOf(input), level === undefined ? {} : { level })));
  assert.equal(await packed(), await packed(3));
  assert.notEqual(await packed(1), await packed(19));
});

for (const size of [0, MIB, 3 * MIB + 7]) {
  await requiring(
    lackingProgram("zstd"),
    `\`zstd()\` is read back by zstd: ${size} bytes`,
    async () => {
      const child = new Deno.Command("zstd", { args: ["-dc"], stdin: "piped", stdout: "piped" })
        .spawn();
      const [, { code, stdout }] = await Promise.all([
        zstd(bytesOf(noise(size)), { workers: 2 }).pipeTo(child.stdin),
        child.output(),
      ]);
      assert.equal(code, 0);
      assert.deepEqual(stdout, noise(size));
    },
  );
}
