import assert from "node:assert/strict";
import { Command } from "commander";
import { KrustError } from "../../../src/core/error.ts";
import { SETTING_NAMES, SETTINGS } from "../../../src/config/settings.ts";
import { type BuildArguments, declareBuildOptions } from "../../../src/cli/build_options.ts";
import { main } from "../../../src/cli/main.ts";
import { cutAtDashes, parseArguments } from "../../../src/cli/parse.ts";
import { createProgram, VERSION } from "../../../src/cli/program.ts";
import { fakeHost } from "../../support/fake_host.ts";

/** What `build` is given by some arguments; the program's own action only loads the command. */
async function givenBy(args: readonly string[]): Promise<BuildArguments> {
  const { own, rest } = cutAtDashes(args);
  let given: BuildArguments | undefined;
  const program = new Command("krust").exitOverride().option("-v, --verbose");
  declareBuildOptions(program.command("build"), rest, (chosen) => given = chosen);
  await program.parseAsync(own, { from: "user" });
  return given ?? assert.fail("nothing was chosen");
}

const GIVEN: readonly (readonly [args: string, expected: Partial<BuildArguments>])[] = [
  ["build", { directory: ".", cargoArgs: [], flags: {} }],
  ["build path", { directory: "path" }],
  ["build -- --features x path", { directory: ".", cargoArgs: ["--features", "x", "path"] }],
  ["build path -- -- x", { directory: "path", cargoArgs: ["--", "x"] }],
  ["build --no-push path", { directory: "path", flags: { noPush: true } }],
  ["build -i a -v", { flags: { image: "a", verbose: true } }],
  ["-v build", { flags: { verbose: true } }],
  ["--verbose build --image=a", { flags: { image: "a", verbose: true } }],
  ["build -t a -t b,c --tag=d", { flags: { tag: ["a", "b,c", "d"] } }],
  ["build --label a=b --label c=", { flags: { label: ["a=b", "c="] } }],
  ["build --platform all", { flags: { platform: ["all"] } }],
];

for (const [args, expected] of GIVEN) {
  Deno.test(`"krust ${args}" gives ${JSON.stringify(expected)}`, async () => {
    const given = await givenBy(args.split(" "));
    assert.deepEqual({ ...given, ...expected }, given);
    if (expected.flags !== undefined) assert.deepEqual(given.flags, expected.flags);
  });
}

Deno.test("as cargo's subcommand krust is called as one calls it", async () => {
  const help = async (...args: readonly string[]): Promise<string> => {
    const host = fakeHost({ cwd: "/" });
    assert.equal(await main(args, host), 0);
    return host.stdoutText();
  };
  assert.match(await help("krust", "build", "--help"), /^Usage: cargo krust build \[OPTIONS\]/m);
  assert.match(await help("krust", "--help"), /^Usage: cargo krust \[OPTIONS\] <COMMAND>$/m);
  assert.match(await help("build", "--help"), /^Usage: krust build \[OPTIONS\]/m);
  assert.equal(await help("krust", "version"), await help("version"));
});

for (
  const [args, help] of [
    [["cache", "prune", "--older-than", "soon"], "krust cache prune --help"],
    [["build", "--jobs", "0"], "krust build --help"],
    [["krust", "config", "show", "--jobs", "0"], "cargo krust config show --help"],
  ] as const
) {
  Deno.test(`what is wrong with "${args.join(" ")}" leads to its command's own help`, async () => {
    const host = fakeHost({ cwd: "/" });
    assert.equal(await main(args, host), 2);
    assert.ok(host.stderrText().endsWith(`help:  for the options: ${help}\n`), host.stderrText());
  });
}

Deno.test("every setting has its option, and no option is without a setting", () => {
  const build = createProgram().commands.find((command) => command.name() === "build");
  const options = build?.options.map(({ long }) => long).sort();
  assert.deepEqual(options, SETTING_NAMES.map((name) => `--${SETTINGS[name].key}`).sort());
});

const REFUSED: readonly (readonly [args: string, message: RegExp, help: RegExp])[] = [
  ["", /^krust needs a command: build, /, /krust --help/],
  ["config", /^krust config needs a command: show$/, /krust config --help/],
  ["biuld", /^unknown command 'biuld'$/, /did you mean build\?/],
  ["help nothing", /^no command "nothing" among build, /, /krust --help/],
  ["build --platfrom x", /^unknown option '--platfrom'$/, /did you mean --platform\?/],
  ["build --nonsense", /^unknown option '--nonsense'$/, /krust build --help/],
  ["build --pasword=canary", /^unknown option '--pasword'$/, /krust build --help/],
  ["build --tag", /argument missing/, /krust build --help/],
  ["build a b", /too many arguments/, /krust build --help/],
  ["build --image a --image canary", /^--image is given twice$/, /once/],
  ["build -p a --package a", /^--package is given twice$/, /once/],
  ["completions tcsh", /tcsh.*bash, zsh, fish, powershell/, /krust completions --help/],
  ["completions", /missing required argument/, /krust completions --help/],
];

for (const [args, message, help] of REFUSED) {
  Deno.test(`"krust ${args}" is refused with a way on`, async () => {
    await assert.rejects(parseArguments(args === "" ? [] : args.split(" ")), (error) => {
      assert.ok(error instanceof KrustError);
      assert.equal(error.code, "usage");
      assert.match(error.message, message);
      assert.match(error.help.join("\n"), help);
      assert.doesNotMatch([error.message, ...error.help].join(), /canary/);
      return true;
    });
  });
}

const SHOWN: readonly (readonly [args: string, begins: string])[] = [
  ["--help", "A container image build tool for Rust applications\n"],
  ["-h", "A container image build tool for Rust applications\n"],
  ["help", "A container image build tool for Rust applications\n"],
  ["build --help", "Build a container image from a Rust application\n"],
  ["help build", "Build a container image from a Rust application\n"],
  ["krust build --help", "Build a container image from a Rust application\n"],
  ["--version", `krust ${VERSION}\n`],
  ["-V", `krust ${VERSION}\n`],
  ["version", `krust ${VERSION}\n`],
  ["completions bash", "# bash completion for krust"],
];

for (const [args, begins] of SHOWN) {
  Deno.test(`"krust ${args}" writes to stdout alone`, async () => {
    const host = fakeHost({ cwd: "/" });
    assert.equal(await main(args.split(" "), host), 0);
    assert.ok(host.stdoutText().startsWith(begins), host.stdoutText());
    assert.equal(host.stderrText(), "");
  });
}

Deno.test("help that nobody can read is exit 7, and is not repeated on stderr", async () => {
  const host = fakeHost({ cwd: "/", stdoutError: new Error("Broken pipe") });
  assert.equal(await main(["--help"], host), 7);
  assert.match(host.stderrText(), /^error\[output-failed\]: .*\n {2}cause: Broken pipe\n$/);
});

Deno.test("cutAtDashes() cuts at the first -- alone", () => {
  assert.deepEqual(cutAtDashes(["a", "--", "b", "--"]), { own: ["a"], rest: ["b", "--"] });
  assert.deepEqual(cutAtDashes(["a", "---"]), { own: ["a", "---"], rest: [] });
});
