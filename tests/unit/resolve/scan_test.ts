// Where references are found and where they are not, whatever the document is written like.
import assert from "node:assert/strict";
import fc from "fast-check";
import { KrustError } from "../../../src/core/error.ts";
import { scanReferences } from "../../../src/resolve/scan.ts";
import { splice } from "../../../src/resolve/splice.ts";

/** The references in a text, each with its place. */
async function found(text: string): Promise<readonly string[]> {
  const occurrences = await scanReferences({ name: "a.yaml", text });
  return occurrences.map(({ written, position }) =>
    `${written} ${position.line}:${position.column}`
  );
}

const FOUND: readonly (readonly [what: string, text: string, references: readonly string[]])[] = [
  ["a plain scalar", "image: krust://a\n", ["krust://a 1:8"]],
  ["a single-quoted scalar", "image: 'krust://a'\n", ["krust://a 1:9"]],
  ["a double-quoted scalar", 'image: "krust://a"\n', ["krust://a 1:9"]],
  ["escapes", 'image: "krust:\\/\\/\\x61"\n', ["krust://a 1:9"]],
  ["a literal block", "image: |\n  krust://a\n", ["krust://a 2:3"]],
  ["a folded block", "image: >-\n  krust://a\n\nb: c\n", ["krust://a 2:3"]],
  ["a block with CRLF", "image: |\r\n  krust://a\r\n", ["krust://a 2:3"]],
  ["a key", "krust://a: b\n", ["krust://a 1:1"]],
  ["key and value", "krust://a: krust://b\n", ["krust://a 1:1", "krust://b 1:12"]],
  ["a document of its own", "krust://a\n", ["krust://a 1:1"]],
  ["a plain scalar with a binary", "image: krust://a#b # c\n", ["krust://a#b 1:8"]],
  ["a path with a blank", "image: krust://a b\n", ["krust://a b 1:8"]],
  ["the second document", "a: b\n---\nc: krust://a\n", ["krust://a 3:4"]],
  ["behind a byte order mark", "\ufeffa: krust://a\n", ["krust://a 1:5"]],
  ["JSON", '{"a":["krust://a"]}', ["krust://a 1:8"]],
  ["JSON with a slash escaped", '{"a":"krust:\\/\\/a"}', ["krust://a 1:7"]],
  ["a stream of JSON", '{"a":"krust://a"}\n{"a":"krust://b"}\n', [
    "krust://a 1:7",
    "krust://b 2:7",
  ]],
  ["JSON in a YAML document", '---\n{"a":"krust://a"}\n---\nb: krust://b\n', [
    "krust://a 2:7",
    "krust://b 4:4",
  ]],
  ["flow YAML that is no JSON", "{a: krust://a}\n", ["krust://a 1:5"]],
  ["what has no path, to be refused later", "a: krust://\n", ["krust:// 1:4"]],
];

for (const [what, text, references] of FOUND) {
  Deno.test(`\`scanReferences()\` finds ${what}`, async () => {
    assert.deepEqual(await found(text), references);
  });
}

const LEFT: readonly (readonly [what: string, text: string])[] = [
  ["a mention within a scalar", "a: see krust://a\n"],
  ["a comment", "# krust://a\nb: c # krust://a\n"],
  ["an upper-case scheme", "a: KRUST://a\n"],
  ["a blank in front", 'a: " krust://a"\n'],
  ["a block of several lines", "a: |\n  krust://a\n  krust://b\n"],
  ["a block with a line in front", "a: |\n  x\n  krust://a\n"],
  ["a single slash", 'a: "krust:/a"\n'],
  ["a quoted text of several lines", 'a: "krust://a\\nb"\n'],
  ["JSON's text of several lines", '{"a":"krust://a\\nb"}'],
  ["nothing", ""],
];

for (const [what, text] of LEFT) {
  Deno.test(`\`scanReferences()\` passes over ${what}`, async () => {
    assert.deepEqual(await found(text), []);
  });
}

