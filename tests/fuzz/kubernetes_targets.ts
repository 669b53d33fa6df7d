// The parsers of Kubernetes documents: references in YAML and JSON, what takes their places, selectors.
import assert from "node:assert/strict";
import fc from "fast-check";
import { joinDocuments } from "../../src/resolve/join.ts";
import { scanReferences } from "../../src/resolve/scan.ts";
import { unselectedSpans } from "../../src/resolve/select.ts";
import { parseSelector } from "../../src/resolve/selector.ts";
import { asScalar, splice } from "../../src/resolve/splice.ts";
import { type FuzzTarget, target } from "./fuzz.ts";
import { harmed, wordsOf } from "./inputs.ts";

const IMAGE = `[::1]:5000/team/app@sha256:${"0123456789abcdef".repeat(4)}`;

const WORDS = [
  ..."{}[],:?-|>&*!#%@'\"\\ \n\t",
  ...["- ", ": ", "---\n", "...\n", "krust://a", "'krust://a'", '"krust://a"', "krust://a b"],
  ...["|\n  krust://a\n", ">-\n  krust://a\r\n", "&a ", "*a", "!!str ", "<<: *a", "%YAML 1.2\n"],
  ...['"krust:\\/\\/a"', "\\x6b", "? ", "a: ", "\n  ", "\r\n", "kind: List\n", "items:\n"],
];

const EXAMPLES = [
  "kind: List\nitems:\n- kind: Pod\n  metadata: {labels: {app: web}}\n  image: krust://a # c\n- b: 'krust://a'\n",
  'a: &x "krust://a"\nb: *x\nc: |-\n  krust://a\n---\n{"kind":"Pod","image":"krust://a"}\n',
  '{"kind":"List","items":[{"metadata":{"labels":{"app":"web"}}},{"image":"krust:\\/\\/a"}]}',
];

const DOCUMENTS = fc.oneof(wordsOf(...WORDS), harmed(EXAMPLES, ...WORDS));

/** Attacks on what `krust resolve` reads. */
export const KUBERNETES_TARGETS: readonly FuzzTarget[] = [
  target("references in documents", DOCUMENTS, async (text) => {
    const name = "a.yaml";
    const occurrences = await scanReferences({ name, text });
    let last = 0;
    for (const { start, end } of occurrences) {
      assert.ok(last <= start && start < end && end <= text.length, "places are apart, in order");
      last = end;
    }
    const edits = occurrences.map(({ start, end, plain }) => ({
      start,
      end,
      text: asScalar(IMAGE, plain),
    }));
    const spliced = splice(text, edits);
    assert.deepEqual(await scanReferences({ name, text: spliced }), [], "none is left");
  }),
  target(
    "objects by labels",
    fc.tuple(
      DOCUMENTS,
      fc.oneof(
        fc.constantFrom("app=web", "!app"),
        wordsOf("app", "=", "!=", "!", " in ", "(", ")", ",", "web"),
      ),
    ),
    async ([text, selector]) => {
      const spans = await unselectedSpans({ name: "a.yaml", text }, parseSelector(selector));
      for (const { start, end } of spans) {
        assert.ok(0 <= start && start <= end && end <= text.length);
      }
      splice(text, spans.map((span) => ({ ...span, text: "" })));
    },
  ),
  target("documents joined", fc.array(DOCUMENTS, { maxLength: 3 }), (texts) => {
    const joined = joinDocuments(texts);
    let at = 0;
    for (const text of texts) {
      at = joined.indexOf(text, at);
      assert.notEqual(at, -1, "each is in it whole, in order");
      at += text.length;
    }
  }),
];
