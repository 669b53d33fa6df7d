// The drawer: what stands on the screen, how often it draws, and that it leaves nothing behind.
import assert from "node:assert/strict";
import type { Renderer, ReportEvent } from "../../../src/report/reporter.ts";
import { createTtyRenderer } from "../../../src/report/tty.ts";
import { type FakeTerminal, fakeTerminal } from "./fake_terminal.ts";

interface Drawn {
  readonly terminal: FakeTerminal;
  readonly renderer: Renderer;
  /** Lets time pass; the timer ticks if it runs. */
  pass(milliseconds: number): void;
  /** How many timers run. */
  timers(): number;
}

function drawn(options: { readonly color?: boolean; readonly verbose?: boolean } = {}): Drawn {
  const terminal = fakeTerminal();
  let now = 0;
  const timers = new Map<() => void, { readonly every: number; readonly since: number }>();
  const renderer = createTtyRenderer(terminal, {
    now: () => now,
    color: options.color ?? false,
    verbose: options.verbose ?? false,
    passThrough: true,
    every(milliseconds, tick) {
      timers.set(tick, { every: milliseconds, since: now });
      return () => void timers.delete(tick);
    },
  });
  return {
    terminal,
    renderer,
    timers: () => timers.size,
    pass(milliseconds): void {
      for (let passed = 1; passed <= milliseconds; passed++) {
        now++;
        for (const [tick, { every, since }] of [...timers]) {
          if ((now - since) % every === 0) tick();
        }
      }
    },
  };
}

const start = (step: number, label = `Pushing ${step}`): ReportEvent => ({
  event: "start",
  step,
  label,
});
const progress = (step: number, done: number, total = 100): ReportEvent => ({
  event: "progress",
  step,
  done,
  total,
});
const finish = (step: number, outcome: "done" | "cached" | "failed" = "done"): ReportEvent => ({
  event: "finish",
  step,
  label: `Pushing ${step}`,
  outcome,
  done: 100,
  elapsed: 50,
});
const info = (text: string): ReportEvent => ({ event: "message", level: "info", text });

Deno.test("tty draws a row while a step has bytes, and leaves one line of it", () => {
  const { terminal, renderer, timers } = drawn();
  renderer.show(start(1));
  assert.deepEqual(terminal.screen(), [""]);
  renderer.show(progress(1, 50));
  assert.deepEqual(terminal.screen(), [
    "     Pushing 1 [============>           ] 50 of 100 B",
    "",
  ]);
  renderer.show(finish(1));
  assert.deepEqual(terminal.screen(), ["      Pushed 1: 100 B", ""]);
  assert.equal(timers(), 0);
});

Deno.test("tty leaves the terminal alone while no step has bytes", () => {
  const { terminal, renderer, pass, timers } = drawn();
  renderer.show(start(1));
  pass(1_000);
  assert.deepEqual([terminal.writes, timers()], [[], 0]);
  assert.equal(renderer.passThrough, true);
});

Deno.test("tty redraws ten times a second at most, however much happens", () => {
  const { terminal, renderer, pass } = drawn();
  renderer.show(start(1));
  for (let done = 0; done <= 1_000; done++) {
    renderer.show(progress(1, done, 1_000));
    pass(1);
  }
  assert.ok(terminal.writes.length <= 11, `${terminal.writes.length} writes in a second`);
  assert.ok(terminal.writes.length >= 9);
});

Deno.test("tty goes on drawing while nothing is told, so that spinners turn", () => {
  const { terminal, renderer, pass } = drawn();
  renderer.show(start(1));
  renderer.show({ event: "progress", step: 1, done: 5 });
  const first = terminal.screen();
  pass(100);
  assert.notDeepEqual(terminal.screen(), first);
});

