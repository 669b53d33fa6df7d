import assert from "node:assert/strict";
import { readCargoArguments } from "../../../src/cargo/arguments.ts";
import { KrustError } from "../../../src/core/error.ts";
import { type CargoVoices, selectProfile, selectTargets } from "../../../src/cli/selection.ts";
import { type Given, settingsOf } from "./settings.ts";

interface Said extends Given {
  /** After `--`. */
  readonly line?: string;
  /** In `[build] cargo_args`. */
  readonly args?: string;
}

function voicesOf({ line = "", args = "" }: Said): CargoVoices {
  const read = (text: string): CargoVoices["line"] =>
    readCargoArguments(text === "" ? [] : text.split(" "));
  return { line: read(line), file: read(args) };
}

function selected(said: Said): string {
  const { package: name = "", bins, example } = selectTargets(settingsOf(said), voicesOf(said));
  return [name, ...bins, ...(example === undefined ? [] : [`ex:${example}`])].join(" ").trim();
}

const SELECTIONS: readonly (readonly [said: Said, expected: string])[] = [
  [{}, ""],
  [{ flags: { bin: ["a", "b"] } }, "a b"],
  [{ flags: { bin: ["a"] }, line: "--bin b --bin=a" }, "a b"],
  [{ flags: { package: "p" }, line: "-p p" }, "p"],
  [{ line: "-p p --example e" }, "p ex:e"],
  [{ flags: { example: "e" }, line: "--example e" }, "ex:e"],
  [{ project: { bin: "a" } }, "a"],
  [{ project: { bin: "a" }, flags: { bin: ["b"] } }, "b"],
  [{ project: { bin: "a" }, flags: { example: "e" } }, "ex:e"],
  [{ project: { bin: "a" }, line: "--example e" }, "ex:e"],
  [{ project: { example: "e" }, line: "--bin b" }, "b"],
  [{ project: { bin: "a" }, file: 'bin = "b"\n' }, "a"],
  [{ project: { bin: "a" }, args: "--bin b" }, "a"],
  [{ file: 'bin = "b"\n', args: "--bin c" }, "b"],
  [{ args: "-p q --bin c" }, "q c"],
  [{ args: "-p q", line: "-p r" }, "r"],
  [{ args: "--bin c", flags: { package: "p" } }, "p c"],
];

for (const [said, expected] of SELECTIONS) {
  Deno.test(`selectTargets() chooses "${expected}" of ${JSON.stringify(said)}`, () => {
    assert.equal(selected(said), expected);
  });
}

const PROFILES: readonly (readonly [said: Said, expected: string])[] = [
  [{}, "release"],
  [{ flags: { profile: "dev" } }, "dev"],
  [{ flags: { profile: "dev" }, line: "--profile=dev" }, "dev"],
  [{ line: "--profile dev" }, "dev"],
  [{ project: { profile: "small" }, line: "--release" }, "release"],
  [{ project: { profile: "small" }, args: "--profile dev" }, "small"],
  [{ args: "--profile dev" }, "dev"],
  [{ args: "--profile dev", line: "--release" }, "release"],
  [{ args: "--profile dev", flags: { profile: "small" } }, "small"],
  [{ file: 'profile = "small"\n' }, "small"],
];

for (const [said, expected] of PROFILES) {
  Deno.test(`selectProfile() chooses ${expected} of ${JSON.stringify(said)}`, () => {
    assert.equal(selectProfile(settingsOf(said), voicesOf(said)), expected);
  });
}

const CONTRADICTIONS: readonly (readonly [said: Said, message: string])[] = [
  [{ flags: { package: "p" }, line: "-p q" }, "--package p contradicts --package q after --"],
  [{ flags: { example: "e" }, line: "--bin b" }, "--example e contradicts --bin b"],
  [{ flags: { bin: ["b"] }, line: "--example e" }, "--example e contradicts --bin b"],
  [
    { flags: { example: "e" }, line: "--example f" },
    "--example e contradicts --example f after --",
  ],
  [
    { flags: { profile: "dev" }, line: "--release" },
    "--profile dev contradicts --profile release after --",
  ],
];

for (const [said, message] of CONTRADICTIONS) {
  Deno.test(`what flags and -- say must agree: ${message}`, () => {
    assert.throws(
      () => {
        selectTargets(settingsOf(said), voicesOf(said));
        selectProfile(settingsOf(said), voicesOf(said));
      },
      (error) => error instanceof KrustError && error.code === "usage" && error.message === message,
    );
  });
}
