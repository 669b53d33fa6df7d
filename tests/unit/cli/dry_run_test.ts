import assert from "node:assert/strict";
import { describePlan, type Plan } from "../../../src/cli/dry_run.ts";

const PLAN: Plan = {
  intention: "build one, two of hello 1.2.3 (/p/Cargo.toml)",
  platforms: [{ os: "linux", architecture: "arm", variant: "v7" }],
  manner: "profile release",
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

Deno.test("describePlan() has words for every platform, the engine and nowhere", () => {
  const [, which, name, where] = describePlan({
    ...PLAN,
    platforms: "all",
    target: { name: "hello", tags: ["latest"] },
    places: { names: [], toEngine: false },
  });
  assert.equal(which, "for every platform of the base, profile release, on scratch");
  assert.equal(name, "as krust.local/hello:latest");
  assert.equal(where, "to nowhere: nothing would be pushed or written");
});

Deno.test("describePlan() has the engine's own names, whatever the repository", () => {
  const places = { names: ["the container engine"], toEngine: true };
  const [, , name] = describePlan({ ...PLAN, places });
  assert.equal(name, "as krust.local/b:v1, krust.local/b:v2");
});

Deno.test("describePlan() says nothing of how where nothing is to be said", () => {
  const { manner: _, ...plan } = PLAN;
  assert.equal(describePlan(plan)[1], "for linux/arm/v7, on scratch");
});
