// Where images go beside a registry, and what is written of them: the engine, files, metadata, nothing.
import assert from "node:assert/strict";
import { join } from "node:path";
import type { FakeProgram } from "../support/fake_host.ts";
import { HELLO, onMachine } from "./machine.ts";

const BUILTIN = ["build", "--base", "builtin"] as const;
const REPO = { KRUST_REPO: "registry.test/team" };

/** An engine that takes whatever it is given. */
const docker: FakeProgram = async (call) => {
  if (call.args[0] === "load") await call.stdin();
  else call.out("linux/amd64\n");
  return 0;
};

const LOCAL: readonly (readonly [
  what: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  prints: RegExp,
])[] = [
  ["--local", ["--local"], {}, /^krust\.local\/hello:[0-9a-f]{64}\n$/],
  ["--local over KRUST_REPO", ["--local"], REPO, /^krust\.local\/hello:[0-9a-f]{64}\n$/],
  ["KRUST_REPO=krust.local", [], { KRUST_REPO: "krust.local" }, /^krust\.local\/hello:/],
  ["KRUST_REPO=krust.local/", [], { KRUST_REPO: "krust.local/" }, /^krust\.local\/hello:/],
  ["a path on krust.local", [], { KRUST_REPO: "krust.local/a" }, /^krust\.local\/a\/hello:/],
  ["--image on krust.local", ["-i", "krust.local/b:v1"], REPO, /^krust\.local\/b:[0-9a-f]{64}\n/],
  ["--local and --no-push", ["--local", "--no-push"], {}, /^krust\.local\/hello:/],
];

for (const [what, args, env, prints] of LOCAL) {
  Deno.test(`the engine gets the image, and no registry, with ${what}`, async () => {
    await onMachine(HELLO, async ({ krust }) => {
      const { status, stdout, stderr, host } = await krust(
        [...BUILTIN, ...args],
        { env, programs: { docker } },
      );
      assert.equal(status, 0, stderr);
      assert.match(stdout, prints);
      assert.deepEqual(host.requests, []);
      assert.ok(host.commands.some((command) => command.args[0] === "load"));
    });
  });
}

Deno.test("--dry-run says what, for what, from what and where, and asks cargo alone", async () => {
  await onMachine(HELLO, async ({ krust, folder }) => {
    const { status, stdout, stderr, host } = await krust([
      ...["build", "--dry-run", "--platform", "host,linux/amd64,linux/arm64"],
      ...["--image", "registry.test/app:v1", "--tarball", "out.tar", "--base", "bases.test/b:1"],
      ...["--metadata-file", "meta.json"],
    ]);
    assert.equal(status, 0, stderr);
    assert.equal(stdout, "");
    assert.deepEqual(host.requests, []);
    assert.deepEqual(host.commands.map(({ args }) => args[0]), ["metadata"]);
    assert.equal(
      stderr,
      `Would build hello of hello 1.2.3 (${join(folder, "Cargo.toml")})
for linux/amd64, linux/arm64, profile release, on bases.test/b:1
as registry.test/app:v1
to the archive ${join(folder, "out.tar")} and the registry
`,
    );
    const left = [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
    assert.deepEqual(left, ["Cargo.toml", "src"], "nothing was written");
  });
});

Deno.test("--dry-run refuses what a build would refuse", async () => {
  await onMachine(HELLO, async ({ krust }) => {
    const { status, stderr } = await krust(["build", "--dry-run"]);
    assert.equal(status, 2);
    assert.match(stderr, /^error\[usage\]: Either --image or KRUST_REPO must be set$/m);
  });
});

Deno.test("--metadata-file tells what was pushed, with buildx's keys", async () => {
  await onMachine(HELLO, async ({ registry, krust, folder }) => {
    const memory = registry("registry.test");
    const { status, stdout, stderr } = await krust([
      ...BUILTIN,
      ...["--platform", "linux/amd64,linux/arm64", "-t", "v1", "--metadata-file", "meta.json"],
    ], { env: REPO });
    assert.equal(status, 0, stderr);
    const meta = JSON.parse(await Deno.readTextFile(join(folder, "meta.json")));
    const { platforms, ...rest } = meta;
    assert.deepEqual(rest, {
      "image.name": "registry.test/team/hello",
      "containerimage.digest": stdout.trim().split("@")[1],
      "tags": ["v1"],
      "base": {},
      "pushed": true,
    });
    assert.deepEqual(platforms.map(({ platform }: { platform: string }) => platform), [
      "linux/amd64",
      "linux/arm64",
    ]);
    for (const { digest, size } of platforms) {
      assert.equal((await memory.getManifest("team/hello", digest)).descriptor.digest, digest);
      assert.ok(Number.isSafeInteger(size) && size > 0);
    }
  });
});

Deno.test("--metadata-file is not written, and an older one stays, where the push fails", async () => {
  await onMachine({ ...HELLO, "meta.json": "old" }, async ({ krust, folder }) => {
    const { status, stdout } = await krust(
      [...BUILTIN, "--metadata-file", "meta.json"],
      { env: { KRUST_REPO: "registry.invalid/team" } },
    );
    assert.equal(status, 6);
    assert.equal(stdout, "");
    assert.equal(await Deno.readTextFile(join(folder, "meta.json")), "old");
  });
});

Deno.test("a metadata file that cannot be written is exit 7, and the image is named on stderr", async () => {
  await onMachine(HELLO, async ({ registry, krust }) => {
    registry("registry.test");
    const { status, stdout, stderr } = await krust(
      [...BUILTIN, "-q", "--metadata-file", "no/such/folder/meta.json"],
      { env: REPO },
    );
    assert.equal(status, 7);
    assert.equal(stdout, "");
    assert.match(stderr, /^error\[output-failed\]: cannot write the metadata file /);
    assert.match(stderr, /registry\.test\/team\/hello@sha256:[0-9a-f]{64}$/m);
  });
});

Deno.test("stdout that cannot be written is exit 7, and the reference is repeated on stderr", async () => {
  await onMachine(HELLO, async ({ registry, krust }) => {
    registry("registry.test");
    const { status, stderr } = await krust([...BUILTIN, "-q"], {
      env: REPO,
      stdoutError: new Error("No space left on device (os error 28)"),
    });
    assert.equal(status, 7);
    assert.match(stderr, /^error\[output-failed\]: /);
    assert.match(stderr, /No space left on device/);
    assert.match(stderr, /registry\.test\/team\/hello@sha256:[0-9a-f]{64}$/m);
  });
});

Deno.test("files that cannot be written leave the registry as it was", async () => {
  await onMachine(HELLO, async ({ registry, krust }) => {
    registry("registry.test");
    const { status, host } = await krust(
      [...BUILTIN, "--tarball", "no/such/folder/out.tar"],
      { env: REPO },
    );
    assert.equal(status, 7);
    assert.deepEqual(host.requests, []);
  });
});

Deno.test("--dry-run refuses a base that is no reference, and repeats no password", async () => {
  await onMachine(HELLO, async ({ krust }) => {
    for (const base of ["user:hunter2@base.test/x", "Not A Base"]) {
      const { status, stdout, stderr } = await krust(
        ["build", "--dry-run", "--no-push", "--base", base],
      );
      assert.equal(status, 2, stderr);
      assert.equal(stdout, "");
      assert.match(stderr, /^error\[reference-invalid\]: --base: /m);
      assert.doesNotMatch(stderr, /hunter2/);
    }
  });
});
