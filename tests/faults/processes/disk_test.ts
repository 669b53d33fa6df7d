// Rows of the fault matrix about disks: full, refusing, read-only, limited. krust as a process, real mounts,
// errors that strace puts in place of what the system would say.
import assert from "node:assert/strict";
import { join } from "node:path";
import { KRUST, type KrustRun } from "../../support/krust_process.ts";
import { publish, syntheticImage } from "../../support/images.ts";
import { writeProject } from "../../support/prebuilt_project.ts";
import { run } from "../../support/program.ts";
import { firstLacking, lackingProgram, requiring } from "../../support/require.ts";
import { stallingRegistry } from "../../support/stalling_registry.ts";
import { withTemporaryFolder } from "../../support/temporary_folder.ts";

const lackingCargo = lackingProgram("cargo", "sh");
const lackingDisk = firstLacking(
  lackingCargo,
  lackingProgram("mount", "umount", "skopeo"),
  Deno.uid() === 0 ? undefined : "only root can mount a small disk",
);
const lackingStrace = firstLacking(lackingCargo, lackingProgram("strace", "skopeo"));

/** A folder with a project in it, and a folder `disk` that a test may mount something on. */
interface Place {
  readonly folder: string;
  readonly disk: string;
  /** Runs krust there, through a shell line that has its words as `"$@"`. */
  krust(
    args: readonly string[],
    how?: { readonly shellLine?: string; readonly env?: Readonly<Record<string, string>> },
  ): Promise<KrustRun>;
}

async function inPlace(work: (place: Place) => Promise<void>): Promise<void> {
  await withTemporaryFolder(async (folder) => {
    const disk = join(folder, "disk");
    await Deno.mkdir(disk);
    await writeProject(join(folder, "project"), { size: 100_000 });
    await work({
      folder,
      disk,
      async krust(args, { shellLine = 'exec "$@"', env = {} } = {}): Promise<KrustRun> {
        const { code, stdout, stderr } = await new Deno.Command("sh", {
          args: ["-c", shellLine, "sh", Deno.execPath(), ...KRUST, ...args, "project"],
          cwd: folder,
          env: { CI: "", KRUST_CACHE_DIR: join(folder, "cache"), DOCKER_CONFIG: folder, ...env },
          stdin: "null",
        }).output();
        const decoder = new TextDecoder();
        return {
          status: code,
          stdout: decoder.decode(stdout),
          stderr: decoder.decode(stderr),
        };
      },
    });
  });
}

/** Mounts a small disk while `work` goes on. */
async function onDisk(disk: string, size: string, work: () => Promise<void>): Promise<void> {
  await run("mount", ["-t", "tmpfs", "-o", `size=${size}`, "tmpfs", disk]);
  try {
    await work();
  } finally {
    await run("umount", [disk]);
  }
}

const BUILD = ["build", "--base", "builtin", "--no-push"] as const;

function assertFails({ status, stdout, stderr }: KrustRun, code: string, says: RegExp): void {
  assert.equal(status, 7, stderr);
  assert.equal(stdout, "");
  assert.match(stderr, new RegExp(`^error\\[${code}\\]: `, "m"));
  assert.match(stderr, says);
  assert.doesNotMatch(stderr, /^\s+at .*:\d+:\d+/m, "a stack trace");
}

/** Files below a folder that somebody was still writing. */
function halfWritten(folder: string): readonly string[] {
  return [...Deno.readDirSync(folder)].flatMap(({ name, isDirectory }) => {
    const path = join(folder, name);
    if (isDirectory) return halfWritten(path);
    return name.startsWith(".krust-") || name.endsWith(".tmp") || /\/tmp\/[^/]+$/.test(path)
      ? [path]
      : [];
  });
}

