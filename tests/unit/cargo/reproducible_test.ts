// What else keeps the machine out of programs.
import assert from "node:assert/strict";
import { reproducibleEnv } from "../../../src/cargo/reproducible.ts";

const T = "aarch64-unknown-linux-musl";
const C = "CFLAGS_aarch64_unknown_linux_musl";
const CXX = "CXXFLAGS_aarch64_unknown_linux_musl";
const FOLDERS = [{ folder: "/home/me/p", name: "/source" }, { folder: "/a b", name: "/cargo" }];
const RENAMED = "-ffile-prefix-map=/home/me/p=/source";

interface Row {
  readonly plan: { readonly sourceDateEpoch?: number; readonly reproducible?: boolean };
  readonly env?: Readonly<Record<string, string>>;
  readonly told: Readonly<Record<string, string>>;
}

const ALWAYS = { SOURCE_DATE_EPOCH: "0", CARGO_INCREMENTAL: "0" };

const ROWS: Readonly<Record<string, Row>> = {
  "nothing where nothing is asked for": { plan: {}, told: {} },
  "the time that the image has": {
    plan: { sourceDateEpoch: 12 },
    told: { SOURCE_DATE_EPOCH: "12" },
  },
  "a time, no incremental compiling, and other names for folders without blanks": {
    plan: { reproducible: true },
    told: { ...ALWAYS, [C]: RENAMED, [CXX]: RENAMED },
  },
  "the user's own time, and flags for C beside the user's": {
    plan: { reproducible: true, sourceDateEpoch: 12 },
    env: { CFLAGS: "-O1", TARGET_CFLAGS: "-O2", [`CXXFLAGS_${T}`]: "-O3", [CXX]: "-O4" },
    told: {
      ...ALWAYS,
      SOURCE_DATE_EPOCH: "12",
      [C]: `-O2 ${RENAMED}`,
      [`CXXFLAGS_${T}`]: `-O3 ${RENAMED}`,
    },
  },
};

for (const [what, { plan, env = {}, told }] of Object.entries(ROWS)) {
  Deno.test(`\`reproducibleEnv()\` tells cargo ${what}`, () => {
    const host = { env: (name: string) => env[name] };
    assert.deepEqual(reproducibleEnv(plan, [T], FOLDERS, host), told);
  });
}
