// The rows as numbers make them; no terminal is needed.
import assert from "node:assert/strict";
import fc from "fast-check";
import { columnsOf } from "../../../src/report/columns.ts";
import { createStyle } from "../../../src/report/style.ts";
import { type ActiveStep, render } from "../../../src/report/tty_rows.ts";

const MiB = 1024 * 1024;
const style = createStyle(false);
const layer: ActiveStep = {
  label: "Pushing layer ab12cd34ef56",
  started: 0,
  done: 5 * MiB,
  total: 12 * MiB,
};
const rowOf = (step: ActiveStep, width: number, now = 3_000): string | undefined =>
  render({ steps: [step], style }, width, now)[0];

/** What is said of one step, the narrower the less. */
const widthRows: readonly (readonly [number, string])[] = [
  [
    100,
    "     Pushing layer ab12cd34ef56 [==========>             ] 5.0 of 12.0 MiB, 1.7 MiB/s, 5 s left",
  ],
  [79, "     Pushing layer ab12cd34e… [====>     ] 5.0 of 12.0 MiB, 1.7 MiB/s, 5 s left"],
  [71, "     Pushing layer ab12cd34ef56 [====>     ] 5.0 of 12.0 MiB, 1.7 MiB/s"],
  [60, "     Pushing layer ab12cd34ef56 [====>     ] 5.0 of 12.0 MiB"],
  [50, "     Pushing layer ab12cd34ef56 5.0 of 12.0 MiB"],
  [40, "     Pushing layer ab12cd34ef56 41%"],
  [33, "     Pushing layer ab12cd34e… 41%"],
  [20, "     Pushing layer …"],
  [14, "     Pushing …"],
  [13, "Pushing"],
  [4, "Pus…"],
  [1, "…"],
];
for (const [width, expected] of widthRows) {
  Deno.test(`render() fills ${width} columns with \`${expected.trim()}\``, () => {
    assert.equal(rowOf(layer, width), expected);
  });
}

for (const width of [0, -1, NaN, Infinity]) {
  Deno.test(`render() takes a width of ${width} for 80`, () => {
    assert.equal(rowOf(layer, width), rowOf(layer, 80));
  });
}

const stepRows: readonly (readonly [string, Partial<ActiveStep>, number, string])[] = [
  ["has just begun", { done: 0 }, 10, "[>                       ] 0 B of 12.0 MiB"],
  ["is too young for a rate", {}, 999, "[==========>             ] 5.0 of 12.0 MiB"],
  [
    "is at its end",
    { done: 12 * MiB },
    4_000,
    "[========================] 12.0 of 12.0 MiB, 3.0 MiB/s",
  ],
  [
    "has gone beyond it",
    { done: 13 * MiB },
    4_000,
    "[========================] 13.0 of 12.0 MiB, 3.3 MiB/s",
  ],
  ["has nothing to do", { done: 0, total: 0 }, 0, "[========================] 0 of 0 B"],
  [
    "is slow",
    { done: 1024, total: 2 * MiB },
    10_000,
    "[>                       ] 1.0 KiB of 2.0 MiB, 102 B/s, 5 h 41 min left",
  ],
  ["began in the future", { started: 9_999 }, 0, "[==========>             ] 5.0 of 12.0 MiB"],
];
for (const [name, more, now, tail] of stepRows) {
  Deno.test(`render() says what it can of a step that ${name}`, () => {
    assert.equal(rowOf({ ...layer, ...more }, 120, now), `     Pushing layer ab12cd34ef56 ${tail}`);
  });
}

Deno.test("render() turns a spinner where the end is not known", () => {
  const step: ActiveStep = { label: "Packing x", started: 0, done: 3 * MiB };
  const frames = [0, 100, 200, 300, 400].map((now) => rowOf(step, 60, now));
  assert.deepEqual(
    frames,
    ["|", "/", "-", "\\", "|"].map((frame) => `     Packing x ${frame} 3.0 MiB`),
  );
});

Deno.test("render() puts the bars of several steps below each other", () => {
  const steps = [layer, { ...layer, label: "Pushing config", done: 0 }, {
    ...layer,
    label: "漢字",
  }];
  const rows = render({ steps, style }, 100, 3_000);
  const bars = rows.map((row) => columnsOf(row.slice(0, row.indexOf("["))));
  assert.equal(new Set(bars).size, 1);
});

Deno.test("render() draws eight rows at most and counts the others", () => {
  const steps = (count: number) => Array.from({ length: count }, () => layer);
  assert.equal(render({ steps: steps(8), style }, 80, 0).length, 8);
  const rows = render({ steps: steps(20), style }, 80, 0);
  assert.equal(rows.length, 8);
  assert.equal(rows.at(-1), "             and 13 more");
});

Deno.test("render() has nothing to draw where nothing goes on", () => {
  assert.deepEqual(render({ steps: [], style }, 80, 0), []);
});

Deno.test("render() colours the verb alone, and that does not count as width", () => {
  const plain = rowOf(layer, 79) ?? "";
  const [colored = ""] = render({ steps: [layer], style: createStyle(true) }, 79, 3_000);
  assert.equal(colored, plain.replace("     Pushing", "\u001b[1;36m     Pushing\u001b[0m"));
});

Deno.test("render() never exceeds the width, whatever the labels and numbers", () => {
  const step = fc.record({
    label: fc.oneof(
      fc.string({ unit: "binary", maxLength: 60 }),
      fc.string().map((text) => `Pushing ${text}`),
      // A label may well say what no number of ours may look like.
    ).filter((label) => !/NaN|Infinity/.test(label)),
    started: fc.integer({ min: 0, max: 100_000 }),
    done: fc.nat(2 ** 40),
  }, { requiredKeys: ["label", "started", "done"] });
  const sized = fc.tuple(step, fc.option(fc.nat(2 ** 40), { nil: undefined })).map((
    [step, total],
  ): ActiveStep => total === undefined ? step : { ...step, total });
  fc.assert(
    fc.property(
      fc.array(sized, { maxLength: 12 }),
      fc.integer({ min: 1, max: 300 }),
      fc.nat(200_000),
      (steps, width, now) => {
        for (const row of render({ steps, style }, width, now)) {
          assert.ok(columnsOf(row) <= width, `${columnsOf(row)} > ${width}: ${row}`);
          assert.doesNotMatch(row, /[\p{Cc}]|NaN|Infinity/u);
        }
      },
    ),
    { numRuns: 500 },
  );
});