/** What skopeo finds in a layout, having read it whole. */
async function digestIn(layout: string): Promise<string> {
  const copy = await Deno.makeTempDir();
  try {
    await run("skopeo", ["copy", "-q", `oci:${layout}:latest`, `dir:${copy}`]);
    return await run("skopeo", ["inspect", "--format={{.Digest}}", `oci:${layout}:latest`]);
  } finally {
    await Deno.remove(copy, { recursive: true });
  }
}

await requiring(
  lackingDisk,
  "[row 81] the disk of an OCI layout is full",
  () =>
    inPlace(({ folder, disk, krust }) =>
      onDisk(disk, "4m", async () => {
        const layout = join(disk, "layout");
        const first = await krust([...BUILD, "--oci-layout", layout]);
        assert.equal(first.status, 0, first.stderr);
        const before = await digestIn(layout);
        await writeProject(join(folder, "project"), { size: 6_000_000 });
        const full = await krust([...BUILD, "--oci-layout", layout]);
        assertFails(
          full,
          "sink-failed",
          /no space left on ".*\/disk\/layout" \(needs \d\.\d MiB\)/,
        );
        assert.match(full.stderr, /help: .*free some space/);
        assert.deepEqual(halfWritten(disk), []);
        assert.equal(await digestIn(layout), before, "the old layout is as it was");
      })
    ),
);

