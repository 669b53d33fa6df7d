import assert from "node:assert/strict";
import { KrustError } from "../../../src/core/error.ts";
import { type Input, type InputStream, openInput } from "../../../src/core/input.ts";

/** Standard input that gives `chunks`, and what was done to its terminal. */
function typed(
  chunks: readonly string[],
  terminal = true,
): { readonly input: Input; readonly raw: boolean[] } {
  const raw: boolean[] = [];
  const bytes = [...new TextEncoder().encode(chunks.join(""))];
  const stream: InputStream = {
    isTerminal: () => terminal,
    setRaw: (mode) => void raw.push(mode),
    read(buffer): Promise<number | null> {
      const some = bytes.splice(0, buffer.length);
      buffer.set(some);
      return Promise.resolve(some.length === 0 ? null : some.length);
    },
  };
  return { input: openInput(stream), raw };
}

function code(expected: string): (error: unknown) => boolean {
  return (error) => error instanceof KrustError && error.code === expected;
}

const LINES: readonly (readonly [typed: string, line: string])[] = [
  ["secret\r", "secret"],
  ["secret\nmore", "secret"],
  ["secrex\u007ft\r", "secret"],
  ["s\u0008é\u007fsecret\n", "secret"],
  ["pä\u007fass\u0004", "pass"],
  ["", ""],
];

for (const [keys, line] of LINES) {
  Deno.test(`line() gives ${JSON.stringify(line)} for ${JSON.stringify(keys)}`, async () => {
    const { input, raw } = typed([keys]);
    assert.equal(await input.line({ hidden: true }), line);
    assert.deepEqual(raw, [true, false]);
  });
}

Deno.test("line() ends with the terminal as it was when Ctrl-C is typed", async () => {
  const { input, raw } = typed(["sec\u0003"]);
  await assert.rejects(input.line({ hidden: true }), code("interrupted"));
  assert.deepEqual(raw, [true, false]);
});

Deno.test("line() leaves the terminal alone where what is typed may be seen", async () => {
  const { input, raw } = typed(["me\n", "secret\n"]);
  assert.equal(await input.line(), "me");
  assert.equal(await input.line({ hidden: true }), "secret");
  assert.deepEqual(raw, [true, false]);
});

Deno.test("text() gives all of it, and no more than it may", async () => {
  assert.equal(await typed(["a\n", "b"], false).input.text(3), "a\nb");
  await assert.rejects(typed(["a\n", "b"], false).input.text(2), code("usage"));
});
