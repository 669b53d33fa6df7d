// Patterns as shells have them.
import assert from "node:assert/strict";
import fc from "fast-check";
import { isPattern, parsePattern } from "../../../src/assets/pattern.ts";

const MATCHES: readonly (readonly [pattern: string, name: string, matches: boolean])[] = [
  ["*", "a", true],
  ["*", ".env", false],
  [".*", ".env", true],
  ["*.css", "a.css", true],
  ["*.css", "a.css.map", false],
  ["*.css", "acss", false],
  ["?.txt", "a.txt", true],
  ["?.txt", "ä.txt", true],
  ["?.txt", "\u{1f600}.txt", true],
  ["?.txt", "ab.txt", false],
  ["?env", ".env", false],
  ["[a-c]x", "bx", true],
  ["[a-c]x", "dx", false],
  ["[!a-c]x", "dx", true],
  ["[!a]env", ".env", false],
  ["[^]x", "^x", true],
  ["*.{css,js}", "a.js", true],
  ["*.{css,js}", "a.ts", false],
  ["{a.b,c}", "aXb", false],
  ["*[", "a[", true],
  ["*{a", "x{a", true],
  ["*(1)+$.txt", "a(1)+$.txt", true],
  ["*", "a\nb", true],
];

for (const [pattern, name, matches] of MATCHES) {
  Deno.test(`\`parsePattern()\`: ${pattern} and ${JSON.stringify(name)}`, () => {
    const [matcher] = parsePattern(`/p/${pattern}`).names;
    assert.ok(matcher instanceof RegExp);
    assert.equal(matcher.test(name), matches);
  });
}

Deno.test("`parsePattern()` looks from the folder before the first sign", () => {
  const { folder, names } = parsePattern("/p/a b/**/c/*.css");
  assert.equal(folder, "/p/a b");
  assert.deepEqual(names.map((name) => name === "**" ? name : name.test("c")), ["**", true, false]);
});

Deno.test("`isPattern()` tells a name from a pattern", () => {
  assert.deepEqual(["/a/b-c", "/a/*", "/a?", "/[a", "/{a}"].map(isPattern), [
    false,
    true,
    true,
    true,
    true,
  ]);
});

Deno.test("`parsePattern()` takes any text, and a name without signs matches itself", () => {
  fc.assert(fc.property(fc.string(), (text) => {
    const { names } = parsePattern(`/p/*${text}`);
    assert.ok(names.length > 0);
  }));
});