Deno.test("tty prints lines that stay above the rows", () => {
  const { terminal, renderer, pass } = drawn();
  for (const step of [1, 2]) {
    renderer.show(start(step));
    renderer.show(progress(step, 50));
  }
  pass(100);
  renderer.show(info("Building Rust project"));
  renderer.show({ event: "output", program: "cargo", line: "   Compiling x" });
  renderer.show({ event: "message", level: "warning", text: "slow" });
  pass(100);
  renderer.show(finish(1));
  pass(100);
  assert.deepEqual(terminal.screen(), [
    "Building Rust project",
    "   Compiling x",
    "warning: slow",
    "      Pushed 1: 100 B",
    "     Pushing 2 [============>           ] 50 of 100 B",
    "",
  ]);
  renderer.show(finish(2, "cached"));
  assert.deepEqual(terminal.screen().slice(3), [
    "      Pushed 1: 100 B",
    "      Pushed 2: already there",
    "",
  ]);
});

Deno.test("tty erases the row of a step that failed, and says no more of it", () => {
  const { terminal, renderer, timers } = drawn();
  renderer.show(start(1));
  renderer.show(progress(1, 50));
  renderer.show(finish(1, "failed"));
  assert.deepEqual([terminal.screen(), timers()], [[""], 0]);
});

Deno.test("tty close() erases what is drawn and stops the timer; lines can still be printed", () => {
  const { terminal, renderer, pass, timers } = drawn();
  renderer.show(start(1));
  renderer.show(progress(1, 50));
  renderer.close();
  assert.deepEqual([terminal.screen(), timers()], [[""], 0]);
  renderer.show(progress(1, 60));
  pass(500);
  renderer.show(info("the end"));
  renderer.close();
  assert.deepEqual([terminal.screen(), timers()], [["the end", ""], 0]);
});

Deno.test("tty erases nothing of a line that a program has not ended", () => {
  const { terminal, renderer } = drawn();
  terminal.write("downloading 5");
  renderer.show(info("said"));
  assert.deepEqual(terminal.screen(), ["downloading 5said", ""]);
});

Deno.test("tty clears what is right of the cursor, where cargo leaves its bar", () => {
  const { terminal, renderer } = drawn();
  terminal.write("    Building [====>    ] 3/10: libc\r");
  renderer.show(info("said"));
  assert.deepEqual(terminal.screen(), ["said", ""]);
});

Deno.test("tty says with -v what it keeps to itself otherwise", () => {
  const { terminal, renderer } = drawn({ verbose: true });
  renderer.show(start(1));
  renderer.show({ event: "message", level: "debug", text: "GET /v2/" });
  assert.deepEqual(terminal.screen(), ["DEBUG Pushing 1", "DEBUG GET /v2/", ""]);
});

Deno.test("tty colours rows and lines where it is to, and only then", () => {
  for (const color of [true, false]) {
    const { terminal, renderer } = drawn({ color });
    renderer.show(start(1));
    renderer.show(progress(1, 50));
    renderer.show(finish(1));
    // deno-lint-ignore no-control-regex
    assert.equal(/\u001b\[[0-9;]*m/.test(terminal.writes.join("")), color);
  }
});

Deno.test("tty goes on where the terminal is gone", () => {
  const { terminal, renderer, pass, timers } = drawn();
  renderer.show(start(1));
  renderer.show(progress(1, 50));
  terminal.fail(new Deno.errors.BrokenPipe("gone"));
  pass(300);
  renderer.show(finish(1));
  renderer.close();
  assert.equal(timers(), 0);
});

Deno.test("tty ignores progress of steps that it does not know", () => {
  const { terminal, renderer } = drawn();
  renderer.show(progress(7, 50));
  assert.deepEqual(terminal.screen(), [""]);
});

Deno.test("tty's own timer draws, and is gone once nothing goes on", async () => {
  const terminal = fakeTerminal();
  const drew = Promise.withResolvers<void>();
  const watched = {
    ...terminal,
    write(text: string): void {
      terminal.write(text);
      if (terminal.writes.length === 2) drew.resolve();
    },
  };
  const options = { now: () => performance.now(), color: false, verbose: false, passThrough: true };
  const renderer = createTtyRenderer(watched, options);
  renderer.show(start(1));
  renderer.show(progress(1, 50));
  // Drawing alone does not keep the process, so something else has to.
  const alive = setTimeout(() => drew.reject(new Error("nothing was drawn")), 10_000);
  await drew.promise;
  clearTimeout(alive);
  // The sanitizers of Deno's tests fail this one if the timer outlives it.
  renderer.close();
});
