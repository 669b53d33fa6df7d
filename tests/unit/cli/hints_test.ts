import assert from "node:assert/strict";
import { type ErrorCode, KrustError } from "../../../src/core/error.ts";
import { SETTING_NAMES, SETTINGS } from "../../../src/config/settings.ts";
import { helpFor, HINTS } from "../../../src/cli/hints.ts";

const ROWS: readonly (readonly [
  code: ErrorCode,
  details: Readonly<Record<string, string>>,
  help: RegExp,
])[] = [
  ["internal", {}, /run again with -v/],
  ["usage", {}, /^$/],
  ["target-not-installed", { libc: "musl", native: "true" }, /--libc gnu/],
  ["target-not-installed", { libc: "musl", native: "false" }, /^$/],
  ["target-not-installed", { libc: "gnu", native: "true" }, /^$/],
  ["linker-missing", { libc: "musl", native: "true" }, /--libc gnu/],
  ["base-not-found", {}, /--base builtin/],
  ["base-platform-missing", {}, /--platform/],
  ["network-failed", { side: "base" }, /--base builtin/],
  ["network-failed", { insecure: "possible", host: "x.test" }, /--insecure-registry x\.test/],
  ["network-failed", {}, /^$/],
  ["store-failed", {}, /KRUST_CACHE_DIR/],
  ["interrupted", {}, /^$/],
];

for (const [code, details, help] of ROWS) {
  Deno.test(`helpFor() ${code} ${JSON.stringify(details)} says ${help.source}`, () => {
    assert.match(helpFor(new KrustError(code, "x", { details })).join("\n"), help);
  });
}

Deno.test("helpFor() keeps an error's own help in front", () => {
  const error = new KrustError("store-failed", "x", { help: ["mine"] });
  assert.equal(helpFor(error)[0], "mine");
});

Deno.test("helpFor() names krust's own login beside docker's", () => {
  const after = (line: string): readonly string[] =>
    helpFor(new KrustError("auth-required", "x", { help: [line] }));
  assert.equal(after("docker login x.test:5000")[1], "or, without docker: krust login x.test:5000");
  assert.equal(after("docker login")[1], "or, without docker: krust login docker.io");
  assert.deepEqual(after("correct the password"), ["correct the password"]);
});

Deno.test("hints name flags that there are", () => {
  const known = new Set(SETTING_NAMES.map((name) => `--${SETTINGS[name].key}`));
  const all = Object.keys(HINTS) as readonly ErrorCode[];
  const details = [{}, { libc: "musl", native: "true" }, { side: "base" }, {
    insecure: "possible",
  }];
  const texts = all.flatMap((code) =>
    details.flatMap((facts) => helpFor(new KrustError(code, "x", { details: facts })))
  );
  const flags = texts.flatMap((text) => text.match(/--[a-z-]+/g) ?? []);
  assert.ok(flags.length > 5);
  for (const flag of flags) assert.ok(flag === "--help" || known.has(flag), flag);
});
