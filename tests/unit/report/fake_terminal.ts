// A terminal as it looks to a person: applies the few escape sequences that krust uses to a screen.
import assert from "node:assert/strict";
import type { Output } from "../../../src/core/host.ts";

/** An output that keeps what is written, raw and as it would stand on a screen. */
export interface FakeTerminal extends Output {
  /** Each write, as it came. */
  readonly writes: readonly string[];
  /** The screen's lines, the last one (where the cursor is) included. */
  screen(): readonly string[];
  /** Sets what every later write throws. */
  fail(error: Error): void;
}

/** Makes one; `width` 0 is a terminal that does not know its size. */
export function fakeTerminal(width = 80): FakeTerminal {
  const writes: string[] = [];
  let failure: Error | undefined;
  return {
    terminal: true,
    writes,
    columns: () => width,
    write(text): void {
      if (failure !== undefined) throw failure;
      writes.push(text);
    },
    screen: () => draw(writes.join("")),
    fail: (error) => void (failure = error),
  };
}

function draw(text: string): readonly string[] {
  const rows = [""];
  let row = 0;
  let column = 0;
  // deno-lint-ignore no-control-regex
  for (const [part] of text.matchAll(/\u001b\[[0-9;]*[A-Za-z]|[^]/gu)) {
    const line = rows[row] ?? "";
    if (part === "\n") {
      row++;
      column = 0;
      rows[row] ??= "";
    } else if (part === "\r") column = 0;
    else if (/A$/.test(part) && part.length > 1) {
      row -= Number(part.slice(2, -1));
      assert.ok(row >= 0, "the cursor left the screen at its top");
    } else if (part === "\u001b[J") {
      rows[row] = line.slice(0, column);
      rows.length = row + 1;
    } else if (part === "\u001b[K") rows[row] = line.slice(0, column);
    else if (!(part.startsWith("\u001b[") && part.endsWith("m"))) {
      assert.ok(!part.startsWith("\u001b"), `an escape that is not known: ${JSON.stringify(part)}`);
      rows[row] = line.slice(0, column).padEnd(column) + part + line.slice(column + part.length);
      column += part.length;
    }
  }
  return rows;
}
