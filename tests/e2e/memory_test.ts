// A large program is packed and pushed in little memory. The compiler is a stand-in that hands out a
// prepared file: what is measured is krust.
import assert from "node:assert/strict";
import { join } from "node:path";
import { ended, spawnKrust } from "../support/krust_process.ts";
import { noise } from "../support/images.ts";
import { realRegistryAvailable, startRealRegistry } from "../support/registry_server.ts";
import { firstLacking, lackingProgram, requiring } from "../support/require.ts";
import { withTemporaryFolder } from "../support/temporary_folder.ts";
import { tinyElf } from "../support/tiny_elf.ts";

const MIB = 1024 * 1024;
const EXECUTABLE = 256 * MIB;
const LIMIT = 160 * MIB;

/** A valid executable of `size` bytes that does not compress away. */
async function writeLargeExecutable(path: string, size: number): Promise<void> {
  using file = await Deno.open(path, { write: true, create: true, mode: 0o755 });
  await file.write(tinyElf());
  const chunk = noise(7, 4 * MIB);
  for (let at = chunk.length; at < size; at += chunk.length) {
    // Each chunk differs, so that no compressor finds it again.
    chunk[0] = at / chunk.length;
    for (let i = 0; i < chunk.length; i += 4096) chunk[i] = (at / chunk.length + i / 4096) & 0xff;
    await file.write(chunk);
  }
  await file.truncate(size);
}

/** A program that answers `cargo metadata` and `cargo build` as cargo would. */
async function writeCargo(folder: string, executable: string): Promise<string> {
  const manifest = join(folder, "Cargo.toml");
  await Deno.writeTextFile(manifest, "[package]\nname = 'large'\nversion = '1.0.0'\n");
  const target = { kind: ["bin"], crate_types: ["bin"], name: "large", src_path: "main.rs" };
  const metadata = {
    packages: [{
      ...{ name: "large", version: "1.0.0", id: "large 1.0.0", manifest_path: manifest },
      ...{ authors: [], targets: [target], dependencies: [], features: {}, edition: "2021" },
      ...{ description: null, license: null, repository: null, homepage: null },
      ...{ documentation: null, default_run: null, metadata: null },
    }],
    ...{ workspace_members: ["large 1.0.0"], workspace_default_members: ["large 1.0.0"] },
    ...{ workspace_root: folder, target_directory: join(folder, "target"), version: 1 },
    metadata: null,
  };
  const message = {
    reason: "compiler-artifact",
    ...{ package_id: "large 1.0.0", manifest_path: manifest, target, fresh: false },
    ...{ filenames: [executable], executable, features: [] },
  };
  const path = join(folder, "cargo");
  const script = `#!/bin/sh
case "$1" in
metadata) cat <<'END'
${JSON.stringify(metadata)}
END
;;
*) cat <<'END'
${JSON.stringify(message)}
{"reason":"build-finished","success":true}
END
;;
esac
`;
  await Deno.writeTextFile(path, script, { mode: 0o755 });
  return path;
}

/** The most memory that a process has had so far, in bytes; undefined where it is gone. */
async function peakOf(pid: number): Promise<number | undefined> {
  const text = await Deno.readTextFile(`/proc/${pid}/status`).catch(() => "");
  const kilobytes = /^VmHWM:\s+(\d+) kB$/m.exec(text)?.[1];
  return kilobytes === undefined ? undefined : Number(kilobytes) * 1024;
}

/** Watches a process until it is gone; its peak only grows, so the last reading is the answer. */
async function watchPeak(child: Deno.ChildProcess): Promise<number> {
  let peak = 0;
  let running = true;
  const over = child.status.then(() => running = false);
  while (running) {
    peak = await peakOf(child.pid) ?? peak;
    await Promise.race([over, new Promise((resolve) => setTimeout(resolve, 20))]);
  }
  return peak;
}

await requiring(
  firstLacking(
    realRegistryAvailable(),
    lackingProgram("sh"),
    Deno.build.os === "linux" ? undefined : "peak memory is read from /proc",
  ),
  `an executable of ${EXECUTABLE / MIB} MiB is packed and pushed in at most ${LIMIT / MIB} MiB`,
  () =>
    withTemporaryFolder(async (folder) => {
      await using registry = await startRealRegistry();
      const executable = join(folder, "target/x86_64-unknown-linux-musl/release/large");
      await Deno.mkdir(join(executable, ".."), { recursive: true });
      await writeLargeExecutable(executable, EXECUTABLE);
      const cargo = await writeCargo(folder, executable);
      const child = spawnKrust(["build", "--base", "scratch", folder], {
        runs: cargo,
        env: {
          KRUST_CARGO: cargo,
          KRUST_CACHE_DIR: join(folder, "cache"),
          KRUST_REPO: `${registry.host}/x`,
        },
      });
      const [peak, { status, stderr }] = await Promise.all([watchPeak(child), ended(child)]);
      assert.equal(status, 0, stderr);
      assert.ok(peak > 30 * MIB, `the peak was not measured: ${peak}`);
      assert.ok(peak <= LIMIT, `the peak is ${(peak / MIB).toFixed(0)} MiB`);
    }),
);
