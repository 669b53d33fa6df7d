// Rows of the fault matrix about signals: krust as a process, stopped at each step of its way. It ends
// within two seconds, with nothing half-written and no child left.
import assert from "node:assert/strict";
import { join } from "node:path";
import { writeProject } from "../../support/prebuilt_project.ts";
import { isRunning } from "../../support/is_running.ts";
import { waitingIn } from "../../support/processes.ts";
import { firstLacking, lackingProgram, requiring } from "../../support/require.ts";
import { stallingRegistry } from "../../support/stalling_registry.ts";
import { withTemporaryFolder } from "../../support/temporary_folder.ts";
import { type Running, withKrust } from "../../support/watched_krust.ts";

const lacking = firstLacking(
  lackingProgram("cargo", "sh", "sleep", "mkfifo"),
  Deno.build.os === "linux" ? undefined : "processes are looked up in /proc",
);

/** Milliseconds within which a signal must have ended krust. */
const LIMIT = 2_000;

/** Sends a signal, and looks at how krust ends and at what it leaves. */
async function interrupt(
  { child, folder, ended, family }: Running,
  signal: Deno.Signal = "SIGINT",
  [status, code]: readonly [number, string] = [130, "interrupted"],
): Promise<void> {
  const start = performance.now();
  child.kill(signal);
  const run = await ended;
  const took = performance.now() - start;
  assert.equal(run.status, status, run.stderr);
  assert.ok(took < LIMIT, `it took ${took.toFixed(0)} ms:\n${run.stderr}`);
  assert.equal(run.stdout, "");
  assert.match(run.stderr, new RegExp(`^error\\[${code}\\]: `, "m"));
  assert.doesNotMatch(run.stderr, /^\s+at .*:\d+:\d+/m, "a stack trace");
  assert.deepEqual(family(), [], "processes are left");
  assert.deepEqual(leftovers(folder), [], "files are left half-written");
}

/** Files that a run makes beside what it is to write. */
function leftovers(folder: string): readonly string[] {
  const found: string[] = [];
  const look = (path: string): void => {
    for (const { name, isDirectory } of Deno.readDirSync(path)) {
      if (name === "target") continue;
      if (isDirectory) look(join(path, name));
      else if (/\/tmp$/.test(path) || name.startsWith(".krust-") || name.endsWith(".tmp")) {
        found.push(join(path, name));
      }
    }
  };
  look(folder);
  return found;
}

const AT_A_REGISTRY: readonly (readonly [
  what: string,
  stalls: (kind: string, path: string) => boolean,
])[] = [
  ["resolving the base", (kind) => kind === "head-manifest" || kind === "get-manifest"],
  ["asking for a blob", (kind) => kind === "head-blob"],
  ["putting a blob", (kind) => kind === "finish-upload"],
  ["putting a manifest", (kind, path) => kind === "put-manifest" && path.includes("sha256:")],
  ["tagging", (kind, path) => kind === "put-manifest" && !path.includes("sha256:")],
];

for (const [what, stalls] of AT_A_REGISTRY) {
  await requiring(
    lacking,
    `[row 75] interrupted while ${what}`,
    () =>
      withTemporaryFolder(async (folder) => {
        await using registry = stallingRegistry(stalls);
        await writeProject(join(folder, "project"));
        const base = what === "resolving the base" ? `${registry.host}/base:v1` : "builtin";
        const args = ["build", "--base", base, "--image", `${registry.host}/app`, "project"];
        await withKrust(args, folder, async (running) => {
          await Promise.race([registry.reached, running.ended]);
          await interrupt(running);
          assert.deepEqual(await registry.memory.listTags("app") ?? [], []);
        });
      }),
  );
}

await requiring(
  lacking,
  "[row 75] interrupted while packing",
  () =>
    withTemporaryFolder(async (folder) => {
      await writeProject(join(folder, "project"), { size: 40_000_000 });
      const args = [
        "build",
        "-v",
        "--no-push",
        "--base",
        "builtin",
        "--tarball",
        "a.tar",
        "project",
      ];
      await withKrust(args, folder, async (running) => {
        await running.says(/^DEBUG Packing /);
        await interrupt(running);
        await assert.rejects(Deno.stat(join(folder, "a.tar")), Deno.errors.NotFound);
      });
    }),
);

