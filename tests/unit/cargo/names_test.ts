// Lists of names.
import assert from "node:assert/strict";
import { listNames } from "../../../src/cargo/names.ts";

Deno.test("`listNames()` cuts a long list and says how long it is", () => {
  const names = Array.from({ length: 25 }, (_, index) => `bin${index}`);
  assert.match(listNames(names), /^bin0, .*, bin19, … \(25\)$/);
  assert.match(listNames(["a", "b\u001b[31mc"]), /^a, b[ -~]*c$/);
});
