// Quiet: warnings, and what a program says that is no progress.
import assert from "node:assert/strict";
import type { ReportEvent } from "../../../src/report/reporter.ts";
import { createSilentRenderer } from "../../../src/report/silent.ts";
import { fakeTerminal } from "./fake_terminal.ts";

function written(events: readonly ReportEvent[]): string {
  const terminal = fakeTerminal();
  const renderer = createSilentRenderer(terminal, { color: false });
  assert.equal(renderer.passThrough, false);
  for (const event of events) renderer.show(event);
  renderer.close();
  return terminal.writes.join("");
}

Deno.test("silent shows warnings and nothing else of krust's own", () => {
  const step = { step: 1, label: "Pushing x" };
  assert.equal(
    written([
      { event: "message", level: "info", text: "Building Rust project" },
      { event: "message", level: "debug", text: "x" },
      { event: "start", ...step },
      { event: "progress", step: 1, done: 1 },
      { event: "finish", ...step, outcome: "failed", done: 1, elapsed: 5_000 },
      { event: "message", level: "warning", text: "readable by others" },
    ]),
    "warning: readable by others\n",
  );
});

const outputs: readonly (readonly [string, boolean])[] = [
  ["   Compiling hello v0.1.0 (/src/hello)", false],
  ["    Finished `release` profile [optimized] target(s) in 0.31s", false],
  [" Downloading crates ...", false],
  ["    Blocking waiting for file lock on build directory", false],
  ["\u001b[1m\u001b[32m   Compiling\u001b[0m hello v0.1.0", false],
  ["error[E0425]: cannot find value `x` in this scope", true],
  ["warning: unused variable: `x`", true],
  ["  --> src/main.rs:2:5", true],
  ["   |", true],
  ["2  |     x", true],
  ["     Note that this is not of cargo's twelve columns", true],
  ["   = note: `#[warn(unused)]` on by default", true],
  ["thread 'main' panicked at build.rs:1:1", true],
  ["", true],
];
for (const [line, shown] of outputs) {
  Deno.test(`silent ${shown ? "shows" : "hides"} the line ${JSON.stringify(line)}`, () => {
    assert.equal(written([{ event: "output", program: "cargo", line }]), shown ? `${line}\n` : "");
  });
}
