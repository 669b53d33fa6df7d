// JSON of others: only a KrustError escapes, whatever the bytes.
import assert from "node:assert/strict";
import fc from "fast-check";
import * as v from "valibot";
import { KrustError } from "../../../src/core/error.ts";
import { decodeJson, encodeJson, NESTING_LIMIT, validateJson } from "../../../src/core/json.ts";

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
const nested = (depth: number): string => "[".repeat(depth) + "]".repeat(depth);

Deno.test("`encodeJson()` writes compactly, in the order set, without what is undefined", () => {
  const raw = encodeJson({ b: 1, a: [undefined, "ü"], gone: undefined });
  assert.equal(new TextDecoder().decode(raw), '{"b":1,"a":[null,"ü"]}');
});

Deno.test("`decodeJson()` gives back what `encodeJson()` wrote", () => {
  fc.assert(fc.property(fc.jsonValue(), (value) => {
    // -0 is written as 0.
    assert.deepEqual(decodeJson(encodeJson(value), "it"), JSON.parse(JSON.stringify(value)));
  }));
});

Deno.test("`decodeJson()` lets only a KrustError escape", () => {
  fc.assert(fc.property(fc.uint8Array(), (bytes) => {
    try {
      decodeJson(bytes, "it");
    } catch (error) {
      assert.ok(error instanceof KrustError);
    }
  }));
});

const refused: readonly (readonly [string, Uint8Array])[] = [
  ["nothing", new Uint8Array()],
  ["a byte order mark", encode("\ufeff{}")],
  ["bad UTF-8", Uint8Array.of(0x22, 0xff, 0x22)],
  ["HTML", encode("<html>busy</html>")],
  ["two documents", encode("{}{}")],
];
for (const [name, bytes] of refused) {
  Deno.test(`\`decodeJson()\` refuses ${name}`, () => {
    assert.throws(() => decodeJson(bytes, "the index"), {
      code: "document-invalid",
      message: "the index is not JSON",
    });
  });
}

Deno.test("`decodeJson()` refuses what nests too deep to be walked", () => {
  assert.ok(Array.isArray(decodeJson(encode(nested(NESTING_LIMIT)), "it")));
  for (const depth of [NESTING_LIMIT + 1, 1_000_000]) {
    assert.throws(() => decodeJson(encode(nested(depth)), "it"), {
      code: "document-invalid",
      message: /more than 256 levels deep/,
    });
  }
});

Deno.test("`decodeJson()` does not count brackets in strings, escaped quotes included", () => {
  const text = JSON.stringify(`"\\${"[{".repeat(NESTING_LIMIT)}`);
  assert.equal(decodeJson(encode(text), "it"), JSON.parse(text));
});

const schema = v.object({ sizes: v.record(v.string(), v.number()) });

Deno.test("`validateJson()` gives the value its type, without keys that are not asked for", () => {
  assert.deepEqual(validateJson(schema, { sizes: { a: 1 }, more: 2 }, "it"), { sizes: { a: 1 } });
});

Deno.test("`validateJson()` names the path, without control characters that a key carries", () => {
  assert.throws(() => validateJson(schema, { sizes: { "a\u001b[31m\nb": "\u0007" } }, "the list"), {
    code: "document-invalid",
    message: /^the list does not have the form it should: sizes\.a b: [ -~]+$/,
  });
});

Deno.test("`validateJson()` does without a path where the whole does not fit", () => {
  assert.throws(() => validateJson(schema, null, "it"), {
    message: /^it does not have the form it should: Invalid type/,
  });
});