await requiring(
  lackingDisk,
  "[row 81] the disk of an archive is full",
  () =>
    inPlace(({ disk, krust }) =>
      onDisk(disk, "64k", async () => {
        const full = await krust([...BUILD, "--tarball", join(disk, "image.tar")]);
        assertFails(full, "sink-failed", /no space left on ".*\/disk\/image.tar" \(needs /);
        assert.deepEqual([...Deno.readDirSync(disk)], []);
      })
    ),
);

await requiring(
  lackingDisk,
  "[row 81] the disk of the cache is full",
  () =>
    inPlace(({ disk, krust }) =>
      onDisk(disk, "64k", async () => {
        const env = { KRUST_CACHE_DIR: join(disk, "cache") };
        const full = await krust(BUILD, { env });
        assertFails(
          full,
          "store-failed",
          /no space left on ".*\/disk\/cache\/.*" \(needs more than /,
        );
        assert.match(full.stderr, /KRUST_CACHE_DIR=DIR/);
        assert.deepEqual(halfWritten(disk), []);
      })
    ),
);

await requiring(
  lackingDisk,
  "[row 81] the disk of TMPDIR is full, and there is no home",
  () =>
    inPlace(({ disk, krust }) =>
      onDisk(disk, "64k", async () => {
        const home = Deno.env.get("HOME") ?? "";
        const full = await krust(BUILD, {
          env: {
            TMPDIR: disk,
            CARGO_HOME: Deno.env.get("CARGO_HOME") ?? join(home, ".cargo"),
            RUSTUP_HOME: Deno.env.get("RUSTUP_HOME") ?? join(home, ".rustup"),
            DENO_DIR: Deno.env.get("DENO_DIR") ?? join(home, ".cache/deno"),
          },
          // rustc, too, writes where TMPDIR says: what is compiled already leaves it out of this.
          shellLine:
            'TMPDIR=/tmp "$@" >&2 && unset HOME KRUST_CACHE_DIR XDG_CACHE_HOME && exec "$@"',
        });
        assertFails(full, "store-failed", /no space left on ".*\/disk\/.*" \(needs more than /);
        assert.deepEqual([...Deno.readDirSync(disk)], []);
      })
    ),
);

/** What the system is made to say, of which calls. */
const REFUSALS: readonly (readonly [what: string, injected: string, says: RegExp])[] = [
  ["EIO on fsync", "fsync:error=EIO", /Input\/output error/],
  ["ENOSPC on rename", "rename,renameat,renameat2:error=ENOSPC", /no space left on/],
  ["EXDEV on rename", "rename,renameat,renameat2:error=EXDEV", /[Cc]ross-device link/],
  ["EROFS on rename", "rename,renameat,renameat2:error=EROFS", /Read-only file system/],
];

for (const [what, injected, says] of REFUSALS) {
  await requiring(
    lackingStrace,
    `[row 82] ${what}, for a layout and for the cache`,
    () =>
      inPlace(async ({ folder, krust }) => {
        const layout = join(folder, "layout");
        const calls = injected.slice(0, injected.indexOf(":"));
        const shellLine =
          `exec strace -f -qq --seccomp-bpf -o /dev/null -e trace=${calls} -e inject=${injected} "$@"`;
        const first = await krust([...BUILD, "--oci-layout", layout]);
        assert.equal(first.status, 0, first.stderr);
        const before = await digestIn(layout);
        const again = [...BUILD, "--oci-layout", layout, "--label", "a=b"];
        assertFails(await krust(again, { shellLine }), "sink-failed", says);
        assert.equal(await digestIn(layout), before, "the old layout is as it was");
        const env = { KRUST_CACHE_DIR: join(folder, "other-cache") };
        assertFails(await krust(again, { shellLine, env }), "store-failed", says);
        assert.deepEqual(halfWritten(folder), []);
        assert.equal((await krust(again)).status, 0, "the next run makes it");
        assert.notEqual(await digestIn(layout), before);
      }),
  );
}

await requiring(
  lackingCargo,
  "[row 82] a file grows past ulimit -f",
  () =>
    inPlace(async ({ folder, krust }) => {
      const built = await krust(BUILD);
      assert.equal(built.status, 0, built.stderr);
      const shellLine = 'ulimit -f 100 && exec "$@"';
      const tarball = await krust([...BUILD, "--tarball", "image.tar"], { shellLine });
      assertFails(tarball, "sink-failed", /File too large/);
      const env = { KRUST_CACHE_DIR: join(folder, "other-cache") };
      assertFails(await krust(BUILD, { shellLine, env }), "store-failed", /File too large/);
      assert.deepEqual(halfWritten(folder), []);
      await assert.rejects(Deno.stat(join(folder, "image.tar")), Deno.errors.NotFound);
    }),
);

await requiring(
  lackingDisk,
  "[row 82] a disk is read-only",
  () =>
    inPlace(({ disk, krust }) =>
      onDisk(disk, "4m", async () => {
        const layout = join(disk, "layout");
        const env = { KRUST_CACHE_DIR: join(disk, "cache") };
        const first = await krust([...BUILD, "--oci-layout", layout], { env });
        assert.equal(first.status, 0, first.stderr);
        const before = await digestIn(layout);
        await run("mount", ["-o", "remount,ro", disk]);
        const again = [...BUILD, "--oci-layout", layout, "--label", "a=b"];
        assertFails(await krust(again), "sink-failed", /Read-only file system/);
        assert.equal(await digestIn(layout), before);
        const other = { KRUST_CACHE_DIR: join(disk, "other-cache") };
        assertFails(await krust(BUILD, { env: other }), "store-failed", /Read-only file system/);
      })
    ),
);

await requiring(
  lackingCargo,
  "[row 87] 64 blobs with 64 file descriptors",
  () =>
    inPlace(async ({ krust }) => {
      await using bases = stallingRegistry(() => false);
      await using target = stallingRegistry(() => false);
      await publish(bases.memory, "base", await syntheticImage({ layers: 62, size: 200 }), "v1");
      const args = ["build", "--base", `${bases.host}/base:v1`, "--image", `${target.host}/app`];
      const { status, stdout, stderr } = await krust(args, {
        shellLine: 'ulimit -n 64 && exec "$@"',
      });
      assert.equal(status, 0, stderr);
      const { raw, descriptor } = await target.memory.getManifest("app", "latest");
      assert.ok(stdout.includes(descriptor.digest));
      const { layers } = JSON.parse(new TextDecoder().decode(raw));
      assert.equal(layers.length, 63, "and a configuration");
    }),
);
