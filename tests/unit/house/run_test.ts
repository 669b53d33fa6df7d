// The test runner tells the truth: every outcome is counted, nothing that was not run passes.
import assert from "node:assert/strict";
import { join } from "node:path";
import { ROOT } from "../../../tools/source_tree.ts";
import { readJunit } from "../../support/junit.ts";

interface Ending {
  readonly code: number;
  readonly lines: readonly string[];
}

/** Runs the runner over some test files, given by name and text. */
async function run(
  files: Readonly<Record<string, string>>,
  env: Readonly<Record<string, string>> = {},
): Promise<Ending> {
  const folder = await Deno.makeTempDir();
  try {
    for (const [name, text] of Object.entries(files)) {
      await Deno.writeTextFile(join(folder, name), text);
    }
    const { code, stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-check", join(ROOT, "tests/run.ts"), folder],
      env: { KRUST_E2E: "", NO_COLOR: "1", ...env },
      stdin: "null",
      stderr: "null",
    }).output();
    return { code, lines: new TextDecoder().decode(stdout).trimEnd().split("\n") };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const PASSING = 'Deno.test("good", () => {});\n';
const SKIPPING = 'Deno.test({ name: "far [skipped: no docker]", ignore: true, fn() {} });\n';

Deno.test("`run.ts` ends with the counts and exits 0 where all passed", async () => {
  const { code, lines } = await run({ "a_test.ts": PASSING, "b_test.ts": PASSING });
  assert.equal(code, 0);
  assert.equal(lines.at(-1), "2 passed, 0 failed");
});

Deno.test("`run.ts` names what was skipped and counts it", async () => {
  const { code, lines } = await run({ "a_test.ts": PASSING + SKIPPING });
  assert.equal(code, 0);
  assert.equal(lines.at(-1), "1 passed, 0 failed, 1 skipped");
  assert.match(lines.at(-2) ?? "", /^skipped: far: no docker$/);
});

Deno.test("`run.ts` takes a skip for a failure when KRUST_E2E=1", async () => {
  const { code, lines } = await run({ "a_test.ts": PASSING + SKIPPING }, { KRUST_E2E: "1" });
  assert.equal(code, 1);
  assert.equal(lines.at(-1), "1 passed, 1 failed");
});

Deno.test("`run.ts` lets what is not required be skipped when KRUST_E2E=1", async () => {
  const wished = SKIPPING.replace("no docker", "no docker (not required)");
  const { code, lines } = await run({ "a_test.ts": PASSING + wished }, { KRUST_E2E: "1" });
  assert.equal(code, 0);
  assert.equal(lines.at(-1), "1 passed, 0 failed, 1 skipped");
});

Deno.test("`run.ts` shows why a test failed and exits 1", async () => {
  const failing = 'Deno.test("bad", () => { throw new Error("the reason"); });\n';
  const { code, lines } = await run({ "a_test.ts": PASSING + failing });
  assert.equal(code, 1);
  assert.equal(lines.at(-1), "1 passed, 1 failed");
  assert.ok(lines.some((line) => line.includes("the reason")), lines.join("\n"));
});

const HOLLOW: readonly (readonly [what: string, files: Readonly<Record<string, string>>])[] = [
  ["there is no test file", {}],
  ["a file registers no test", { "a_test.ts": PASSING, "b_test.ts": "// Nothing.\n" }],
  ["a file does not load", { "a_test.ts": PASSING, "b_test.ts": 'throw new Error("load");\n' }],
  ["a file fails after its tests", {
    "a_test.ts": `${PASSING}setTimeout(() => { throw new Error("late"); }, 0);\n` +
      'Deno.test("waits", () => new Promise((done) => setTimeout(done, 50)));\n',
  }],
  ["all are skipped", { "a_test.ts": SKIPPING }],
  ["one is skipped without a reason", {
    "a_test.ts": `${PASSING}Deno.test.ignore("far", () => {});\n`,
  }],
];

for (const [what, files] of HOLLOW) {
  Deno.test(`\`run.ts\` fails when ${what}`, async () => {
    const { code, lines } = await run(files);
    assert.equal(code, 1, lines.join("\n"));
    assert.match(lines.at(-1) ?? "", /^\d+ passed, [1-9]\d* failed/);
  });
}

Deno.test("`readJunit()` reads names, outcomes and files, and leaves steps to their test", () => {
  const xml = `<?xml version="1.0"?>
<testsuites name="deno test" tests="6" failures="2">
  <testsuite name="./a_test.ts" tests="6">
    <testcase name="a &lt;b&gt; &amp;lt; &quot;c&quot; &#39;d&#x27;" classname="./a_test.ts" time="0.1">
    </testcase>
    <testcase name="steps" classname="./a_test.ts">
      <failure message="one failed">Error: &lt;skipped/&gt;</failure>
    </testcase>
    <testcase name="steps &gt; one" classname="./a_test.ts"><failure message="x">y</failure></testcase>
    <testcase name="steps &gt; two" classname="./a_test.ts"></testcase>
    <testcase name="steps &gt; three [skipped: why]" classname="./a_test.ts"><skipped/></testcase>
    <testcase name="no &gt; step" classname="./a_test.ts"/>
  </testsuite>
</testsuites>`;
  assert.deepEqual(readJunit(xml), [
    { name: `a <b> &lt; "c" 'd'`, outcome: "passed" },
    { name: "steps", outcome: "failed" },
    { name: "steps > three [skipped: why]", outcome: "skipped" },
    { name: "no > step", outcome: "passed" },
  ]);
  assert.deepEqual(readJunit(""), []);
});
