// What an archive holds, unpacked into a folder and run from an empty one with no Deno on PATH: every
// command of the bundle starts, and an image is made with the compression workers at work.
import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import denoConfig from "../../deno.json" with { type: "json" };
import { createProgram } from "../../src/cli/program.ts";
import { commonContents, contentsFor } from "../../tools/release/contents.ts";
import { targetsNamed, thisTarget } from "../../tools/release/targets.ts";
import { requiring } from "../support/require.ts";
import { tinyElf } from "../support/tiny_elf.ts";

/** More than a worker takes at a time. */
const PROGRAM_SIZE = 3 * 1024 * 1024;

const lacking = Deno.build.os === "windows" ? "needs a POSIX shell" : undefined;

interface Ended {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Puts everything of this machine's archive below `folder`. */
async function unpackedInto(folder: string): Promise<void> {
  const [target] = targetsNamed(thisTarget());
  assert.ok(target !== undefined);
  const runtime = `lib/${target.runtime}`;
  const contents = [
    ...await commonContents(folder),
    ...await contentsFor(target, new Uint8Array()),
  ];
  for (const { path, mode, content } of contents) {
    const place = join(folder, "krust 1", path);
    await Deno.mkdir(dirname(place), { recursive: true });
    if (path === runtime) await Deno.symlink(Deno.execPath(), place);
    else if (typeof content === "string") await Deno.symlink(content, place);
    else await Deno.writeFile(place, content, { mode });
  }
}

/** Runs a program with next to no environment, from a folder of its own with nothing in it. */
async function bare(folder: string, program: string, args: readonly string[]): Promise<Ended> {
  const cwd = join(folder, "empty");
  await Deno.mkdir(cwd, { recursive: true });
  const { code, stdout, stderr } = await new Deno.Command(program, {
    args: [...args],
    cwd,
    clearEnv: true,
    env: { PATH: "/usr/bin:/bin", HOME: join(folder, "home") },
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  return { status: code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

/** Runs the archive's launcher. */
type Krust = (args: readonly string[]) => Promise<Ended>;

async function startsFromAnywhere(folder: string): Promise<void> {
  await Deno.symlink("krust 1/krust", join(folder, "first"));
  await Deno.symlink(join(folder, "first"), join(folder, "second"));
  const said = { status: 0, stdout: `krust ${denoConfig.version}\n`, stderr: "" };
  const launchers = [join(folder, "krust 1/krust"), join(folder, "second"), "../krust 1/krust"];
  for (const launcher of launchers) {
    assert.deepEqual(await bare(folder, launcher, ["version"]), said, launcher);
  }
  const { stdout } = await bare(folder, join(folder, "second"), ["version", "--json"]);
  assert.equal(JSON.parse(stdout).installation, "archive");
  const cargo = join(folder, "krust 1/cargo-krust");
  assert.deepEqual(await bare(folder, cargo, ["krust", "version"]), said);
}

async function helps(krust: Krust): Promise<void> {
  for (const command of createProgram().commands) {
    const { status, stdout, stderr } = await krust([command.name(), "--help"]);
    assert.equal(status, 0, `${command.name()}: ${stderr}`);
    assert.ok(stdout.includes(command.description()), command.name());
  }
}

async function packs(krust: Krust, folder: string): Promise<void> {
  const program = new Uint8Array(PROGRAM_SIZE);
  for (let at = 0; at < PROGRAM_SIZE; at += 65_536) {
    crypto.getRandomValues(program.subarray(at, at + 65_536));
  }
  program.set(tinyElf());
  await Deno.writeFile(join(folder, "hello"), program, { mode: 0o755 });
  for (const compression of ["gzip", "zstd"]) {
    const layout = join(folder, compression);
    const { status, stderr } = await krust([
      ...["pack", "--no-push", "--base", "builtin", "--compression", compression],
      ...["--oci-layout", layout, join(folder, "hello")],
    ]);
    assert.equal(status, 0, stderr);
    assert.match(stderr, /Successfully built image/);
    const blobs = join(layout, "blobs/sha256");
    const sizes = [...Deno.readDirSync(blobs)].map(({ name }) =>
      Deno.statSync(join(blobs, name)).size
    );
    assert.ok(Math.max(...sizes) > PROGRAM_SIZE, sizes.join());
  }
}

async function loadsWhatItNeeds(krust: Krust, folder: string): Promise<void> {
  const text = "a: [1, 'krust:// is mentioned']\n";
  await Deno.writeTextFile(join(folder, "a.yaml"), text);
  const resolved = await krust(["resolve", "-q", "-f", join(folder, "a.yaml")]);
  assert.equal(resolved.stdout, text, resolved.stderr);
  for (const args of [["completions", "zsh"], ["config", "show"], ["cache", "size"]]) {
    const { status, stdout, stderr } = await krust(args);
    assert.equal(status, 0, stderr);
    assert.notEqual(stdout, "", args.join(" "));
  }
  const failed = await krust(["build", "--no-push"]);
  assert.equal(failed.status, 3, failed.stderr);
  assert.match(failed.stderr, /^error\[(project-invalid|cargo-not-found)\]: /m);
}

await requiring(lacking, "what an archive holds runs by itself", async (test) => {
  const folder = await Deno.makeTempDir({ prefix: "krust-archive-" });
  const krust: Krust = (args) => bare(folder, join(folder, "krust 1/krust"), args);
  try {
    await unpackedInto(folder);
    await test.step("through links, by a relative path, and as cargo-krust", () =>
      startsFromAnywhere(folder));
    await test.step("every command has its help", () => helps(krust));
    await test.step("pack compresses with workers and writes an image", () => packs(krust, folder));
    await test.step("what is loaded when it is needed is in the bundle", () =>
      loadsWhatItNeeds(krust, folder));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
