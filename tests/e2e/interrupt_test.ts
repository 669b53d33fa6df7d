// Ctrl-C and its kin, sent to a krust that compiles for real: the right status, no child left, nothing
// printed, nothing half-written.
import assert from "node:assert/strict";
import { join } from "node:path";
import { ended, spawnKrust } from "../support/krust_process.ts";
import { firstLacking, lackingProgram, requiring } from "../support/require.ts";
import { withTemporaryFolder } from "../support/temporary_folder.ts";

/** A project whose build script says its process's number in a file and then hangs, deaf to SIGTERM. */
async function writeHangingProject(folder: string): Promise<string> {
  const pidFile = join(folder, "pid");
  await Deno.mkdir(join(folder, "src"));
  await Deno.writeTextFile(
    join(folder, "Cargo.toml"),
    "[package]\nname = 'hangs'\nversion = '0.1.0'\nedition = '2021'\n[workspace]\n",
  );
  await Deno.writeTextFile(join(folder, "src/main.rs"), "fn main() {}\n");
  await Deno.writeTextFile(
    join(folder, "build.rs"),
    `use std::process::Command;
fn main() {
    let script = "trap '' INT; echo $$ > \\"$PID_FILE\\".new; mv \\"$PID_FILE\\".new \\"$PID_FILE\\"; exec sleep 600";
    Command::new("sh").args(["-c", script]).status().unwrap();
}
`,
  );
  return pidFile;
}

/** Waits for the number that a file will hold. */
async function pidIn(file: string, child: Deno.ChildProcess): Promise<number> {
  let over = false;
  const status = child.status.then(() => over = true);
  while (!over) {
    const text = await Deno.readTextFile(file).catch(() => "");
    if (text !== "") return Number(text);
    await Promise.race([status, new Promise((resolve) => setTimeout(resolve, 20))]);
  }
  throw new Error("krust ended before its project's build script ran");
}

function isRunning(pid: number): boolean {
  try {
    // A process that has ended and that nobody has asked about is not running.
    const stat = Deno.readTextFileSync(`/proc/${pid}/stat`);
    return stat.slice(stat.lastIndexOf(")") + 2, stat.lastIndexOf(")") + 3) !== "Z";
  } catch {
    return false;
  }
}

for (
  const [signal, status, code] of [
    ["SIGINT", 130, "interrupted"],
    ["SIGTERM", 143, "terminated"],
    ["SIGHUP", 129, "hung-up"],
  ] as const
) {
  await requiring(
    firstLacking(
      lackingProgram("cargo", "sh", "sleep"),
      Deno.build.os === "linux" ? undefined : "processes are looked up in /proc",
    ),
    `${signal} while compiling ends with ${status} and leaves no child`,
    () =>
      withTemporaryFolder(async (folder) => {
        const pidFile = await writeHangingProject(folder);
        const tarball = join(folder, "image.tar");
        const child = spawnKrust(
          [
            "build",
            "--libc",
            "auto",
            "--base",
            "builtin",
            "--no-push",
            "--tarball",
            tarball,
            folder,
          ],
          { env: { PID_FILE: pidFile, KRUST_CACHE_DIR: join(folder, "cache") } },
        );
        const outcome = ended(child);
        const pid = await pidIn(pidFile, child);
        child.kill(signal);
        const run = await outcome;
        assert.equal(run.status, status, run.stderr);
        assert.equal(run.stdout, "");
        assert.match(run.stderr, new RegExp(`^error\\[${code}\\]: `, "m"));
        assert.equal(isRunning(pid), false, "the build script is still running");
        await assert.rejects(Deno.stat(tarball), Deno.errors.NotFound);
      }),
  );
}
