// Mistyped words and what they stand for.
import assert from "node:assert/strict";
import { nearestWord } from "../../../src/core/nearest.ts";

const KNOWN = ["base", "base-image", "bin", "label", "local", "platform", "platforms", "tag"];

const ROWS: readonly (readonly [word: string, nearest: string | undefined])[] = [
  ["base-imgae", "base-image"],
  ["bsae", "base"],
  ["platfrom", "platform"],
  ["platformss", "platforms"],
  ["lable", "label"],
  ["loca", "local"],
  ["tga", "tag"],
  ["bni", "bin"],
  ["colour", undefined],
  ["", undefined],
  ["x".repeat(65), undefined],
];

for (const [word, nearest] of ROWS) {
  Deno.test(`\`nearestWord()\` gives ${nearest ?? "nothing"} for "${word.slice(0, 20)}"`, () => {
    assert.equal(nearestWord(word, KNOWN), nearest);
  });
}

// What people type for the names of their own binaries and packages.
const NAMES: readonly (readonly [word: string, known: readonly string[], nearest?: string])[] = [
  ["clok", ["greeter", "clock"], "clock"],
  ["greter", ["clock", "greeter"], "greeter"],
  ["my_app", ["my-app"], "my-app"],
  ["server", ["clock"]],
  ["x", []],
  ["a".repeat(500), ["b".repeat(500)]],
];

for (const [word, known, nearest] of NAMES) {
  Deno.test(`\`nearestWord()\` gives ${nearest} for ${word.slice(0, 20)} among [${known.length}]`, () => {
    assert.equal(nearestWord(word, known), nearest);
  });
}

Deno.test("`nearestWord()` gives a known word for itself", () => {
  for (const word of KNOWN) assert.equal(nearestWord(word, KNOWN), word);
});
