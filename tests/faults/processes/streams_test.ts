// Rows of the fault matrix about standard output and standard error that cannot be written: krust as a
// process, a registry that it pushes to, real devices.
import assert from "node:assert/strict";
import { join } from "node:path";
import { KRUST, type KrustRun } from "../../support/krust_process.ts";
import { writeProject } from "../../support/prebuilt_project.ts";
import { firstLacking, lackingProgram, requiring } from "../../support/require.ts";
import { type StallingRegistry, stallingRegistry } from "../../support/stalling_registry.ts";
import { withTemporaryFolder } from "../../support/temporary_folder.ts";

const lacking = firstLacking(
  lackingProgram("cargo", "sh"),
  Deno.build.os === "linux" ? undefined : "wants /dev/full",
);

const REFERENCE = /127\.0\.0\.1:\d+\/app@sha256:[0-9a-f]{64}/;

/** Pushes through a shell line that has krust's words as `"$@"`. */
async function push(
  shellLine: string,
  check: (run: KrustRun, registry: StallingRegistry) => Promise<void> | void,
  more: readonly string[] = [],
): Promise<void> {
  await withTemporaryFolder(async (folder) => {
    await using registry = stallingRegistry(() => false);
    await writeProject(join(folder, "project"));
    const args = ["build", "--base", "builtin", "--image", `${registry.host}/app`, ...more];
    const { code, stdout, stderr } = await new Deno.Command("sh", {
      args: ["-c", shellLine, "sh", Deno.execPath(), ...KRUST, ...args, "project"],
      cwd: folder,
      env: { CI: "", KRUST_CACHE_DIR: join(folder, "cache"), DOCKER_CONFIG: folder },
      stdin: "null",
    }).output();
    const decoder = new TextDecoder();
    await check(
      { status: code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) },
      registry,
    );
  });
}

for (
  const [what, shellLine, reason] of [
    ["a device that is full", 'exec "$@" > /dev/full', /No space left on device/],
    // The reader has gone long before anything is printed.
    [
      "a pipe whose reader is gone",
      'mkfifo gone && { : < gone & exec "$@" > gone; }',
      /Broken pipe/,
    ],
  ] as const
) {
  await requiring(
    lacking,
    `[row 79] standard output is ${what}`,
    () =>
      push(shellLine, async ({ status, stderr }, { memory }) => {
        assert.equal(status, 7, stderr);
        assert.match(stderr, /^error\[output-failed\]: cannot write the result/m);
        assert.match(stderr, reason);
        const [last = ""] = stderr.match(new RegExp(`nevertheless: ${REFERENCE.source}`)) ?? [];
        assert.match(last, REFERENCE, stderr);
        const { descriptor } = await memory.getManifest("app", "latest");
        assert.ok(last.endsWith(descriptor.digest), "the reference is the tag's");
        assert.doesNotMatch(stderr, /^\s+at .*:\d+:\d+/m, "a stack trace");
      }),
  );
}

await requiring(
  lacking,
  "[row 79] standard output is closed from the start",
  () =>
    push('exec "$@" >&-', async ({ status, stderr }, { memory }) => {
      assert.equal(status, 0, stderr);
      assert.deepEqual(await memory.listTags("app"), ["latest"]);
    }),
);

for (
  const [what, shellLine] of [
    ["closed", 'exec "$@" 2>&-'],
    ["a device that is full", 'exec "$@" 2> /dev/full'],
    ["a pipe whose reader is gone", 'mkfifo gone && { : < gone & exec "$@" 2> gone; }'],
  ] as const
) {
  await requiring(
    lacking,
    `[row 80] standard error is ${what}`,
    () =>
      push(shellLine, async ({ status, stdout }, { memory }) => {
        assert.equal(status, 0);
        assert.match(stdout, new RegExp(`^${REFERENCE.source}\n$`));
        const { descriptor } = await memory.getManifest("app", "latest");
        assert.ok(stdout.includes(descriptor.digest));
      }),
  );

  await requiring(
    lacking,
    `[row 80] standard error is ${what}, and there is an error to tell`,
    () =>
      push(shellLine, ({ status, stdout }) => {
        assert.equal(status, 2);
        assert.equal(stdout, "");
      }, ["--platform", "linux/none"]),
  );
}
