// Only `main.ts` and the real Host (`src/core/{host,run}.ts`) touch the process: the lint rule sees every way to, and the
// code base keeps to it.
import assert from "node:assert/strict";
import plugin from "../../../tools/lint_plugin.ts";
import { ROOT, sources } from "../../../tools/source_tree.ts";

/** What the rule says of a source text, `message` only. */
function findings(path: string, text: string): readonly string[] {
  return Deno.lint.runPlugin(plugin, path, text)
    .filter(({ id }) => id === "krust/process-through-host")
    .map(({ message }) => message);
}

const TOUCHING: readonly (readonly [source: string, what: string])[] = [
  ['Deno.env.get("HOME");', "Deno.env"],
  ["use(Deno.args);", "Deno.args"],
  ["Deno.exit(1);", "Deno.exit"],
  ["Deno.exitCode = 1;", "Deno.exitCode"],
  ["use(Deno.cwd());", "Deno.cwd"],
  ['Deno.chdir("/");', "Deno.chdir"],
  ['new Deno.Command("cargo");', "Deno.Command"],
  ["use(Deno.stdin.readable);", "Deno.stdin"],
  ["Deno.stdout.writeSync(bytes);", "Deno.stdout"],
  ["Deno.stderr.writeSync(bytes);", "Deno.stderr"],
  ['Deno.addSignalListener("SIGINT", end);', "Deno.addSignalListener"],
  ["Deno.kill(pid);", "Deno.kill"],
  ['Deno["env"];', "Deno.env"],
  ["globalThis.Deno.exit(1);", "Deno.exit"],
  ["const { env } = Deno;", "Deno.env"],
  ["const { cwd: where } = globalThis.Deno;", "Deno.cwd"],
  ['console.log("x");', "console.log"],
  ['globalThis.console.error("x");', "console.error"],
  ["use(Date.now());", "Date.now"],
  ["use(new Date());", "new Date()"],
  ["use(Date());", "Date()"],
  ["use(Math.random());", "Math.random"],
  ['import { spawn } from "node:child_process";', "node:child_process"],
  ['import process from "node:process";', "node:process"],
];

for (const [source, what] of TOUCHING) {
  Deno.test(`process-through-host reports ${source}`, () => {
    const text = `// A file.\n${source}\n`;
    assert.deepEqual(findings("src/cargo/a.ts", text), [`${what} is the process's own`]);
    assert.equal(findings("src/cli/a.ts", text).length, 1, "cli");
    assert.equal(findings(`${ROOT}src/cli/a.ts`, text).length, 1, "absolute path");
  });
}

const HARMLESS: readonly string[] = [
  "new Date(0);",
  "new Date(seconds * 1000);",
  "Date.parse(text);",
  "setTimeout(stop, 5);",
  "AbortSignal.timeout(5);",
  "performance.now();",
  "Math.max(1, 2);",
  "Deno.build.os;",
  "await Deno.open(path);",
  "host.env(name);",
  "host.stdout.write(text);",
  "const { env } = host;",
  "// Deno.exit(1) in a comment",
  '"Deno.exit(1)";',
];

for (const source of HARMLESS) {
  Deno.test(`process-through-host takes ${source}`, () => {
    assert.deepEqual(findings("src/cargo/a.ts", `// A file.\n${source}\n`), []);
  });
}

Deno.test("process-through-host leaves the doors, tools and tests alone", () => {
  for (const path of ["main.ts", "src/core/host.ts", "tests/run.ts", "tools/ok.ts", "bench/a.ts"]) {
    assert.deepEqual(findings(path, "// A file.\nDeno.exit(1);\n"), [], path);
  }
});

Deno.test("the code base reaches the process through its Host alone", () => {
  const files = sources("src", "main.ts");
  assert.ok(files.length > 20);
  const found = files.flatMap(({ path, text }) =>
    findings(path, text).map((message) => `${path}: ${message}`)
  );
  assert.deepEqual(found, []);
});
