import assert from "node:assert/strict";
import { type Finding, shellWord } from "../../../../src/cli/doctor/finding.ts";
import { diagnosisOf, formatJson, formatTable } from "../../../../src/cli/doctor/table.ts";

const PLAIN = { color: false, verbose: false };

const OK: Finding = {
  check: "cargo",
  status: "ok",
  what: "cargo 1.90.0",
  why: "/bin/cargo",
  details: ["more"],
};

const FAILURE: Finding = {
  check: "registry",
  status: "failure",
  what: "no push",
  why: "no push; https://me:pw@x.test/a?sig=1 said \u001b[31mno\u001b[0m",
  command: "krust login x.test",
};

Deno.test("the table has status, check, reason and command, and the verdict last", () => {
  const text = formatTable(diagnosisOf("0.1.0", [OK, FAILURE], []), PLAIN);
  assert.equal(
    text,
    [
      "ok       cargo      cargo 1.90.0; /bin/cargo",
      "failure  registry   no push",
      "                    https://x.test/a?sig=… said no",
      "                    $ krust login x.test",
      "",
      "A build would not go through: 1 failure",
      "",
    ].join("\n"),
  );
  assert.match(
    formatTable(diagnosisOf("0.1.0", [OK], []), { ...PLAIN, verbose: true }),
    /^ +more$/m,
  );
});

Deno.test("JSON is one line, says what may be fixed, and keeps secrets in addresses to itself", () => {
  const remedy = { kind: "make-folder", path: "/c" } as const;
  const fixes = [{ command: "mkdir -p /c", done: true }];
  const text = formatJson(diagnosisOf("0.1.0", [{ ...OK, remedy }, FAILURE], fixes));
  assert.equal(text.indexOf("\n"), text.length - 1);
  const { ready, findings, fixes: done } = JSON.parse(text);
  assert.equal(ready, false);
  assert.deepEqual(findings.map(({ fixable }: { fixable: boolean }) => fixable), [true, false]);
  assert.deepEqual(done, fixes);
  assert.doesNotMatch(text, /pw@|sig=1|remedy/);
});

Deno.test("shellWord() quotes what a shell would take apart", () => {
  assert.equal(shellWord("/a/b-1.json"), "/a/b-1.json");
  assert.equal(shellWord("a b"), "'a b'");
  assert.equal(shellWord("it's"), `'it'\\''s'`);
});
