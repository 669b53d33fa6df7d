// Suggestions and lists of names.
import assert from "node:assert/strict";
import { listNames, nearest } from "../../../src/cargo/names.ts";

for (
  const [name, candidates, expected] of [
    ["clok", ["greeter", "clock"], "clock"],
    ["greter", ["clock", "greeter"], "greeter"],
    ["my_app", ["my-app"], "my-app"],
    ["server", ["clock"], undefined],
    ["x", [], undefined],
    ["a".repeat(500), ["b".repeat(500)], undefined],
  ] as const
) {
  Deno.test(`\`nearest()\` gives ${expected} for ${name.slice(0, 20)} among [${candidates.length}]`, () => {
    assert.equal(nearest(name, candidates), expected);
  });
}

Deno.test("`listNames()` cuts a long list and says how long it is", () => {
  const names = Array.from({ length: 25 }, (_, index) => `bin${index}`);
  assert.match(listNames(names), /^bin0, .*, bin19, … \(25\)$/);
  assert.match(listNames(["a", "b\u001b[31mc"]), /^a, b[ -~]*c$/);
});
