// The script runner fails where a script does not hold, and says where; a script cannot pass unseen.
import assert from "node:assert/strict";
import { runScript } from "../../support/script.ts";
import { parseScript } from "../../support/script_line.ts";
import type { Outcome, Program, ScriptOptions } from "../../support/script_state.ts";

/** A krust of a few words: `say TEXT…`, `warn TEXT`, `fail N`, `bad`, `cwd`, `env NAME`. */
const toy: Program = (args, { cwd, env }) => {
  const [verb, ...rest] = args;
  const ended = (outcome: Partial<Outcome>): Promise<Outcome> =>
    Promise.resolve({ status: 0, stdout: "", stderr: "", ...outcome });
  if (verb === "say") return ended({ stdout: rest.map((line) => `${line}\n`).join("") });
  if (verb === "warn") return ended({ stderr: `${rest.join(" ")}\n` });
  if (verb === "fail") return ended({ status: Number(rest[0]), stderr: "error[x]: it failed\n" });
  if (verb === "bad") return ended({ status: 1, stdout: "half a result\n" });
  if (verb === "cwd") return ended({ stdout: `${cwd}\n` });
  return ended({ stdout: `${env[rest[0] ?? ""] ?? "unset"}\n` });
};

async function run(text: string, options: Partial<ScriptOptions> = {}): Promise<string> {
  const folder = await Deno.realPath(await Deno.makeTempDir());
  try {
    return await runScript("s.txt", text, { folder, krust: toy, env: { HOME: "/h" }, ...options });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const GOOD: readonly (readonly [what: string, text: string])[] = [
  [
    "krust and its output",
    "krust say one two\nstdout ^one$\nstdout -count=1 two\n! stdout three\n",
  ],
  ["an empty output", "krust warn x\n! stdout .\nstderr ^x$\n"],
  ["a failure that is meant", "! krust fail 3\nstatus 3\nstderr 'error\\[x\\]'\n"],
  ["whichever outcome", "? krust fail 3\nstatus 3\n? krust say a\nstatus 0\n"],
  ["comments and empty lines", "# first\n\nkrust say a # behind\nstdout ^a$\n"],
  [
    "quotes",
    "krust say 'a b' 'it''s' x'y z' '' a#b\nstdout '^a b$'\nstdout it''''s\nstdout '^xy z$'\nstdout ^a#b$\n",
  ],
  [
    "variables",
    "env A=1 B=$HOME\nkrust say $A/${B}x '$A' $\nstdout ^1//hx$\nstdout '^\\$A$'\nstdout '^\\$$'\n",
  ],
  [
    "the environment of krust",
    "env A=1\nkrust env A\nstdout ^1$\nenv -A\nkrust env A\nstdout unset\n",
  ],
  ["files", "exists a d/b\n! exists c\ngrep ^x$ a\n! grep y a\n-- a --\nx\n-- d/b --\n"],
  ["folders", "mkdir d/e\ncd d\nexists e\nkrust cwd\nstdout ^$WORK/d$\ncd $WORK\nexists d\n"],
  [
    "copies",
    "krust say x\ncp stdout a\ncp a d\ncmp a d/a\nmv a b\n! exists a\nrm b\n! exists b\n-- d/c --\n",
  ],
  ["comparisons", "krust say x\ncmp stdout want\n! cmp stdout b\n-- want --\nx\n-- b --\ny\n"],
  ["its folder by name", "krust cwd\ncmp stdout want\n-- want --\n$WORK\n"],
];

for (const [what, text] of GOOD) {
  Deno.test(`\`runScript()\` passes ${what}`, async () => {
    await run(text);
  });
}

const BAD: readonly (readonly [what: string, text: string, reason: RegExp])[] = [
  [
    "a script with no command",
    "# nothing\n",
    /^Error: s\.txt: there is no command in this script$/,
  ],
  ["an empty script", "", /there is no command in this script/],
  [
    "commands behind the first marker",
    "-- a --\nkrust say x\n",
    /there is no command in this script/,
  ],
  ["a failure of krust", "\nkrust fail 3\n", /^Error: s\.txt:2: krust fail 3\nkrust failed/],
  ["a success that is not meant", "! krust say x\n", /krust did not fail/],
  ["a result beside a failure", "? krust bad\n", /failed and yet wrote to stdout/],
  ["another status", "! krust fail 3\nstatus 2\n", /:2: status 2\nthe status is 3/],
  ["output that is lacking", "krust say x\nstdout y\n", /:2: stdout y\nit does not match: y/],
  ["output that is too much", "krust say x\n! stdout .\n", /it matches: \./],
  ["another count", "krust say x x\nstdout -count=1 x\n", /it matches 2 times/],
  ["output before any krust", "stdout x\n", /stdout before any krust/],
  ["status before any krust", "status 0\n", /status before any krust/],
  ["another text", "krust say a c\ncmp stdout want\n-- want --\na\nb\n", /line 2:\n.*"c"\n.*"b"/],
  ["a shorter text", "krust say a\ncmp stdout want\n-- want --\na\nb\n", /line 2:\n.*""\n.*"b"/],
  ["the same text", "krust say a\n! cmp stdout b\n-- b --\na\n", /they are the same/],
  ["a file that is not there", "krust say a\ncmp stdout gone\n", /there is no file gone/],
  ["a file that should not be there", "! exists a\n-- a --\n", /a exists/],
  ["a file that should be there", "exists a\n", /a does not exist/],
  ["an unknown command", "krsut build\n", /there is no command "krsut"/],
  ["an inherited name", "toString\n", /there is no command "toString"/],
  ["a wanted file that is not looked at", "krust say a\n-- want --\na\n", /compared with "want"/],
  ["a quote that is not closed", "krust say 'a\n", /line 1: a quote is not closed/],
  ["a mark alone", "krust say\n!\n", /line 2: there is no command behind "!"/],
  ["a mark that means nothing", "! mkdir a\n", /it takes neither ! nor \?/],
  ["a question that says nothing", "krust say a\n? stdout b\n", /it does not take \?/],
  ["no pattern", "krust say a\nstdout\n", /it takes one pattern/],
  ["two patterns", "krust say a\nstdout a b\n", /it takes one pattern/],
  ["a bad variable", "env A\n", /neither NAME=VALUE/],
];

for (const [what, text, reason] of BAD) {
  Deno.test(`\`runScript()\` fails for ${what}`, async () => {
    await assert.rejects(() => run(text), reason);
  });
}

Deno.test("`runScript()` shows how krust ended when something fails after it", async () => {
  await assert.rejects(
    () => run("! krust fail 3\nstatus 4\n"),
    /\[status\] 3\n\[stdout\]\n\n\[stderr\]\nerror\[x\]: it failed/,
  );
});

Deno.test("`runScript()` runs commands that are given to it, and shows their bugs with a stack", async () => {
  const seen: string[] = [];
  const commands: ScriptOptions["commands"] = {
    note: (_state, { args }) => void seen.push(...args),
    broken: () => {
      throw new TypeError("a bug");
    },
  };
  await run("note a b\n", { commands });
  assert.deepEqual(seen, ["a", "b"]);
  await assert.rejects(() => run("broken\n", { commands }), /TypeError: a bug\n\s+at /);
});

Deno.test("`runScript()` gives the script back, mended only when told to", async () => {
  const script = (want: string): string =>
    `# keep\nkrust say new\ncmp stdout want\n-- other --\no\n-- want --\n${want}\n`;
  assert.equal(await run(script("old"), { update: true }), script("new"));
  assert.equal(await run(script("new")), script("new"));
  await assert.rejects(() => run(script("old")), /they differ at line 1/);
});

Deno.test("`parseScript()` numbers lines and tells what is expected", () => {
  const lines = parseScript("# c\nkrust a\n\n! krust b\n  ? krust c\n'!' x\n");
  const commands = lines.map((line) => ({ number: line.number, ...line.expand(() => "") }));
  assert.deepEqual(commands, [
    { number: 2, name: "krust", args: ["a"], expect: "yes" },
    { number: 4, name: "krust", args: ["b"], expect: "no" },
    { number: 5, name: "krust", args: ["c"], expect: "either" },
    { number: 6, name: "!", args: ["x"], expect: "yes" },
  ]);
});
