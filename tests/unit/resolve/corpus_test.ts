// Documents in the shapes that other tools write them: after resolving, the references differ and not
// one other byte. In tests/corpus, `krust://decoy…` is what must stay.
import assert from "node:assert/strict";
import { join } from "node:path";
import { parseAllDocuments } from "yaml";
import { scanReferences } from "../../../src/resolve/scan.ts";
import { asScalar, splice } from "../../../src/resolve/splice.ts";
import { openFiles } from "../../../src/resolve/open_files.ts";
import { ROOT } from "../../../tools/source_tree.ts";
import { fakeHost } from "../../support/fake_host.ts";

const CORPUS = join(ROOT, "tests/corpus");
const NAMES = [...Deno.readDirSync(CORPUS)].map(({ name }) => name)
  .filter((name) => /\.(yaml|json)$/.test(name)).sort();

const DIGEST = `sha256:${"0123456789abcdef".repeat(4)}`;

/** What a reference becomes in these tests. */
function imageOf(written: string): string {
  return `registry.test/${written.replace("krust://", "").replace(/^\/|#.*$/g, "")}@${DIGEST}`;
}

/** Found in another way than krust's: by what the corpus agrees to write. */
const REFERENCE = /krust:\/\/(?!decoy)[a-z/.#-]+/g;

Deno.test("the corpus has at least 40 files, some with CRLF, byte order marks, no end of line", () => {
  assert.ok(NAMES.length >= 40, String(NAMES.length));
  const texts = NAMES.map((name) =>
    new TextDecoder("utf-8", { ignoreBOM: true }).decode(Deno.readFileSync(join(CORPUS, name)))
  );
  for (const part of ["\r\n", "\ufeff", "\t", "&", "<<: *", "%YAML", "{{"]) {
    assert.ok(texts.some((text) => text.includes(part)), part);
  }
  assert.ok(texts.some((text) => !text.endsWith("\n")));
});

for (const name of NAMES) {
  Deno.test(`in ${name} references change and nothing else`, async () => {
    const [file] = await openFiles([name], fakeHost({ cwd: CORPUS }), { recursive: false });
    assert.ok(file !== undefined);
    const occurrences = await scanReferences(file);
    const text = splice(
      file.text,
      occurrences.map(({ start, end, written, plain }) => ({
        start,
        end,
        text: asScalar(imageOf(written), plain),
      })),
    );
    assert.equal(text, file.text.replace(REFERENCE, imageOf));
    assert.equal(occurrences.length, file.text.match(REFERENCE)?.length ?? 0);
    const before = file.text.split("\n");
    const changed = text.split("\n").filter((line, index) => line !== before[index]);
    assert.equal(changed.length, new Set(occurrences.map(({ position }) => position.line)).size);
    assert.deepEqual(
      meaning(text),
      JSON.parse(
        JSON.stringify(meaning(file.text)).replace(REFERENCE, imageOf),
      ),
    );
  });
}

/** What documents mean to a reader of YAML; JSON's streams, which are no YAML, to a reader of JSON. */
function meaning(text: string): unknown {
  return JSON.parse(JSON.stringify(read(text)));
}

function read(text: string): unknown {
  const documents = parseAllDocuments(text, { logLevel: "silent", merge: true });
  if (!Array.isArray(documents)) return [];
  if (documents.every(({ errors }) => errors.length === 0)) {
    return documents.map((document): unknown => document.toJS());
  }
  return text.trim().split("\n").filter((line) => line !== "").map((line): unknown =>
    JSON.parse(line)
  );
}
