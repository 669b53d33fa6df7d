// The reporter: what calls become which events.
import assert from "node:assert/strict";
import { createReporter } from "../../../src/report/report.ts";
import {
  type Reporter,
  type ReportEvent,
  SILENT,
  type Step,
} from "../../../src/report/reporter.ts";

interface Recorded {
  readonly events: ReportEvent[];
  readonly report: Reporter;
  /** Moves the clock on by milliseconds. */
  wait(milliseconds: number): void;
}

function recorded(
  options: { readonly verbose?: boolean; readonly passThrough?: boolean } = {},
): Recorded {
  const events: ReportEvent[] = [];
  let time = 1_000;
  const renderer = {
    passThrough: options.passThrough ?? false,
    show: (event: ReportEvent): void => void events.push(event),
    close(): void {},
  };
  return {
    events,
    report: createReporter(renderer, { now: () => time, verbose: options.verbose ?? false }),
    wait: (milliseconds) => void (time += milliseconds),
  };
}

Deno.test("step() tells of its start, its bytes and its end, and gives what the work gives", async () => {
  const { report, events, wait } = recorded();
  const result = await report.step("Pushing x", async (step) => {
    step.total(10);
    step.advance(4);
    wait(250);
    step.advance(6);
    return "pushed";
  });
  assert.equal(result, "pushed");
  assert.deepEqual(events, [
    { event: "start", step: 1, label: "Pushing x" },
    { event: "progress", step: 1, done: 0, total: 10 },
    { event: "progress", step: 1, done: 4, total: 10 },
    { event: "progress", step: 1, done: 10, total: 10 },
    { event: "finish", step: 1, label: "Pushing x", outcome: "done", done: 10, elapsed: 250 },
  ]);
});

Deno.test("step() numbers steps in the order in which they start, those inside others too", async () => {
  const { report, events } = recorded();
  await report.step("a", () => report.step("b", async () => {}));
  await report.step("c", async () => {});
  assert.deepEqual(
    events.map((event) => "step" in event && `${event.event} ${event.step}`),
    ["start 1", "start 2", "finish 2", "finish 1", "start 3", "finish 3"],
  );
});

Deno.test("step() takes back bytes that are sent again, but never below none", async () => {
  const { report, events } = recorded();
  await report.step("a", async (step) => {
    step.advance(5);
    step.advance(-3);
    step.advance(-9);
  });
  const done = events.flatMap((event) => event.event === "progress" ? [event.done] : []);
  assert.deepEqual(done, [5, 2, 0]);
});

Deno.test("step() ends as cached where the work says so", async () => {
  const { report, events } = recorded();
  await report.step("a", async (step) => step.cached());
  assert.deepEqual(events.at(-1), {
    event: "finish",
    step: 1,
    label: "a",
    outcome: "cached",
    done: 0,
    elapsed: 0,
  });
});

Deno.test("step() ends as failed where the work throws, cached or not, and throws the same", async () => {
  const failure = new Error("no");
  const works: readonly ((step: Step) => Promise<void>)[] = [
    () => Promise.reject(failure),
    () => {
      throw failure;
    },
    async (step) => {
      step.cached();
      throw failure;
    },
  ];
  for (const work of works) {
    const { report, events } = recorded();
    await assert.rejects(report.step("a", work), (error) => error === failure);
    const last = events.at(-1);
    assert.ok(last?.event === "finish");
    assert.equal(last.outcome, "failed");
  }
});

Deno.test("step() says nothing more once it is over", async () => {
  const { report, events } = recorded();
  const late = await report.step("a", async (step) => step);
  const count = events.length;
  late.advance(5);
  late.total(5);
  late.cached();
  assert.equal(events.length, count);
});

Deno.test("step() never took less than no time, whatever the clock does", async () => {
  const { report, events, wait } = recorded();
  await report.step("a", async () => wait(-500));
  const last = events.at(-1);
  assert.ok(last?.event === "finish");
  assert.equal(last.elapsed, 0);
});

Deno.test("warn() gives the same warning once", () => {
  const { report, events } = recorded();
  for (const text of ["a", "b", "a", "a"]) report.warn(text);
  assert.deepEqual(events, [
    { event: "message", level: "warning", text: "a" },
    { event: "message", level: "warning", text: "b" },
  ]);
});

Deno.test("info() and output() are passed on as often as they come", () => {
  const { report, events } = recorded();
  for (let times = 0; times < 2; times++) {
    report.info("a");
    report.output("cargo", "b");
  }
  assert.deepEqual(events.map(({ event }) => event), ["message", "output", "message", "output"]);
});

Deno.test("debug() is passed on only where it is asked for", () => {
  for (const verbose of [true, false]) {
    const { report, events } = recorded({ verbose });
    report.debug("a");
    assert.equal(events.length, verbose ? 1 : 0);
  }
});

Deno.test("passThrough is what the renderer says", () => {
  for (const passThrough of [true, false]) {
    assert.equal(recorded({ passThrough }).report.passThrough, passThrough);
  }
});

Deno.test("SILENT runs work and says nothing", async () => {
  const result = await SILENT.step("a", async (step) => {
    step.total(1);
    step.advance(1);
    step.cached();
    SILENT.info("a");
    SILENT.warn("a");
    SILENT.debug("a");
    SILENT.output("a", "b");
    return 7;
  });
  assert.equal(result, 7);
});
