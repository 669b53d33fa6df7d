// The completion scripts in the shells they are for. TAB must offer what fits, and run nothing of what
// was typed: each shell is also given a word that would leave a file if it were evaluated.
import assert from "node:assert/strict";
import { join } from "node:path";
import { completionScript } from "../../src/cli/completions.ts";
import type { Shell } from "../../src/cli/completions/model.ts";
import { createProgram } from "../../src/cli/program.ts";
import { run } from "../support/program.ts";
import { firstLacking, lackingProgram, requiring } from "../support/require.ts";
import { withTemporaryFolder } from "../support/temporary_folder.ts";

/** A word that leaves a file named `executed` wherever it is evaluated. */
const TRAPS = ["$(touch executed)", "`touch executed`", "$(touch executed)/"] as const;

const SHELL: Readonly<Record<Shell, readonly string[]>> = {
  // Sets what bash sets when TAB is pressed after the last of the words, and calls what it would call.
  bash: [
    "bash",
    "--norc",
    "-c",
    'source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _krust; ' +
    'printf "%s\\n" "${COMPREPLY[@]}"',
    "bash",
  ],
  fish: [
    "fish",
    "--no-config",
    "-c",
    "source $argv[1]; complete -C (string join ' ' -- $argv[2..])",
  ],
  zsh: [],
  powershell: [],
};

/** What a shell offers after some words, in a folder with the script, two folders and a file. */
async function offered(shell: Shell, words: readonly string[]): Promise<readonly string[]> {
  return await withTemporaryFolder(async (folder) => {
    await Deno.mkdir(join(folder, "dir one"));
    await Deno.mkdir(join(folder, "dir2"));
    await Deno.writeTextFile(join(folder, "direct"), "");
    const script = join(folder, ".script");
    await Deno.writeTextFile(script, completionScript(shell, createProgram()));
    const [program = "", ...args] = SHELL[shell];
    const env = { HOME: folder };
    const text = await run(program, [...args, script, ...words], { cwd: folder, env });
    const left = [...Deno.readDirSync(folder)].map(({ name }) => name);
    assert.ok(!left.includes("executed"), `${words.join(" ")} was executed`);
    return text.split("\n").map((line) => line.split("\t")[0] ?? "").filter((line) => line !== "")
      .sort();
  });
}

const OFFERS: readonly (readonly [line: string, expected: readonly string[]])[] = [
  ["krust bu", ["build"]],
  [
    "krust ",
    [
      ...["apply", "auth", "build", "cache", "completions", "config", "create", "delete"],
      ...["doctor", "index", "login", "logout", "pack", "registry", "resolve", "run", "version"],
    ],
  ],
  ["krust build --lib", ["--libc"]],
  ["krust build --libc ", ["auto", "gnu", "gnu-dynamic", "musl"]],
  ["krust build -v --platform linux/arm", ["linux/arm/v6", "linux/arm/v7", "linux/arm64"]],
  ["krust config ", ["show"]],
  ["krust config show --offl", ["--offline"]],
  ["krust completions f", ["fish"]],
  ["krust build --base b", ["builtin"]],
];

for (const shell of ["bash", "fish"] as const) {
  for (const [line, expected] of OFFERS) {
    await requiring(lackingProgram(shell), `${shell} completes "${line}"`, async () => {
      assert.deepEqual(await offered(shell, line.split(" ")), expected);
    });
  }
  for (const words of [["krust", "build", "d"], ["krust", "build", "--oci-layout", "d"]]) {
    await requiring(
      lackingProgram(shell),
      `${shell} offers folders, blanks and all, after "${words.join(" ")}"`,
      async () => {
        const found = await offered(shell, words);
        assert.deepEqual(found.map((name) => name.replace(/\/$/, "")), ["dir one", "dir2"]);
      },
    );
  }
  for (const trap of TRAPS) {
    for (const words of [["krust", "build", trap], ["krust", "build", "--libc", trap]]) {
      await requiring(
        lackingProgram(shell),
        `${shell} does not run "${words.join(" ")}"`,
        async () => {
          assert.deepEqual(await offered(shell, words), []);
        },
      );
    }
  }
}

