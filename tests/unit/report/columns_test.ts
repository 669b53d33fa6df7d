// Widths on a terminal.
import assert from "node:assert/strict";
import fc from "fast-check";
import { columnsOf, cutToColumns, padToColumns } from "../../../src/report/columns.ts";

const widths: readonly (readonly [string, number])[] = [
  ["", 0],
  ["abc", 3],
  ["über", 4],
  ["u\u0308ber", 4],
  ["漢字", 4],
  ["한글", 4],
  ["ｆｕｌｌ", 8],
  ["🦀", 2],
  ["a\u200bb", 2],
  ["✓…─", 3],
];
for (const [text, columns] of widths) {
  Deno.test(`columnsOf() counts ${columns} for ${JSON.stringify(text)}`, () => {
    assert.equal(columnsOf(text), columns);
  });
}

const cuts: readonly (readonly [string, number, string])[] = [
  ["abc", 3, "abc"],
  ["abcd", 3, "ab…"],
  ["漢字", 4, "漢字"],
  ["漢字", 3, "漢…"],
  ["漢字", 2, "…"],
  ["abc", 1, "…"],
  ["abc", 0, ""],
  ["", 0, ""],
];
for (const [text, width, expected] of cuts) {
  Deno.test(`cutToColumns() makes "${expected}" of "${text}" for ${width}`, () => {
    assert.equal(cutToColumns(text, width), expected);
  });
}

Deno.test("cutToColumns() keeps the width and padToColumns() fills it, whatever the text", () => {
  const text = fc.string({ unit: "binary", maxLength: 40 });
  fc.assert(fc.property(text, fc.nat(50), (text, width) => {
    assert.ok(columnsOf(cutToColumns(text, width)) <= width);
    assert.equal(columnsOf(padToColumns(text, width)), width);
  }));
});
