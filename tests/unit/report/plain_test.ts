// Plain lines: the words that scripts look for, cargo's layout, and nothing that steers a terminal.
import assert from "node:assert/strict";
import type { ReportEvent } from "../../../src/report/reporter.ts";
import { createPlainRenderer } from "../../../src/report/plain.ts";
import { fakeTerminal } from "./fake_terminal.ts";

type Finish = ReportEvent & { readonly event: "finish" };

const finish = (more: Partial<Finish>): Finish => ({
  event: "finish",
  step: 1,
  label: "Pushing layer ab12",
  outcome: "done",
  done: 0,
  elapsed: 0,
  ...more,
});

function lines(
  events: readonly ReportEvent[],
  options: { readonly color?: boolean; readonly verbose?: boolean } = {},
): string {
  const terminal = fakeTerminal();
  const { color = false, verbose = false } = options;
  const renderer = createPlainRenderer(terminal, { color, verbose, passThrough: true });
  for (const event of events) renderer.show(event);
  renderer.close();
  return terminal.writes.join("");
}

const WORDS = [
  "Building Rust project",
  "Building for platform: linux/amd64",
  "Running cargo build for target x86_64-unknown-linux-musl",
  "Successfully built binary: /t/release/x",
  "Successfully built image for 2 platform(s)",
  "Skipping push (--no-push specified)",
  "Pushing image to: ghcr.io/me/x:latest",
  "Successfully pushed image",
];
for (const text of WORDS) {
  Deno.test(`plain says "${text}" word for word`, () => {
    assert.equal(lines([{ event: "message", level: "info", text }], { color: true }), `${text}\n`);
  });
}

Deno.test("plain begins each line of a debug message with DEBUG", () => {
  const text = "GET https://h/v2/\n  200 OK";
  const event: ReportEvent = { event: "message", level: "debug", text };
  for (const color of [true, false]) {
    assert.equal(
      lines([event], { verbose: true, color }),
      "DEBUG GET https://h/v2/\nDEBUG   200 OK\n",
    );
  }
});

Deno.test("plain marks a warning, and indents its further lines below it", () => {
  const event: ReportEvent = {
    event: "message",
    level: "warning",
    text: "the cache\ncannot be used",
  };
  assert.equal(lines([event]), "warning: the cache\n         cannot be used\n");
  assert.equal(
    lines([event], { color: true }),
    "\u001b[1;33mwarning\u001b[0m: the cache\n         cannot be used\n",
  );
});

const finishes: readonly (readonly [string, Partial<Finish>])[] = [
  ["      Pushed layer ab12: 1.2 MiB in 0.3 s (4.0 MiB/s)", { done: 1_258_291, elapsed: 300 }],
  ["      Pushed layer ab12: 1.2 MiB in 2 min 5 s (9.8 KiB/s)", {
    done: 1_258_291,
    elapsed: 125_400,
  }],
  ["      Pushed layer ab12: 300 B", { done: 300, elapsed: 3 }],
  ["      Pushed layer ab12 in 4.2 s", { elapsed: 4_210 }],
  ["      Pushed layer ab12", { elapsed: 12 }],
  ["      Pushed layer ab12: already there", { outcome: "cached", elapsed: 900 }],
  ["        Read base x", { label: "Reading base x" }],
  ["      Tagged h.io/x:v1", { label: "Tagging h.io/x:v1" }],
  ["       Wrote x.tar", { label: "Writing x.tar" }],
  ["    Resolved x", { label: "Resolving x" }],
  ["    Finished string of beads", { label: "string of beads" }],
  ["      Pushed", { label: "Pushing" }],
  ["      Pushed a b", { label: "Pushing \u001b[2Ja\nb" }],
];
for (const [line, more] of finishes) {
  Deno.test(`plain writes \`${line}\``, () => {
    assert.equal(lines([finish(more)]), `${line}\n`);
  });
}

Deno.test("plain colours the verb of a finished step as cargo does", () => {
  assert.equal(
    lines([finish({})], { color: true }),
    "\u001b[1;32m      Pushed\u001b[0m layer ab12\n",
  );
});

Deno.test("plain has nothing to say of starts, bytes and failures but for -v", () => {
  const events: readonly ReportEvent[] = [
    { event: "start", step: 1, label: "Pushing x" },
    { event: "progress", step: 1, done: 1, total: 2 },
    finish({ label: "Pushing x", outcome: "failed" }),
  ];
  assert.equal(lines(events), "");
  assert.equal(
    lines(events, { verbose: true }),
    "DEBUG Pushing x\nDEBUG not finished: Pushing x\n",
  );
});

Deno.test("plain passes the lines of a program on as they are", () => {
  const line = "\u001b[1;32m   Compiling\u001b[0m hello v0.1.0\t\u001b[K";
  assert.equal(lines([{ event: "output", program: "cargo", line }]), `${line}\n`);
});

Deno.test("plain strips what steers a terminal from whatever is said", () => {
  const text = "pulled \u001b[31mevil\u001b[0m\u0007\u202e\r\n\u009bJ";
  for (const level of ["info", "warning", "debug"] as const) {
    const written = lines([{ event: "message", level, text }], { verbose: true });
    assert.match(written, /^[ -~\n]+$/);
    assert.match(written, /pulled evil/);
  }
});

Deno.test("plain goes on where nothing can be written", () => {
  const terminal = fakeTerminal();
  terminal.fail(new Deno.errors.BrokenPipe("gone"));
  const options = { color: false, verbose: false, passThrough: false };
  const renderer = createPlainRenderer(terminal, options);
  renderer.show({ event: "message", level: "info", text: "a" });
  renderer.show(finish({}));
  renderer.close();
  assert.equal(renderer.passThrough, false);
});