const BROKEN: readonly (readonly [what: string, text: string, message: RegExp])[] = [
  ["a tab for indentation", "a:\n\tb: krust://a\n", /^a\.yaml:2:1: Tabs are not allowed/],
  ["a list that is not closed", "a: [krust://a\nb: 1\n", /^a\.yaml:2:1: Flow sequence in block/],
  ["a map within a line", "a: krust://a: b\n", /^a\.yaml:1:4: Nested mappings are not allowed/],
  ["the third document", "a: b\n---\n---\nc: 'krust://a\n", /^a\.yaml:\d+:\d+: Missing closing/],
  ["JSON with a comma too many", '{"a": "krust://a",}}', /^a\.yaml:1:20: /],
  ["nesting beyond 64", `${"[".repeat(65)}krust://a`, /^a\.yaml:1:65: .* more than 64 deep$/],
  ["nesting of blocks", `${"- ".repeat(65)}krust://a`, /^a\.yaml:1:129: .* more than 64 deep$/],
  ["nested JSON", `${'{"a":'.repeat(65)}"krust://a"`, /^a\.yaml:1:321: .* more than 64 deep$/],
];

for (const [what, text, message] of BROKEN) {
  Deno.test(`\`scanReferences()\` says where it is broken: ${what}`, async () => {
    await assert.rejects(found(text), (error: unknown) => {
      assert.ok(error instanceof KrustError);
      assert.equal(error.code, "yaml-invalid");
      assert.match(error.message, message);
      return true;
    });
  });
}

Deno.test("`scanReferences()` does not judge documents that hold no reference", async () => {
  assert.deepEqual(await found("a: [\n---\nb: krust://a\n---\n\t{{ template }}\n"), [
    "krust://a 3:4",
  ]);
});

Deno.test("`scanReferences()` never follows aliases: a bomb costs what its text costs", async () => {
  const lines = ["a0: &a0 [krust://a]"];
  for (let level = 1; level < 40; level++) {
    lines.push(`a${level}: &a${level} [${Array(10).fill(`*a${level - 1}`).join(", ")}]`);
  }
  assert.deepEqual(await found(lines.join("\n")), ["krust://a 1:10"]);
});

Deno.test("`scanReferences()` takes ten megabytes of JSON, and of documents without references", async () => {
  const many = `{"items":[${
    Array(60_000).fill('{"a":"krust://a","b":"'.padEnd(165) + '"}').join()
  }]}`;
  assert.ok(many.length > 9_000_000);
  assert.equal((await found(many)).length, 60_000);
  const documents = `${
    "a: b\n# a comment that fills the line\n---\n".repeat(250_000)
  }c: krust://a\n`;
  assert.deepEqual(await found(documents), ["krust://a 750001:4"]);
});

/** Scalars in every style that mean a text, as a value of a map. */
function styles(text: string): readonly string[] {
  return [
    text,
    `'${text}'`,
    `"${text}"`,
    `|\n  ${text}`,
    `>-\n  ${text}`,
    `&a ${text}`,
    `!!str ${text}`,
  ];
}

Deno.test("what is found is all that is replaced, in any order of styles, comments and ends of lines", async () => {
  const line = fc.record({
    style: fc.nat(6),
    reference: fc.boolean(),
    comment: fc.constantFrom("", "# krust://no\n", "\n"),
  });
  const document = fc.array(line, { minLength: 1, maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(document, fc.constantFrom("\n", "\r\n"), async (lines, newline) => {
      const write = (path: string): string =>
        lines.map(({ style, reference, comment }, index) => {
          const text = reference ? path : "see krust://no";
          return `${comment}k${index}: ${styles(text)[style] ?? text}\n`;
        }).join("---\n").replaceAll("\n", newline);
      const text = write("krust://yes");
      const occurrences = await scanReferences({ name: "a.yaml", text });
      const spliced = splice(
        text,
        occurrences.map(({ start, end }) => ({ start, end, text: "r.test/yes@sha256:0" })),
      );
      assert.equal(spliced, write("r.test/yes@sha256:0"));
    }),
    { numRuns: 200 },
  );
});
