// Packing a file of 256 MiB takes no more memory than packing a small one, give or take.
import assert from "node:assert/strict";
import { requiring } from "../../support/require.ts";
import { noise } from "../../support/streams.ts";
import { withTemporaryFolder } from "../../support/temporary_folder.ts";

const MIB = 1024 * 1024;
const SIZE = 256 * MIB;

/** The most that the process may ever hold: Deno itself takes 50 MiB, each worker some 15. */
const LIMIT = 160 * MIB;

/** Packs a file in a process of its own and gives the most memory it held, in bytes. */
async function peakOfPacking(path: string, folder: string): Promise<number> {
  const root = new URL("../../../", import.meta.url);
  // The digest is found on the way: hashing beforehand would fill memory that counts.
  const program = `
    import { ContentStore } from "${root}src/store/content_store.ts";
    import { fileBody } from "${root}src/core/files.ts";
    import { packLayer } from "${root}src/image/pack.ts";
    const [path, folder, digest] = Deno.args;
    const { layer } = await packLayer(
      [{ path: "/app/x", mode: 0o755, digest, body: fileBody(path, ${SIZE}) }],
      { store: new ContentStore(folder, { now: () => new Date() }), mtime: 0, workers: 2 },
    );
    const [, peak] = /VmHWM:\\s*(\\d+) kB/.exec(await Deno.readTextFile("/proc/self/status"));
    console.log(layer.descriptor.size, Number(peak) * 1024);`;
  const hash = await new Deno.Command("sha256sum", { args: [path] }).output();
  const digest = `sha256:${new TextDecoder().decode(hash.stdout).slice(0, 64)}`;
  const script = `${folder}/pack.js`;
  await Deno.writeTextFile(script, program);
  const config = `--config=${root.pathname}deno.json`;
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-lock", config, script, path, `${folder}/cache`, digest],
  }).output();
  assert.equal(code, 0, new TextDecoder().decode(stderr));
  const [size, peak] = new TextDecoder().decode(stdout).trim().split(" ").map(Number);
  assert.ok(size !== undefined && size > SIZE / 10, `only ${size} bytes were packed`);
  return peak ?? assert.fail();
}

const lacking = Deno.build.os === "linux" ? undefined : "peak memory is read from /proc";

await requiring(
  lacking,
  "`packLayer()` holds a fraction of a large file in memory",
  () =>
    withTemporaryFolder(async (folder) => {
      const path = `${folder}/large`;
      const piece = noise(4 * MIB);
      using file = await Deno.open(path, { write: true, createNew: true });
      for (let at = 0; at < SIZE; at += piece.length) await file.write(piece);
      const peak = await peakOfPacking(path, folder);
      assert.ok(peak <= LIMIT, `${(peak / MIB).toFixed(0)} MiB at its peak`);
    }),
);