await requiring(
  lacking,
  "[row 75] interrupted while printing to a reader that does not read",
  () =>
    withTemporaryFolder(async (folder) => {
      await using registry = stallingRegistry(() => false);
      await writeProject(join(folder, "project"));
      const args = ["build", "--base", "builtin", "--image", `${registry.host}/app`, "project"];
      const full = 'mkfifo full && exec 3<>full && head -c 65536 /dev/zero >&3 && exec "$@" >&3';
      await withKrust(args, folder, async (running) => {
        await running.until(() => waitingIn(running.child.pid).some((at) => /pipe_write/.test(at)));
        await interrupt(running);
        assert.deepEqual(await registry.memory.listTags("app"), ["latest"]);
      }, full);
    }),
);

/** Has a build script that starts a shell which says its number in a file and hangs, deaf to `deafTo`. */
async function writeHangingProject(folder: string, deafTo: string): Promise<void> {
  await writeProject(join(folder, "project"));
  const script =
    `trap '' ${deafTo}; echo $$ > ${folder}/pid.new; mv ${folder}/pid.new ${folder}/pid; ` +
    "while :; do sleep 600; done";
  await Deno.writeTextFile(
    join(folder, "project/build.rs"),
    `fn main() {
    std::process::Command::new("sh").args(["-c", ${JSON.stringify(script)}]).status().unwrap();
}
`,
  );
}

/** Runs krust on a project whose build script hangs, until it does. */
async function withHangingBuild(
  deafTo: string,
  work: (running: Running) => Promise<void>,
): Promise<void> {
  await withTemporaryFolder(async (folder) => {
    await writeHangingProject(folder, deafTo);
    const args = ["build", "--no-push", "--base", "builtin", "--tarball", "a.tar", "project"];
    await withKrust(args, folder, async (running) => {
      await running.until(() => pidIn(folder) !== undefined);
      const hanging = pidIn(folder) ?? 0;
      assert.ok(isRunning(hanging));
      await work(running);
      assert.equal(isRunning(hanging), false, "the build script is still running");
      await assert.rejects(Deno.stat(join(folder, "a.tar")), Deno.errors.NotFound);
    });
  });
}

function pidIn(folder: string): number | undefined {
  try {
    return Number(Deno.readTextFileSync(join(folder, "pid")));
  } catch {
    return undefined;
  }
}

await requiring(
  lacking,
  "[row 75] interrupted while compiling",
  () => withHangingBuild("INT", interrupt),
);

for (
  const [row, signal, ending] of [
    [76, "SIGTERM", [143, "terminated"]],
    [76, "SIGHUP", [129, "hung-up"]],
  ] as const
) {
  await requiring(
    lacking,
    `[row ${row}] ${signal} while compiling`,
    () => withHangingBuild("INT", (running) => interrupt(running, signal, ending)),
  );
}

/** Runs krust with a `cargo` that hangs, deaf to every signal that can be unheard, until it does. */
async function withHangingCargo(work: (running: Running) => Promise<void>): Promise<void> {
  await withTemporaryFolder(async (folder) => {
    await writeProject(join(folder, "project"));
    await Deno.mkdir(join(folder, "bin"));
    const deaf = [
      "#!/bin/sh",
      "trap '' INT TERM HUP",
      `echo $$ > ${folder}/pid.new`,
      `mv ${folder}/pid.new ${folder}/pid`,
      "while :; do sleep 600; done",
    ];
    await Deno.writeTextFile(join(folder, "bin/cargo"), `${deaf.join("\n")}\n`, { mode: 0o755 });
    const args = ["build", "--no-push", "--base", "builtin", "project"];
    await withKrust(args, folder, async (running) => {
      await running.until(() => pidIn(folder) !== undefined);
      await work(running);
    }, 'PATH=$PWD/bin:$PATH exec "$@"');
  });
}

await requiring(
  lacking,
  "[row 76] interrupted twice, it ends at once, and so do its children",
  () =>
    withHangingCargo(async ({ child, ended, gone }) => {
      child.kill("SIGINT");
      // The second must not come while the first still waits to be heard: they would count as one.
      await new Promise((resolve) => setTimeout(resolve, 100));
      const start = performance.now();
      child.kill("SIGTERM");
      const { status, stdout } = await ended;
      assert.ok(performance.now() - start < 700, "it waited for its children");
      assert.deepEqual([status, stdout], [143, ""]);
      // krust does not wait for those whom it has had killed.
      await gone(LIMIT);
    }),
);

await requiring(
  lacking,
  "[row 78] cargo that hangs and is deaf to SIGTERM is killed",
  () => withHangingCargo(interrupt),
);

await requiring(
  lacking,
  "[row 78] a build script that hangs and is deaf to SIGTERM is killed",
  () => withHangingBuild("INT TERM HUP", interrupt),
);
