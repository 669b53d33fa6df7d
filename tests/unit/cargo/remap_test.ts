// Folders that no program may name.
import assert from "node:assert/strict";
import { remapFlags, renamedFolders } from "../../../src/cargo/remap.ts";

interface Row {
  readonly workspaceRoot: string;
  readonly targetDirectory: string;
  readonly buildDirectory?: string;
  readonly env: Readonly<Record<string, string>>;
  readonly flags: readonly string[];
}

const ROWS: Readonly<Record<string, Row>> = {
  "the project's and the dependencies' folders": {
    workspaceRoot: "/home/me/p",
    targetDirectory: "/home/me/p/target",
    env: { HOME: "/home/me" },
    flags: ["/home/me/p=/source", "/home/me/p/target=/source/target", "/home/me/.cargo=/cargo"],
  },
  "a home of cargo's own inside the project, after the project": {
    workspaceRoot: "/p",
    targetDirectory: "/t",
    env: { HOME: "/home/me", CARGO_HOME: "/p/.cargo-home" },
    flags: ["/p=/source", "/t=/source/target", "/p/.cargo-home=/cargo"],
  },
  "where build scripts write, by the name that it has within the target folder": {
    workspaceRoot: "/p",
    targetDirectory: "/t",
    buildDirectory: "/between",
    env: {},
    flags: ["/p=/source", "/t=/source/target", "/between=/source/target"],
  },
  "those with blanks too, but not the root of all": {
    workspaceRoot: "/",
    targetDirectory: "/my builds",
    env: { CARGO_HOME: "/a\tb" },
    flags: ["/my builds=/source/target", "/a\tb=/cargo"],
  },
};

for (const [what, { env, flags, ...project }] of Object.entries(ROWS)) {
  Deno.test(`\`remapFlags()\` renames ${what}`, () => {
    const host = { cwd: "/", env: (name: string) => env[name] };
    assert.deepEqual(
      remapFlags(renamedFolders(project, host)),
      flags.map((flag) => `--remap-path-prefix=${flag}`),
    );
  });
}
