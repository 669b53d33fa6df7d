import assert from "node:assert/strict";
import type { Project } from "../../../src/cargo/cargo.ts";
import { describePlan, type Plan } from "../../../src/cli/dry_run.ts";

const PROJECT: Project = {
  directory: "/p",
  manifestPath: "/p/Cargo.toml",
  workspaceRoot: "/p",
  targetDirectory: "/p/target",
  package: { name: "hello", version: "1.2.3", authors: [] },
  binaries: ["one", "two"],
  example: false,
};

const PLAN: Plan = {
  project: PROJECT,
  platforms: [{ os: "linux", architecture: "arm", variant: "v7" }],
  profile: "release",
  base: "scratch",
  target: { repository: { registry: "x.test", name: "a/b" }, name: "b", tags: ["v1", "v2"] },
  places: { names: ["the registry"], toEngine: false },
};

Deno.test("describePlan() tells what, for what, from what, as what and to where", () => {
  assert.deepEqual(describePlan(PLAN), [
    "Would build one, two of hello 1.2.3 (/p/Cargo.toml)",
    "for linux/arm/v7, profile release, on scratch",
    "as x.test/a/b:v1, x.test/a/b:v2",
    "to the registry",
  ]);
});

Deno.test("describePlan() has words for examples, every platform, the engine and nowhere", () => {
  const [what, which, name, where] = describePlan({
    ...PLAN,
    project: { ...PROJECT, binaries: ["demo"], example: true },
    platforms: "all",
    target: { name: "hello", tags: ["latest"] },
    places: { names: [], toEngine: false },
  });
  assert.equal(what, "Would build example demo of hello 1.2.3 (/p/Cargo.toml)");
  assert.equal(which, "for every platform of the base, profile release, on scratch");
  assert.equal(name, "as krust.local/hello:latest");
  assert.equal(where, "to nowhere: nothing would be pushed or written");
});

Deno.test("describePlan() has the engine's own names, whatever the repository", () => {
  const places = { names: ["the container engine"], toEngine: true };
  const [, , name] = describePlan({ ...PLAN, places });
  assert.equal(name, "as krust.local/b:v1, krust.local/b:v2");
});
