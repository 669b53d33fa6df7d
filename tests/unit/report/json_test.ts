// Events for programs: one object a line, at a rate that a log can take.
import assert from "node:assert/strict";
import fc from "fast-check";
import { createJsonRenderer, jsonLine } from "../../../src/report/json.ts";
import type { ReportEvent } from "../../../src/report/reporter.ts";
import { fakeTerminal } from "./fake_terminal.ts";

Deno.test("json writes each event as one line", () => {
  const terminal = fakeTerminal();
  const renderer = createJsonRenderer(terminal, { now: () => 0 });
  const events: readonly ReportEvent[] = [
    { event: "message", level: "info", text: "two\nlines" },
    { event: "start", step: 1, label: "Pushing x" },
    { event: "progress", step: 1, done: 0, total: 9 },
    { event: "finish", step: 1, label: "Pushing x", outcome: "failed", done: 3, elapsed: 12 },
    { event: "output", program: "cargo", line: "\u001b[1mx\u009b" },
  ];
  for (const event of events) renderer.show(event);
  renderer.close();
  assert.equal(renderer.passThrough, false);
  const lines = terminal.writes.join("").split("\n");
  assert.equal(lines.pop(), "");
  assert.deepEqual(lines.map((line) => JSON.parse(line)), events);
});

Deno.test("json tells the progress of a step ten times a second at most, each step for itself", () => {
  const terminal = fakeTerminal();
  let now = 0;
  const renderer = createJsonRenderer(terminal, { now: () => now });
  for (now = 0; now < 1_000; now += 10) {
    for (const step of [1, 2]) renderer.show({ event: "progress", step, done: now });
  }
  const shown = terminal.writes.map((line) => JSON.parse(line));
  for (const step of [1, 2]) {
    assert.deepEqual(
      shown.filter((event) => event.step === step).map((event) => event.done),
      [0, 100, 200, 300, 400, 500, 600, 700, 800, 900],
    );
  }
});

Deno.test("json never holds back the end of a step", () => {
  const terminal = fakeTerminal();
  const renderer = createJsonRenderer(terminal, { now: () => 0 });
  renderer.show({ event: "progress", step: 1, done: 1 });
  renderer.show({ event: "progress", step: 1, done: 2 });
  renderer.show({ event: "finish", step: 1, label: "x", outcome: "done", done: 2, elapsed: 0 });
  assert.deepEqual(terminal.writes.map((line) => JSON.parse(line).done), [1, 2]);
});

Deno.test("jsonLine() is one line without a control character, and reads back the same", () => {
  fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => {
    const line = jsonLine({ text });
    assert.doesNotMatch(line.slice(0, -1), /[\p{Cc}\u2028\u2029]/u);
    assert.ok(line.endsWith("\n"));
    assert.equal(JSON.parse(line).text, text);
  }));
});

Deno.test("json goes on where nothing can be written", () => {
  const terminal = fakeTerminal();
  terminal.fail(new Error("gone"));
  createJsonRenderer(terminal, { now: () => 0 }).show({ event: "output", program: "x", line: "y" });
});
