// Where documents begin and end, and how files are put one after another.
import assert from "node:assert/strict";
import fc from "fast-check";
import { joinDocuments } from "../../../src/resolve/join.ts";
import { splitDocuments } from "../../../src/resolve/split.ts";

/** The pieces of a text. */
function pieces(text: string): readonly string[] {
  return splitDocuments(text).map(({ start, end }) => text.slice(start, end));
}

const SPLIT: readonly (readonly [what: string, documents: readonly string[]])[] = [
  ["nothing", [""]],
  ["one document", ["a: b\n"]],
  ["a marker in front", ["---\na: b\n"]],
  ["a marker between", ["a: b\n", "---\nc: d\n"]],
  ["a comment before the first marker", ["# c\n", "---\na: b\n"]],
  ["markers with CRLF", ["a: b\r\n", "---\r\nc: d\r\n"]],
  ["content on the marker's line", ["a: b\n", "--- {c: d}\n", "--- # e\nf: g\n"]],
  ["a marker at the end", ["a: b\n", "---"]],
  ["a marker within a block scalar", ["a: |\n  b\n", "---\nc\n"]],
  ["what only looks like a marker", ["a:\n ---\n----\n---x\n"]],
  ["directives before a marker", ["a: b\n...\n", "%YAML 1.2\n# c\n\n%TAG ! x\n---\nd: e\n"]],
  ["a byte order mark", ["\ufeff---\na: b\n", "---\nc: d\n"]],
];

for (const [what, documents] of SPLIT) {
  Deno.test(`\`splitDocuments()\` handles ${what}`, () => {
    assert.deepEqual(pieces(documents.join("")), documents);
  });
}

Deno.test("`splitDocuments()` leaves no gap, whatever the text", () => {
  const line = fc.constantFrom(
    "---\n",
    "--- a\r\n",
    "%X\n",
    "#\n",
    "\n",
    "a: b\n",
    " ---\n",
    "...\n",
  );
  fc.assert(fc.property(fc.array(line), fc.string(), (lines, end) => {
    const text = lines.join("") + end;
    assert.equal(pieces(text).join(""), text);
  }));
});

const JOINED: readonly (readonly [what: string, texts: readonly string[], joined: string])[] = [
  ["one file as it is", ["a: b"], "a: b"],
  ["a marker between two", ["a: b\n", "c: d\n"], "a: b\n---\nc: d\n"],
  ["an end for the line before", ["a: b", "c: d"], "a: b\n---\nc: d"],
  ["no second marker behind one", ["a: b\n---\n", "c: d\n"], "a: b\n---\nc: d\n"],
  [
    "no second marker behind one and blank lines",
    ["a: b\n--- \n\n", "c: d\n"],
    "a: b\n--- \n\nc: d\n",
  ],
  ["no second marker before one", ["a: b\n", "# x\n---\nc: d\n"], "a: b\n# x\n---\nc: d\n"],
  ["CRLF where the file has it", ["a: b\r\n", "c: d\r\n"], "a: b\r\n---\r\nc: d\r\n"],
  ["nothing for a file of nothing", ["", "a: b\n", "", "c: d\n", ""], "a: b\n---\nc: d\n"],
  ["a marker between JSON", ["{}\n", "{}"], "{}\n---\n{}"],
];

for (const [what, texts, joined] of JOINED) {
  Deno.test(`\`joinDocuments()\` writes ${what}`, () => {
    assert.equal(joinDocuments(texts), joined);
  });
}
