// `deno task test [PATH...]`: runs every test that can run here, names those that cannot, and ends with
// the counts on a line alone. Exits 1 where a test failed, a file registered none, or none ran.
// deno-lint-ignore-file no-console
import { resolve } from "node:path";
import { filesBelow, ROOT } from "../tools/source_tree.ts";
import { readJunit, type TestOutcome } from "./support/junit.ts";
import { NOT_REQUIRED, skipsFail } from "./support/require.ts";

/** Tests that drive real programs, and look at their processes: one file at a time, each line shown as it comes. */
const REAL = ["tests/e2e/", "tests/faults/processes/"];

interface Run {
  readonly outcomes: readonly TestOutcome[];
  /** What went wrong beside tests that failed. */
  readonly troubles: readonly string[];
}

/** The test files below the paths named, from the project's root; everything below `tests` otherwise. */
function testFiles(paths: readonly string[]): readonly string[] {
  const wanted = paths.length === 0 ? ["tests"] : paths;
  const found = wanted.flatMap((path) =>
    path.endsWith(".ts") ? [path] : filesBelow(path, (name) => name.endsWith("_test.ts"))
  );
  return [...new Set(found)];
}

/** Runs some files with `deno test`; types are the business of `deno task check`. */
async function runFiles(files: readonly string[], live: boolean): Promise<Run> {
  const report = await Deno.makeTempFile({ suffix: ".xml" });
  try {
    // Real programs, their processes and devices take everything; the others get no network but this
    // machine's, and no libraries (deno.json, "permissions").
    const may = live ? ["-A"] : ["-P=tests", "--no-prompt"];
    const args = ["test", ...may, "--no-check", "--frozen", `--junit-path=${report}`];
    const { code, output } = await deno([...args, ...(live ? [] : ["--parallel"]), ...files], live);
    const outcomes = readJunit(await Deno.readTextFile(report));
    const failed = outcomes.some(({ outcome }) => outcome === "failed");
    const registering = filesWithTests(output);
    const silent = files.filter((file) => !registering.has(resolve(ROOT, file)))
      .map((file) => `${file} did not register a test`);
    const unexplained = code !== 0 && !failed && silent.length === 0
      ? [`deno test ended with ${code} though no test failed`]
      : [];
    if (code !== 0 && !live) console.log(errorsOf(output));
    return { outcomes, troubles: [...silent, ...unexplained] };
  } finally {
    await Deno.remove(report);
  }
}

async function deno(
  args: readonly string[],
  live: boolean,
): Promise<{ readonly code: number; readonly output: string }> {
  const child = new Deno.Command(Deno.execPath(), {
    args: [...args],
    cwd: ROOT,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const [stdout, stderr, status] = await Promise.all([
    gather(child.stdout, live ? Deno.stdout : undefined),
    gather(child.stderr, live ? Deno.stderr : undefined),
    child.status,
  ]);
  return { code: status.code, output: `${stdout}${stderr}` };
}

async function gather(
  stream: ReadableStream<Uint8Array>,
  shown: typeof Deno.stdout | typeof Deno.stderr | undefined,
): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of stream) {
    for (let at = 0; shown !== undefined && at < chunk.length;) {
      at += shown.writeSync(chunk.subarray(at));
    }
    text += decoder.decode(chunk, { stream: true });
  }
  return text;
}

/**
 * The files, absolute, that deno found tests in. Its report cannot tell: it puts a test down to the
 * file with the call of `Deno.test`, which may be a helper's.
 */
function filesWithTests(output: string): ReadonlySet<string> {
  // deno-lint-ignore no-control-regex
  const plain = output.replace(/\u001b\[[0-9;]*m/g, "");
  // The second form is that of `--parallel`.
  const running = plain.matchAll(
    /^(?:running [1-9]\d* tests? from (?=.)|(?=\S+_test\.ts => ))(\S+)/gm,
  );
  return new Set([...running].map(([, file = ""]) => resolve(ROOT, file)));
}

/** The part of deno's output that says what failed; all of it where there is no such part. */
function errorsOf(output: string): string {
  const at = output.search(/^.* ERRORS .*$/m);
  return at < 0 ? output : output.slice(at);
}

async function main(paths: readonly string[]): Promise<number> {
  const files = testFiles(paths);
  const groups = [
    { name: "unit, contract, integration, scripts, faults", live: false },
    { name: "end-to-end, processes", live: true },
  ].map((group) => ({
    ...group,
    files: files.filter((file) => REAL.some((folder) => file.startsWith(folder)) === group.live),
  }));
  const runs: Run[] = [];
  for (const { name, live, files } of groups) {
    if (files.length === 0) continue;
    const start = performance.now();
    const run = await runFiles(files, live);
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    console.log(`${name}: ${run.outcomes.length} tests of ${files.length} files in ${seconds} s`);
    runs.push(run);
  }
  return conclude(runs);
}

/** Prints what was skipped and went wrong, then the counts; gives the exit status. */
function conclude(runs: readonly Run[]): number {
  const outcomes = runs.flatMap((run) => run.outcomes);
  const troubles = runs.flatMap((run) => run.troubles);
  const named = (wanted: TestOutcome["outcome"]): readonly TestOutcome[] =>
    outcomes.filter(({ outcome }) => outcome === wanted);
  const [passed, failed, skipped] = [named("passed"), named("failed"), named("skipped")];
  if (passed.length + failed.length === 0) troubles.push("no test ran");
  for (const { name } of skipped) {
    const [, test, reason] = /^(.*) \[skipped: (.+)\]$/s.exec(name) ?? [];
    if (reason === undefined) troubles.push(`"${name}" is skipped without a reason`);
    else console.log(`skipped: ${test}: ${reason}`);
  }
  const amiss = skipsFail() ? skipped.filter(({ name }) => !name.endsWith(`${NOT_REQUIRED}]`)) : [];
  if (amiss.length > 0) console.log("with KRUST_E2E=1 a skipped test is a failure");
  for (const { name } of failed) console.log(`failed: ${name}`);
  for (const trouble of troubles) console.log(`failed: ${trouble}`);
  const failures = failed.length + troubles.length + amiss.length;
  const left = skipped.length - amiss.length;
  const tail = left > 0 ? `, ${left} skipped` : "";
  console.log(`${passed.length} passed, ${failures} failed${tail}`);
  return failures === 0 ? 0 : 1;
}

if (import.meta.main) Deno.exit(await main(Deno.args));