await requiring(lackingProgram("bash"), "bash completes values after an equals sign", async () => {
  assert.deepEqual(await offered("bash", ["krust", "build", "--libc", "=", "gn"]), [
    "gnu",
    "gnu-dynamic",
  ]);
  assert.deepEqual(await offered("bash", ["krust", "build", "--libc", "="]), [
    "auto",
    "gnu",
    "gnu-dynamic",
    "musl",
  ]);
});

await requiring(lackingProgram("bash"), "bash offers nothing of krust's after --", async () => {
  assert.deepEqual(await offered("bash", ["krust", "build", "--", "--li"]), []);
});

/**
 * zsh with a terminal of its own: types lines and presses TAB, then Enter, on a `krust` that prints its
 * arguments. TAB only completes here; by default zsh itself expands what it is pressed after.
 */
const ZSH_SESSION = `
zmodload zsh/zpty
zpty shell zsh -f -i
zpty -w shell "PS1=; autoload -U compinit; compinit -u -D; source $1; bindkey '^I' complete-word"
zpty -w shell 'krust() { print -rn -- "GOT"; print -rl -- "=$*=" }; krust ready'
zpty -r shell text '*GOT=ready=*'
for line in "\${@[2,-1]}"; do
  zpty -wn shell "$line"$'\\t\\n'
  zpty -r shell text '*GOT=*=*'
  print -r -- "\${\${text##*GOT=}%%=[^=]#}"
done
`;

const ZSH_LINES: readonly (readonly [typed: string, completed: string])[] = [
  ["krust bu", "build"],
  ["krust build --lib", "build --libc"],
  ["krust build --libc g", "build --libc gnu"],
  ["krust build -v --no-pu", "build -v --no-push"],
  ["krust build --platform linux/s", "build --platform linux/s390x"],
  ["krust build dir", "build dir2"],
  ["krust config sh", "config show"],
  ["krust config show --offl", "config show --offline"],
  ["krust completions fi", "completions fish"],
];

await requiring(
  firstLacking(lackingProgram("zsh"), lackingProgram("timeout")),
  "zsh completes what is typed",
  async () => {
    await withTemporaryFolder(async (folder) => {
      await Deno.mkdir(join(folder, "dir2"));
      const script = join(folder, "_krust");
      await Deno.writeTextFile(script, completionScript("zsh", createProgram()));
      await run("zsh", ["-n", script]);
      const lines = ZSH_LINES.map(([typed]) => typed);
      const args = ["60", "zsh", "-f", "-c", ZSH_SESSION, "zsh", script, ...lines];
      const env = { HOME: folder, TERM: "dumb" };
      const text = await run("timeout", args, { cwd: folder, env });
      const completed = text.trimEnd().split("\n").map((line) => line.replace(/=?\s*$/, ""));
      assert.deepEqual(completed, ZSH_LINES.map(([, line]) => line));
    });
  },
);

await requiring(
  firstLacking(lackingProgram("zsh"), lackingProgram("timeout")),
  "zsh does not run what is typed when it completes",
  async () => {
    await withTemporaryFolder(async (folder) => {
      const script = join(folder, "_krust");
      await Deno.writeTextFile(script, completionScript("zsh", createProgram()));
      // The lines are never entered: a file could only come of TAB.
      const session = ZSH_SESSION.replace("\\t\\n", "\\t\\x15krust over\\n");
      const lines = TRAPS.map((trap) => `krust build ${trap}`);
      const args = ["60", "zsh", "-f", "-c", session, "zsh", script, ...lines];
      const env = { HOME: folder, TERM: "dumb" };
      const text = await run("timeout", args, { cwd: folder, env });
      assert.equal(text.match(/over/g)?.length, lines.length, text);
      const left = [...Deno.readDirSync(folder)].map(({ name }) => name);
      assert.ok(!left.includes("executed"), text);
    });
  },
);
