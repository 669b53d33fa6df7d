import assert from "node:assert/strict";
import { sourceRevision } from "../../../src/build/revision.ts";
import { join } from "node:path";
import { realHost } from "../../../src/core/host.ts";
import { fakeHost, type FakeProgram } from "../../support/fake_host.ts";
import { lackingProgram, requiring } from "../../support/require.ts";
import { withTemporaryFolder } from "../../support/temporary_folder.ts";

const COMMIT = "a1b2c3d4".repeat(5);

/** A git whose status is as given; it fails for what is undefined. */
function git(status: string | undefined): FakeProgram {
  return (call) => {
    if (status === undefined) return 128;
    call.out(status);
    return 0;
  };
}

const HEAD =
  `# branch.oid ${COMMIT}\n# branch.head main\n# branch.upstream origin/main\n# branch.ab +0 -0\n`;
const CHANGE = `1 .M N... 100644 100644 100644 ${COMMIT} ${COMMIT} src/main.rs\n`;

const ROWS: readonly (readonly [
  what: string,
  status: string | undefined,
  expected: string | undefined,
])[] = [
  ["a clean tree", HEAD, COMMIT],
  ["a clean tree with a stash", `${HEAD}# stash 1\n`, COMMIT],
  ["a clean tree of SHA-256", `# branch.oid ${"0".repeat(64)}\n`, "0".repeat(64)],
  ["a changed file", `${HEAD}${CHANGE}`, undefined],
  ["a file that git does not know", `${HEAD}? Cargo.lock\n`, undefined],
  ["no commit yet", "# branch.oid (initial)\n# branch.head main\n", undefined],
  ["no repository", undefined, undefined],
  ["something else than a commit", "# branch.oid HEAD\n", undefined],
];

for (const [what, status, expected] of ROWS) {
  Deno.test(`sourceRevision() of ${what} is ${expected}`, async () => {
    const host = fakeHost({ cwd: "/", programs: { git: git(status) } });
    assert.equal(await sourceRevision("/project", host), expected);
  });
}

Deno.test("sourceRevision() is undefined where there is no git", async () => {
  assert.equal(await sourceRevision("/project", fakeHost({ cwd: "/" })), undefined);
});

Deno.test("sourceRevision() asks in the project's folder, and lets git run nothing for it", async () => {
  const host = fakeHost({ cwd: "/", programs: { git: git(HEAD) } });
  await sourceRevision("/project", host);
  assert.equal(host.commands.length, 1);
  for (const { args } of host.commands) {
    assert.deepEqual(args.slice(0, 4), ["-C", "/project", "-c", "core.fsmonitor=false"]);
  }
});

Deno.test("sourceRevision() ends with the signal's reason when it is cancelled", async () => {
  const controller = new AbortController();
  const reason = new Error("enough");
  controller.abort(reason);
  const host = fakeHost({ cwd: "/", programs: { git: git(HEAD) } });
  await assert.rejects(sourceRevision("/project", host, { signal: controller.signal }), reason);
});

/** Works in a clone with one commit, which is given too. */
async function inClone(work: (folder: string, commit: string) => Promise<void>): Promise<void> {
  await withTemporaryFolder(async (folder) => {
    const git = async (...args: readonly string[]): Promise<string> => {
      const settings = ["-c", "user.name=a", "-c", "user.email=a@b.test"];
      const { success, stdout } = await new Deno.Command("git", {
        args: [...settings, "-C", folder, ...args],
      }).output();
      assert.ok(success);
      return new TextDecoder().decode(stdout).trim();
    };
    await git("init", "-q");
    await Deno.writeTextFile(join(folder, "main.rs"), "fn main() {}");
    await git("add", ".");
    await git("commit", "-qm", "first");
    // As some users have it in their own configuration.
    await git("config", "status.showUntrackedFiles", "no");
    await work(folder, await git("rev-parse", "HEAD"));
  });
}

await requiring(
  lackingProgram("git"),
  "sourceRevision() passes over what the build itself wrote, but for nothing else",
  async () => {
    await inClone(async (folder, commit) => {
      const outputs = ["out", "a*.tar", "target"].map((name) => join(folder, name));
      const revision = (): Promise<string | undefined> =>
        sourceRevision(folder, realHost(), { outputs: [...outputs, "/elsewhere", folder] });
      await Deno.mkdir(join(folder, "out"));
      for (const name of ["out/index.json", "a*.tar", "target"]) {
        await Deno.writeTextFile(join(folder, name), "");
      }
      assert.equal(await revision(), commit);
      await Deno.writeTextFile(join(folder, "ab.tar"), "");
      assert.equal(await revision(), undefined);
    });
  },
);

await requiring(
  lackingProgram("git"),
  "sourceRevision() sees new files whatever the user's configuration of git says",
  async () => {
    await inClone(async (folder, commit) => {
      assert.equal(await sourceRevision(folder, realHost()), commit);
      await Deno.writeTextFile(join(folder, "new.rs"), "");
      assert.equal(await sourceRevision(folder, realHost()), undefined);
    });
  },
);
