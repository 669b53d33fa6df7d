// `deno task ok`: the gate. Runs each check, stops at the first that fails, and ends with the counts of
// the test suite on a line alone. CI runs this and nothing else but the demo.
// deno-lint-ignore-file no-console
import { join } from "node:path";
import { exists, ROOT } from "./source_tree.ts";

/** One check: what `deno` is run with. */
interface Step {
  readonly name: string;
  readonly args: readonly string[];
  /** Shows its output as it comes, not only where it fails. */
  readonly live?: boolean;
}

/** Folders and files with code; one that is not there yet is passed over. */
const CODE = ["main.ts", "src", "tests", "tools", "bench"].filter((path) =>
  exists(join(ROOT, path)) && !isEmpty(join(ROOT, path))
);

function isEmpty(path: string): boolean {
  return Deno.statSync(path).isDirectory && [...Deno.readDirSync(path)].length === 0;
}

/** The public entry points that deno.json names, all of which must be there. */
function entryPoints(): readonly string[] {
  const config: unknown = JSON.parse(Deno.readTextFileSync(join(ROOT, "deno.json")));
  if (typeof config !== "object" || config === null || !("exports" in config)) return [];
  return Object.values(config.exports ?? {}).map(String);
}

/** The checks, the quick ones first. Layering, process and form are among the tests. */
function steps(): readonly Step[] {
  return [
    { name: "format", args: ["fmt", "--check"] },
    { name: "lint", args: ["lint"] },
    { name: "types", args: ["check", "--quiet", "--frozen", ...CODE] },
    { name: "documentation", args: ["doc", "--lint", ...entryPoints()] },
    { name: "publishing", args: ["publish", "--dry-run", "--allow-dirty"] },
    { name: "tests", args: ["run", "-A", "--frozen", "tests/run.ts"], live: true },
  ];
}

async function passes(step: Step): Promise<boolean> {
  const start = performance.now();
  if (step.live === true) console.log(`       ${step.name}`);
  const child = new Deno.Command(Deno.execPath(), {
    args: [...step.args],
    cwd: ROOT,
    stdin: "null",
    stdout: step.live === true ? "inherit" : "piped",
    stderr: step.live === true ? "inherit" : "piped",
  });
  const { success, stdout, stderr } = step.live === true
    ? { ...await child.spawn().status, stdout: new Uint8Array(), stderr: new Uint8Array() }
    : await child.output();
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  if (step.live !== true || !success) {
    console.log(`${success ? "ok     " : "FAILED "}${step.name}, ${seconds} s`);
  }
  if (!success && step.live !== true) {
    Deno.stdout.writeSync(stdout);
    Deno.stdout.writeSync(stderr);
    console.log(`\nnot ok: ${step.name}. By itself: deno ${step.args.join(" ")}`);
  }
  return success;
}

if (import.meta.main) {
  for (const step of steps()) {
    if (!await passes(step)) Deno.exit(1);
  }
}
