// The form of the code base: caps on files and functions, opening comments, names, facades; each rule
// is shown to notice a breach.
import assert from "node:assert/strict";
import { formatSizes, lineCount, sizes } from "../../../tools/code_figures.ts";
import plugin, { FILE_LINES, FUNCTION_LINES } from "../../../tools/lint_plugin.ts";
import { sources } from "../../../tools/source_tree.ts";

/** What the rules but the one about the process say of a source text. */
function findings(path: string, text: string): readonly string[] {
  return Deno.lint.runPlugin(plugin, path, text)
    .filter(({ id }) => id !== "krust/process-through-host")
    .map(({ id, message }) => `${id.replace("krust/", "")}: ${message}`);
}

Deno.test("the code base keeps to its form", () => {
  const found = sources("src", "main.ts", "tools", "tests").flatMap(({ path, text }) =>
    findings(path, text).map((finding) => `${path}: ${finding}`)
  );
  assert.deepEqual(found, []);
});

Deno.test("file-form takes a file of exactly the cap and reports one line more", () => {
  const text = `// A file.\n${"use();\n".repeat(FILE_LINES - 1)}`;
  assert.deepEqual(findings("src/core/a.ts", text), []);
  assert.deepEqual(findings("src/core/a.ts", `${text}use();\n`), [
    `file-form: ${FILE_LINES + 1} lines; a file may have ${FILE_LINES}`,
  ]);
});

const OPENINGS: readonly (readonly [text: string, good: boolean])[] = [
  ["// What it is for.\nuse();\n", true],
  ["/** What it is for. */\nuse();\n", true],
  ["#!/usr/bin/env -S deno run\n// What it is for.\nuse();\n", true],
  ["use();\n// Too late.\n", false],
  ['import "./a.ts";\n', false],
  ["\n// After an empty line.\nuse();\n", false],
];

for (const [text, good] of OPENINGS) {
  Deno.test(`file-form ${good ? "takes" : "reports"} a file that opens ${JSON.stringify(text)}`, () => {
    const found = findings("src/core/a.ts", text);
    assert.equal(found.length, good ? 0 : 1);
    if (!good) assert.match(found[0] ?? "", /^file-form: a file opens with a comment/);
  });
}

Deno.test("file-form lets a test file open with what it imports", () => {
  assert.deepEqual(findings("tests/unit/core/a_test.ts", 'import "./a.ts";\n'), []);
});

Deno.test("file-form reports files named as bins", () => {
  for (const name of ["utils", "util", "helpers", "common", "types"]) {
    const found = findings(`src/core/${name}.ts`, "// A file.\n");
    assert.deepEqual(found.length, 1, name);
    assert.match(found[0] ?? "", /named for its one idea/);
  }
  assert.deepEqual(findings("src/oci/media_type.ts", "// A file.\n"), []);
});

const FUNCTIONS: readonly (readonly [form: string, open: string, close: string])[] = [
  ["a function", "function f(): void {\n", "}"],
  ["an arrow function", "const f = (): void => {\n", "}"],
  ["a method", "class A {\nf(): void {\n", "}"],
];

for (const [form, open, close] of FUNCTIONS) {
  Deno.test(`function-length takes ${form} of exactly the cap and reports one line more`, () => {
    const tail = open.startsWith("class") ? "\n}\n" : ";\n";
    const text = (lines: number): string =>
      `// A file.\n${open}${"use();\n".repeat(lines - 2)}${close}${tail}`;
    assert.deepEqual(findings("src/core/a.ts", text(FUNCTION_LINES)), []);
    assert.deepEqual(findings("src/core/a.ts", text(FUNCTION_LINES + 1)), [
      `function-length: ${FUNCTION_LINES + 1} lines; a function may have ${FUNCTION_LINES}`,
    ]);
  });
}

Deno.test("facade-re-exports reports anything but a re-export in a public entry point", () => {
  const text = '// Public.\nexport * from "./a.ts";\nexport { b } from "./b.ts";\n' +
    'export type { C } from "./c.ts";\n';
  assert.deepEqual(findings("src/mod.ts", text), []);
  for (const more of ["export const d = 1;", 'import "./d.ts";', "use();"]) {
    assert.equal(findings("src/mod.ts", `${text}${more}\n`).length, 1, more);
    assert.equal(findings("src/testing.ts", `${text}${more}\n`).length, 1, more);
    assert.equal(findings("src/core/a.ts", `${text}${more}\n`).length, 0, more);
  }
});

Deno.test("`lineCount()` counts a last line that is not ended", () => {
  assert.deepEqual(["", "a", "a\n", "a\nb", "a\n\n"].map(lineCount), [0, 1, 1, 2, 2]);
});

Deno.test("`sizes()` gives the median, the ninetieth percentile and the longest", () => {
  const files = [3, 1, 2, 10, 4].map((lines) => ({
    path: `${lines}.ts`,
    text: "x\n".repeat(lines),
  }));
  const measured = sizes(files);
  assert.deepEqual(measured, {
    files: 5,
    lines: 20,
    median: 3,
    ninetieth: 10,
    longest: { path: "10.ts", lines: 10 },
  });
  assert.equal(
    formatSizes("x", measured),
    "x: 5 files, 20 lines; median 3, p90 10, longest 10 (10.ts)",
  );
  assert.equal(formatSizes("none", sizes([])), "none: 0 files, 0 lines; median 0, p90 0");
});
