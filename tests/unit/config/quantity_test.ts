import assert from "node:assert/strict";
import { parseSize, parseSpan } from "../../../src/config/quantity.ts";

const SIZES: readonly (readonly [text: string, bytes: number | undefined])[] = [
  ["0", 0],
  ["1048576", 1_048_576],
  ["512B", 512],
  ["2k", 2_048],
  ["500MB", 524_288_000],
  ["500 MiB", 524_288_000],
  ["1.5GiB", 1_610_612_736],
  ["1T", 1_099_511_627_776],
  ["", undefined],
  ["-1", undefined],
  ["1e9", undefined],
  ["GiB", undefined],
  ["1 x", undefined],
  ["999999999999999T", undefined],
];

for (const [text, bytes] of SIZES) {
  Deno.test(`parseSize() takes "${text}" for ${bytes}`, () => {
    assert.equal(parseSize(text), bytes);
  });
}

const SPANS: readonly (readonly [text: string, milliseconds: number | undefined])[] = [
  ["90m", 5_400_000],
  ["12h", 43_200_000],
  ["30d", 2_592_000_000],
  ["2w", 1_209_600_000],
  ["3", undefined],
  ["d", undefined],
  ["1.5d", undefined],
  ["1y", undefined],
];

for (const [text, milliseconds] of SPANS) {
  Deno.test(`parseSpan() takes "${text}" for ${milliseconds}`, () => {
    assert.equal(parseSpan(text), milliseconds);
  });
}
