// Every error code has its paragraph in docs/errors.md with the right exit status, and no other has one.
import assert from "node:assert/strict";
import { EXIT_STATUS } from "../../../src/core/error.ts";
import { ROOT } from "../../../tools/source_tree.ts";

/** The sections of a document that are headed by a code: code to text. */
function sections(markdown: string): ReadonlyMap<string, string> {
  const parts = markdown.split(/^#{2,3} `([^`\n]+)`$/m).slice(1);
  return new Map(
    parts.flatMap((code, at) =>
      at % 2 === 0 ? [[code, (parts[at + 1] ?? "").trim()] as const] : []
    ),
  );
}

/** What is wrong with a document about the codes of a table, a sentence each. */
function faults(markdown: string, table: Readonly<Record<string, number>>): readonly string[] {
  const found = sections(markdown);
  const wanting = Object.entries(table).flatMap(([code, status]) => {
    const text = found.get(code);
    if (text === undefined) return [`${code} has no section`];
    if (!text.startsWith(`Exit status ${status}. `)) return [`${code} does not say ${status}`];
    return text.length < 100 ? [`${code} says next to nothing`] : [];
  });
  const unknown = [...found.keys()].filter((code) => !(code in table));
  return [...wanting, ...unknown.map((code) => `${code} is not a code`)];
}

Deno.test("docs/errors.md has a paragraph for each code, and for no other", () => {
  assert.deepEqual(faults(Deno.readTextFileSync(`${ROOT}docs/errors.md`), EXIT_STATUS), []);
});

Deno.test("the exit statuses in docs/errors.md's table are those in use", () => {
  const rows = Deno.readTextFileSync(`${ROOT}docs/errors.md`).matchAll(/^\| (\d+) /gm);
  const documented = [...rows].map(([, status]) => Number(status)).sort((a, b) => a - b);
  const used = [...new Set<number>([0, ...Object.values(EXIT_STATUS)])].sort((a, b) => a - b);
  assert.deepEqual(documented, used);
});

const LONG =
  "It says at length what it means, what causes it as a rule, and what can be done about it, so that one can go on.";

const FAULTY: readonly (readonly [markdown: string, faults: readonly string[]])[] = [
  [`## \`a-b\`\n\nExit status 2. ${LONG}\n`, []],
  [`### \`a-b\`\n\nExit status 2. ${LONG}\n`, []],
  ["# Errors\n", ["a-b has no section"]],
  [`## a-b\n\nExit status 2. ${LONG}\n`, ["a-b has no section"]],
  [`## \`a-b\`\n\nExit status 3. ${LONG}\n`, ["a-b does not say 2"]],
  ["## `a-b`\n\nExit status 2. It failed.\n", ["a-b says next to nothing"]],
  [`## \`a-b\`\n\nExit status 2. ${LONG}\n\n## \`c\`\n\nOld.\n`, ["c is not a code"]],
];

for (const [markdown, expected] of FAULTY) {
  Deno.test(`the check of errors.md finds ${expected[0] ?? "nothing"} in ${JSON.stringify(markdown.slice(0, 40))}`, () => {
    assert.deepEqual(faults(markdown, { "a-b": 2 }), expected);
  });
}
