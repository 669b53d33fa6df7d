import assert from "node:assert/strict";
import { createProgram } from "../../../src/cli/program.ts";

function helpOf(name: string): string {
  const command = createProgram().commands.find((child) => child.name() === name);
  return command?.helpInformation() ?? assert.fail(`no command ${name}`);
}

/** The CLI reference of the mission, to the letter. */
const MISSION = `krust build [OPTIONS] [DIRECTORY] [-- <CARGO_ARGS>...]

Arguments:
  [DIRECTORY]      Path to the Rust project directory (defaults to current directory)
  [CARGO_ARGS]...  Additional cargo build arguments

Options:
  -i, --image <IMAGE>        Target image reference (overrides KRUST_REPO)
      --platform <PLATFORM>  Target platform [default: linux/amd64]
      --no-push              Skip pushing the image to registry
      --repo <REPO>          Repository prefix (uses KRUST_REPO env var)
  -v, --verbose              Enable verbose logging
  -h, --help                 Print help

`;

Deno.test("the help of build has the mission's CLI reference in it, to the letter", () => {
  const help = helpOf("build");
  assert.ok(help.includes(MISSION), help);
  assert.ok(help.startsWith("Build a container image from a Rust application\n\nUsage: "));
});

Deno.test("the help of krust says what it is and lists its commands", () => {
  const help = createProgram().helpInformation();
  assert.ok(help.startsWith("A container image build tool for Rust applications\n"));
  assert.match(help, /^ {2}build +Build a container image from a Rust application$/m);
});

Deno.test("help keeps to 100 columns, without blanks at the end of lines", () => {
  for (const help of [createProgram().helpInformation(), helpOf("build"), helpOf("completions")]) {
    for (const line of help.split("\n")) {
      assert.ok(line.length <= 100, line);
      assert.equal(line, line.trimEnd());
    }
    assert.match(help, /[^\n]\n$/);
  }
});
