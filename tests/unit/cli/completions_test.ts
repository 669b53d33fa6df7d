import assert from "node:assert/strict";
import { completionScript, modelOf } from "../../../src/cli/completions.ts";
import { type CommandModel, locateCommands, SHELLS } from "../../../src/cli/completions/model.ts";
import { createProgram } from "../../../src/cli/program.ts";

const PROGRAM = modelOf(createProgram());

function optionOf(path: string, long: string): CommandModel["options"][number] {
  const found = locateCommands(PROGRAM).find((each) => each.path.join(" ") === path)
    ?.command.options.find((option) => option.long === long);
  return found ?? assert.fail(`${path} has no ${long}`);
}

Deno.test("locateCommands() finds every command by the words that lead to it", () => {
  assert.deepEqual(locateCommands(PROGRAM).map(({ path }) => path.join(" ")), [
    "krust",
    "krust build",
    "krust resolve",
    "krust apply",
    "krust create",
    "krust delete",
    "krust run",
    "krust pack",
    "krust index",
    "krust config",
    "krust config show",
    "krust login",
    "krust logout",
    "krust auth",
    "krust auth check",
    "krust registry",
    "krust registry serve",
    "krust doctor",
    "krust cache",
    "krust cache path",
    "krust cache size",
    "krust cache prune",
    "krust completions",
    "krust version",
  ]);
});

const VALUES: readonly (readonly [long: string, value: unknown])[] = [
  ["--libc", ["musl", "gnu", "gnu-dynamic", "auto"]],
  ["--base", ["scratch", "builtin"]],
  ["--progress", ["auto", "bar", "plain", "json", "none"]],
  ["--oci-layout", "directory"],
  ["--tarball", "file"],
  ["--image", "any"],
  ["--label", "any"],
  ["--no-push", "none"],
  ["--help", "none"],
];

for (const [long, value] of VALUES) {
  Deno.test(`modelOf() knows what ${long} takes`, () => {
    assert.deepEqual(optionOf("krust build", long).value, value);
  });
}

Deno.test("modelOf() knows that documents are files", () => {
  assert.equal(optionOf("krust resolve", "--filename").value, "file");
});

Deno.test("modelOf() knows the platforms", () => {
  const { value } = optionOf("krust build", "--platform");
  assert.ok(Array.isArray(value) && value.includes("linux/arm/v7") && value.includes("all"));
});

Deno.test("names and words have no character that a shell would take for its syntax", () => {
  for (const { command } of locateCommands(PROGRAM)) {
    const words = [
      command.name,
      ...[command.argument, ...command.options.map(({ value }) => value)].flat(),
      ...command.options.flatMap(({ long, short = "-x" }) => [long, short]),
    ];
    for (const word of words) assert.match(word, /^[A-Za-z0-9/_-]+$/);
  }
});

/** A program whose help has everything that could end a quotation. */
const NASTY: CommandModel = {
  name: "krust",
  help: "",
  argument: "none",
  options: [],
  commands: [{
    name: "build",
    help: 'it\'s [a] `b` $(c) "d" \\ e: f',
    argument: "directory",
    commands: [],
    options: [{ long: "--x", value: "any", help: 'it\'s [a] `b` $(c) "d" \\ e: f' }],
  }],
};

Deno.test("every option and command is in every script", () => {
  for (const shell of SHELLS) {
    const script = completionScript(shell, createProgram());
    for (const { command } of locateCommands(PROGRAM)) {
      assert.ok(script.includes(command.name), `${shell}: ${command.name}`);
      for (const { long } of command.options) {
        const name = shell === "fish" ? `-l ${long.slice(2)}` : long;
        assert.ok(script.includes(name), `${shell}: ${long}`);
      }
    }
  }
});

Deno.test("powershell and fish quote what help says", async () => {
  const { powershellCompletion } = await import("../../../src/cli/completions/powershell.ts");
  const { fishCompletion } = await import("../../../src/cli/completions/fish.ts");
  assert.ok(
    powershellCompletion(NASTY).includes(`'it''s [a] \`b\` $(c) "d" \\ e: f'`),
  );
  assert.ok(fishCompletion(NASTY).includes(`'it\\'s [a] \`b\` $(c) "d" \\\\ e: f'`));
});

Deno.test("zsh quotes what help says", async () => {
  const { zshCompletion } = await import("../../../src/cli/completions/zsh.ts");
  const script = zshCompletion(NASTY);
  assert.ok(script.includes(`'*--x=[it'\\''s [a\\] \`b\` $(c) "d" \\\\ e: f]:value: '`), script);
});

Deno.test("powershell compares what was typed as text, and leaves out the word under the cursor", () => {
  const script = completionScript("powershell", createProgram());
  assert.doesNotMatch(script, /Invoke-Expression(?! *$)/m);
  assert.match(script, /\.StartsWith\(\$wordToComplete\)/);
  assert.match(script, /EndOffset -ge \$cursorPosition/);
});
