// Label selectors, and what they leave out of documents.
import assert from "node:assert/strict";
import { parseSelector } from "../../../src/resolve/selector.ts";
import { unselectedSpans } from "../../../src/resolve/select.ts";
import { splice } from "../../../src/resolve/splice.ts";

const LABELS = new Map([["app", "web"], ["tier", "front"], ["example.com/x", ""]]);

const SELECTORS: readonly (readonly [selector: string, holds: boolean])[] = [
  ["app=web", true],
  ["app==web", true],
  ["app = web", true],
  ["app=api", false],
  ["app!=api", true],
  ["app!=web", false],
  ["missing!=x", true],
  ["missing=x", false],
  ["app", true],
  ["missing", false],
  ["!missing", true],
  ["!app", false],
  ["app in (api, web)", true],
  ["app in (api)", false],
  ["app notin (api)", true],
  ["app notin (web, api)", false],
  ["missing notin (x)", true],
  ["missing in (x)", false],
  ["app=web,tier=front", true],
  ["app=web,tier=back", false],
  ["app in (api,web),tier!=back,!missing", true],
  ["example.com/x=", true],
  ["", false],
];

for (const [selector, holds] of SELECTORS.filter(([text]) => text !== "")) {
  Deno.test(`\`parseSelector()\`: "${selector}" ${holds ? "holds" : "does not hold"}`, () => {
    assert.equal(parseSelector(selector)(LABELS), holds);
  });
}

for (const selector of ["", "a=b=c", "a,,b", "in (x)", "a in x", "=b", "a b", "-a", "a=b,"]) {
  Deno.test(`\`parseSelector()\` refuses "${selector}"`, () => {
    assert.throws(() => parseSelector(selector), { code: "usage" });
  });
}

/** A text without what `app=web` does not mean. */
async function selected(text: string): Promise<string> {
  const spans = await unselectedSpans({ name: "a.yaml", text }, parseSelector("app=web"));
  return splice(text, spans.map((span) => ({ ...span, text: "" })));
}

/** An object with a label. */
function object(app: string): string {
  return `kind: Pod # ${app}\nmetadata: {labels: {app: ${app}}}\n`;
}

const SELECTED: readonly (readonly [what: string, text: string, left: string])[] = [
  ["the document that is meant", object("web"), object("web")],
  ["nothing of another", object("api"), ""],
  [
    "documents in order",
    `${object("api")}---\n${object("web")}---\n${object("api")}`,
    `---\n${object("web")}`,
  ],
  ["nothing without labels", "kind: Pod\n", ""],
  ["nothing that is no object", "a: b\n---\n- c\n---\n# d\n", ""],
  [
    "items of a list",
    "kind: List\nitems:\n- {metadata: {labels: {app: api}}}\n# c\n- metadata:\n    labels:\n      app: web\n-\n  a: b\nx: y\n",
    "kind: List\nitems:\n- metadata:\n    labels:\n      app: web\nx: y\n",
  ],
  [
    "items of an indented list at its end",
    "kind: PodList\nitems:\n  - {metadata: {labels: {app: web}}}\n  - {a: b}\n",
    "kind: PodList\nitems:\n  - {metadata: {labels: {app: web}}}\n",
  ],
  ["no list of which nothing is left", "kind: List\nitems:\n- a: b\n", ""],
  [
    "items of JSON, commas in their places",
    '{"kind":"List","items":[{"a":1}, {"metadata":{"labels":{"app":"web"}}}, {"b":2}, {"c":3}]}',
    '{"kind":"List","items":[{"metadata":{"labels":{"app":"web"}}}]}',
  ],
  [
    "several items of JSON",
    '{"kind":"List","items":[{"metadata":{"labels":{"app":"web"}}}, {"b":2}, {"metadata":{"labels":{"app":"web"}}}]}',
    '{"kind":"List","items":[{"metadata":{"labels":{"app":"web"}}}, {"metadata":{"labels":{"app":"web"}}}]}',
  ],
  [
    "values of a stream of JSON",
    '{"kind":"Pod"}\n{"kind":"Pod","metadata":{"labels":{"app":"web"}}}\n{"kind":"Pod"}\n',
    '{"kind":"Pod","metadata":{"labels":{"app":"web"}}}\n',
  ],
  [
    "labels behind aliases and merge keys",
    "x: &l {app: web}\nkind: Pod\nmetadata: {labels: {<<: *l}}\n---\ny: &m {app: web}\nkind: Pod\nmetadata: {labels: *m}\n",
    "x: &l {app: web}\nkind: Pod\nmetadata: {labels: {<<: *l}}\n---\ny: &m {app: web}\nkind: Pod\nmetadata: {labels: *m}\n",
  ],
];

for (const [what, text, left] of SELECTED) {
  Deno.test(`a selector leaves ${what}`, async () => {
    assert.equal(await selected(text), left);
  });
}

Deno.test("a selector needs documents that can be read, and says where they cannot", async () => {
  await assert.rejects(selected("a: b\n---\nc: [\n"), {
    code: "yaml-invalid",
    message: /^a\.yaml:\d+:\d+: /,
  });
});

Deno.test("a selector says where a document begins that it cannot tell apart", async () => {
  await assert.rejects(selected("a: b\n...\nc: d\n"), {
    code: "yaml-invalid",
    message: "a.yaml:3:1: a document begins here without ---",
  });
});

for (const [what, text] of [["lists", "- "], ["brackets", "["], ["maps", "? "]] as const) {
  Deno.test(`a selector gives up on ${what} nested without end, at once`, async () => {
    await assert.rejects(selected(text.repeat(200_000)), { message: /more than 64 deep$/ });
  });
}

Deno.test("labels made of aliases of aliases cost nothing", async () => {
  const lines = ["a0: &a0 {x: y}"];
  for (let level = 1; level < 30; level++) {
    const parts = Array.from({ length: 10 }, (_, index) => `k${index}: *a${level - 1}`);
    lines.push(`a${level}: &a${level} {${parts.join(", ")}}`);
  }
  const text = `${lines.join("\n")}\nkind: Pod\nmetadata: {labels: *a29}\n`;
  assert.equal(await selected(text), "");
});

Deno.test("a map that is merged into itself has the labels of its own", async () => {
  const text = "kind: Pod\nmetadata: {labels: &l {<<: *l, app: web}}\n";
  assert.equal(await selected(text), text);
});
