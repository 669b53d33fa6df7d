import assert from "node:assert/strict";
import { checkCrates, checkLinker, checkTarget } from "../../../../src/cli/doctor/platforms.ts";
import type { NativeFault } from "../../../../src/cargo/native_faults.ts";
import type { PlatformSurvey } from "../../../../src/cargo/survey_platform.ts";
import { resolveSettings } from "../../../../src/config/resolve_settings.ts";
import { NO_USER_CONFIG } from "../../../../src/config/user_settings.ts";
import { parsePlatform } from "../../../../src/oci/platform.ts";
import { fakeHost } from "../../../support/fake_host.ts";

const ARM64 = parsePlatform("linux/arm64");

const SURVEY: PlatformSurvey = {
  triple: "aarch64-unknown-linux-musl",
  installed: true,
  rungs: [
    { rung: "configured", verdict: "passed-over", reason: "no configuration names a linker" },
    { rung: "cc", verdict: "passed-over", reason: "makes programs for linux/amd64" },
    { rung: "rust-lld", verdict: "chosen", reason: "rust-lld: comes with Rust" },
  ],
  linker: "rust-lld",
  why: "comes with Rust",
  needs: [],
  needsKnown: true,
  faults: [],
  buildsStd: false,
};

const PROJECT = {
  directory: "/p",
  manifestPath: "/p/Cargo.toml",
  workspaceRoot: "/p",
  targetDirectory: "/p/target",
  package: { name: "p", version: "1.0.0", authors: [] },
  binaries: ["p"],
  example: false,
};

function fault(crate: string, kind: "c" | "library", certain = true): NativeFault {
  return {
    need: { crate, version: "1.0.0", path: ["p", crate], kind, what: "", certain },
    message: `crate ${crate} takes something`,
    cause: "it is not there",
    help: ["another crate"],
    certain,
  };
}

function settings(flags: Readonly<Record<string, unknown>> = {}) {
  return resolveSettings({ flags, env: () => undefined, file: NO_USER_CONFIG });
}

Deno.test("a missing target is what libc, rustup and the network make of it", () => {
  const status = (
    flags: Readonly<Record<string, unknown>>,
    rustup: boolean,
    survey: Partial<PlatformSurvey> = {},
  ): string =>
    checkTarget(ARM64, { ...SURVEY, installed: false, ...survey }, {
      settings: settings(flags),
      directory: "/p",
      rustup,
    }).status;
  assert.equal(status({}, true), "warning");
  assert.equal(status({}, false), "failure");
  assert.equal(status({ offline: true }, true), "failure");
  assert.equal(status({ libc: "auto" }, false), "warning");
  assert.equal(status({}, false, { buildsStd: true }), "ok");
});

Deno.test("a linker has its reason, and the rungs that were passed over", () => {
  const { what, why, details } = checkLinker(ARM64, SURVEY);
  assert.equal(what, "linux/arm64: rust-lld");
  assert.equal(why, "comes with Rust; passed over: cc");
  assert.equal(details?.[1], "cc: passed over: makes programs for linux/amd64");
});

Deno.test("no linker is a failure that says of each rung why", () => {
  const { linker: _, ...rest } = SURVEY;
  const rungs = SURVEY.rungs.map((rung) => ({ ...rung, verdict: "passed-over" as const }));
  const { status, why } = checkLinker(ARM64, { ...rest, rungs });
  assert.equal(status, "failure");
  assert.equal(why, "cc: makes programs for linux/amd64; rust-lld: rust-lld: comes with Rust");
});

Deno.test("crates that find nothing are failures where it is known, warnings where it is likely", () => {
  const host = fakeHost({ cwd: "/p" });
  const faults = [fault("openssl-sys", "library"), fault("zstd-sys", "c", false)];
  const found = checkCrates(ARM64, { ...SURVEY, faults }, { project: PROJECT, host });
  assert.deepEqual(found.map(({ status, command, why }) => [status, command, why]), [
    [
      "failure",
      "cargo add openssl --features vendored",
      "p → openssl-sys; it is not there",
    ],
    ["warning", "pip install cargo-zigbuild", "p → zstd-sys; it is not there"],
  ]);
  assert.deepEqual(checkCrates(ARM64, { ...SURVEY, faults }, { host }), []);
});

Deno.test("crates that are served are named, and what cargo cannot tell is a note", () => {
  const host = fakeHost({ cwd: "/p" });
  const need = { crate: "ring", version: "0.17.0", path: ["p", "ring"], what: "", certain: true };
  const needs = [{ ...need, kind: "c" as const }];
  const [served] = checkCrates(ARM64, { ...SURVEY, needs }, { project: PROJECT, host });
  assert.deepEqual([served?.status, served?.what], ["ok", "linux/arm64: ring (C)"]);
  const unknown = { ...SURVEY, needsKnown: false };
  const [note] = checkCrates(ARM64, unknown, { project: PROJECT, host });
  assert.deepEqual([note?.status, note?.command], ["note", "cargo fetch"]);
});
