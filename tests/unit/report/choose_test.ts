// Which renderer under which circumstances.
import assert from "node:assert/strict";
import { type Choice, chooseRenderer, type Circumstances } from "../../../src/report/choose.ts";

function choose(
  more: Partial<Omit<Circumstances, "env">>,
  env: Readonly<Record<string, string>> = {},
): Choice {
  return chooseRenderer({
    progress: "auto",
    quiet: false,
    terminal: true,
    overlapping: false,
    ...more,
    env: (name) => env[name],
  });
}

type Row = readonly [
  string,
  Partial<Omit<Circumstances, "env">>,
  Readonly<Record<string, string>>,
  `${Choice["kind"]}${"" | " color"}${"" | " through"}`,
];

const rows: readonly Row[] = [
  ["a terminal", {}, { TERM: "xterm" }, "tty color through"],
  ["no terminal", { terminal: false }, {}, "plain"],
  ["CI", {}, { CI: "true" }, "plain color through"],
  ["CI in a pipe", { terminal: false }, { CI: "true" }, "plain"],
  ["CI switched off", {}, { CI: "false" }, "tty color through"],
  ["CI empty", {}, { CI: "" }, "tty color through"],
  ["a dumb terminal", {}, { TERM: "dumb" }, "plain through"],
  ["NO_COLOR", {}, { NO_COLOR: "1" }, "plain through"],
  ["NO_COLOR empty", {}, { NO_COLOR: "" }, "tty color through"],
  ["NO_COLOR against CLICOLOR_FORCE", {}, { NO_COLOR: "1", CLICOLOR_FORCE: "1" }, "plain through"],
  ["CLICOLOR_FORCE in a pipe", { terminal: false }, { CLICOLOR_FORCE: "1" }, "plain color"],
  ["CLICOLOR_FORCE=0 in a pipe", { terminal: false }, { CLICOLOR_FORCE: "0" }, "plain"],
  ["FORCE_COLOR in a pipe", { terminal: false }, { FORCE_COLOR: "1" }, "plain"],
  ["bars wanted under CI", { progress: "bar" }, { CI: "1" }, "tty color through"],
  ["bars wanted under NO_COLOR", { progress: "bar" }, { NO_COLOR: "1" }, "tty through"],
  ["bars wanted in a pipe", { progress: "bar", terminal: false }, {}, "plain"],
  ["bars wanted where they cannot be", { progress: "bar" }, { TERM: "dumb" }, "plain through"],
  ["plain wanted", { progress: "plain" }, {}, "plain color through"],
  ["JSON wanted", { progress: "json" }, { CLICOLOR_FORCE: "1" }, "json"],
  ["JSON wanted quietly", { progress: "json", quiet: true }, {}, "json"],
  ["nothing wanted", { progress: "none" }, {}, "silent color"],
  ["quiet", { quiet: true }, {}, "silent color"],
  ["quiet in a pipe", { quiet: true, terminal: false }, {}, "silent"],
  ["quiet, with bars", { quiet: true, progress: "bar" }, {}, "silent color"],
  ["programs beside steps", { overlapping: true }, {}, "tty color"],
  [
    "programs beside steps, plainly",
    { overlapping: true, progress: "plain" },
    {},
    "plain color through",
  ],
];
for (const [name, more, env, expected] of rows) {
  Deno.test(`chooseRenderer() chooses ${expected} for ${name}`, () => {
    const { kind, color, passThrough } = choose(more, env);
    assert.equal(`${kind}${color ? " color" : ""}${passThrough ? " through" : ""}`, expected);
  });
}
