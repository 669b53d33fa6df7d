import assert from "node:assert/strict";
import { sourceRevision } from "../../../src/build/revision.ts";
import { fakeHost, type FakeProgram } from "../../support/fake_host.ts";

const COMMIT = "a1b2c3d4".repeat(5);

/** A git in which HEAD and the changes are as given; it fails for what is undefined. */
function git(head: string | undefined, changes: string | undefined): FakeProgram {
  return (call) => {
    const said = call.args.includes("rev-parse") ? head : changes;
    if (said === undefined) return 128;
    call.out(said);
    return 0;
  };
}

const ROWS: readonly (readonly [
  what: string,
  head: string | undefined,
  changes: string | undefined,
  expected: string | undefined,
])[] = [
  ["a clean tree", `${COMMIT}\n`, "", COMMIT],
  ["a clean tree of SHA-256", `${"0".repeat(64)}\n`, "", "0".repeat(64)],
  ["a changed file", `${COMMIT}\n`, " M src/main.rs\n", undefined],
  ["a file that git does not know", `${COMMIT}\n`, "?? Cargo.lock\n", undefined],
  ["no commit yet", undefined, "", undefined],
  ["no repository", undefined, undefined, undefined],
  ["a status that git cannot give", `${COMMIT}\n`, undefined, undefined],
  ["something else than a commit", "HEAD\n", "", undefined],
];

for (const [what, head, changes, expected] of ROWS) {
  Deno.test(`sourceRevision() of ${what} is ${expected}`, async () => {
    const host = fakeHost({ cwd: "/", programs: { git: git(head, changes) } });
    assert.equal(await sourceRevision("/project", host), expected);
  });
}

Deno.test("sourceRevision() is undefined where there is no git", async () => {
  assert.equal(await sourceRevision("/project", fakeHost({ cwd: "/" })), undefined);
});

Deno.test("sourceRevision() asks in the project's folder, and lets git run nothing for it", async () => {
  const host = fakeHost({ cwd: "/", programs: { git: git(COMMIT, "") } });
  await sourceRevision("/project", host);
  assert.equal(host.commands.length, 2);
  for (const { args } of host.commands) {
    assert.deepEqual(args.slice(0, 4), ["-C", "/project", "-c", "core.fsmonitor=false"]);
  }
});

Deno.test("sourceRevision() ends with the signal's reason when it is cancelled", async () => {
  const controller = new AbortController();
  const reason = new Error("enough");
  controller.abort(reason);
  const host = fakeHost({ cwd: "/", programs: { git: git(COMMIT, "") } });
  await assert.rejects(sourceRevision("/project", host, { signal: controller.signal }), reason);
});
