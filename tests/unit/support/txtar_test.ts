// txtar in and out.
import assert from "node:assert/strict";
import fc from "fast-check";
import { type Archive, formatTxtar, parseTxtar } from "../../support/txtar.ts";

const CASES: readonly (readonly [what: string, text: string, archive: Archive])[] = [
  ["nothing", "", { comment: "", files: [] }],
  ["an empty line", "\n", { comment: "\n", files: [] }],
  ["a comment alone", "krust version\n", { comment: "krust version\n", files: [] }],
  ["files", "# c\n-- a.txt --\none\n-- d/b --\n\ntwo\n", {
    comment: "# c\n",
    files: [{ name: "a.txt", text: "one\n" }, { name: "d/b", text: "\ntwo\n" }],
  }],
  ["an empty file", "-- a --\n-- b --\n", {
    comment: "",
    files: [{ name: "a", text: "" }, { name: "b", text: "" }],
  }],
  ["a last line that is not ended", "-- a --\nx", {
    comment: "",
    files: [{ name: "a", text: "x\n" }],
  }],
  ["lines that are no markers", "--  --\n-- a --x\n--a--\n", {
    comment: "--  --\n-- a --x\n--a--\n",
    files: [],
  }],
];

for (const [what, text, archive] of CASES) {
  Deno.test(`\`parseTxtar()\` reads ${what}`, () => {
    assert.deepEqual(parseTxtar(text), archive);
  });
}

for (const name of ["../a", "/a", "a//b", "a/../../b", "./a"]) {
  Deno.test(`\`parseTxtar()\` refuses a file named ${name}`, () => {
    assert.throws(() => parseTxtar(`-- ${name} --\n`), /no plain relative path/);
  });
}

Deno.test("`parseTxtar()` refuses a file that is there twice", () => {
  assert.throws(() => parseTxtar("-- a --\n-- b --\n-- a --\n"), /has "a" twice/);
});

Deno.test("`formatTxtar()` gives what `parseTxtar()` read", () => {
  const line = fc.stringMatching(/^[a-z -]{0,12}$/).filter((text) => !/^-- .* --\s*$/.test(text));
  const text = fc.array(line, { minLength: 1, maxLength: 4 }).map((lines) =>
    `${lines.join("\n")}\n`
  );
  const files = fc.uniqueArray(
    fc.record({ name: fc.stringMatching(/^[a-z]{1,5}$/), text: fc.oneof(text, fc.constant("")) }),
    { selector: ({ name }) => name, maxLength: 3 },
  );
  fc.assert(fc.property(text, files, (comment, all) => {
    // fast-check's records have no prototype.
    const archive = { comment, files: all.map((file) => ({ ...file })) };
    assert.deepEqual(parseTxtar(formatTxtar(archive)), archive);
  }));
});
