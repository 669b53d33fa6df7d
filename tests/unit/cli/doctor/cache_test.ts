import assert from "node:assert/strict";
import { join } from "node:path";
import { checkCache, mayWrite } from "../../../../src/cli/doctor/cache.ts";
import type { Finding } from "../../../../src/cli/doctor/finding.ts";
import { resolveSettings } from "../../../../src/config/resolve_settings.ts";
import { NO_USER_CONFIG } from "../../../../src/config/user_settings.ts";
import { fakeHost } from "../../../support/fake_host.ts";
import { withTemporaryFolder } from "../../../support/temporary_folder.ts";

const GIB = 1024 ** 3;

async function look(
  cwd: string,
  cache: string,
  { free = 9 * GIB, size = "10GiB" } = {},
): Promise<Finding> {
  const host = fakeHost({ cwd, env: { KRUST_CACHE_DIR: cache } });
  const env = (name: string): string | undefined => host.env(name);
  const settings = resolveSettings({ flags: { cacheSize: size }, env, file: NO_USER_CONFIG });
  const [finding] = await checkCache({ host, settings }, () => Promise.resolve(free));
  assert.ok(finding !== undefined);
  return finding;
}

Deno.test("a cache that is not there is a note, and its folder may be made", async () => {
  await withTemporaryFolder(async (top) => {
    const path = join(top, "a b/cache");
    const { status, command, remedy } = await look(top, path);
    assert.deepEqual([status, command], ["note", `mkdir -p '${path}'`]);
    assert.deepEqual(remedy, { kind: "make-folder", path });
  });
});

Deno.test("a disk with little room is a warning, and the cache may be emptied", async () => {
  await withTemporaryFolder(async (top) => {
    const { status, what, remedy } = await look(top, top, { free: GIB / 2 });
    assert.deepEqual([status, what], ["warning", `${top}: only 512.0 MiB free on its disk`]);
    assert.deepEqual(remedy, { kind: "prune", path: top, limit: 0 });
  });
});

Deno.test("a cache over its size may be pruned to it", async () => {
  await withTemporaryFolder(async (top) => {
    await Deno.mkdir(join(top, "recall"));
    await Deno.writeTextFile(join(top, "recall/a.json"), "12345");
    assert.equal((await look(top, top)).status, "ok");
    const { command, remedy } = await look(top, top, { size: "4" });
    assert.deepEqual([command, remedy], ["krust cache prune", {
      kind: "prune",
      path: top,
      limit: 4,
    }]);
  });
});

Deno.test("a cache where a file stands in the way is one that cannot be written", async () => {
  await withTemporaryFolder(async (top) => {
    const file = join(top, "file");
    await Deno.writeTextFile(file, "");
    const { status, what, why } = await look(top, join(file, "cache"));
    assert.deepEqual([status, what], ["failure", `${file}/cache: cannot be written`]);
    assert.equal(why, `${file}: it is no folder`);
  });
});

Deno.test("mayWrite() goes by owner, group and bits, and refuses only what is sure", () => {
  const me = { uid: 1000, gid: 1000 };
  const folder = (mode: number, uid = 1000, gid = 1000) => ({ mode, uid, gid });
  assert.ok(mayWrite(folder(0o700), me));
  assert.ok(!mayWrite(folder(0o577), me));
  assert.ok(mayWrite(folder(0o070, 0), me));
  assert.ok(!mayWrite(folder(0o755, 0, 0), me));
  assert.ok(mayWrite(folder(0o775, 0, 0), me), "a second group may be theirs");
  assert.ok(mayWrite(folder(0o555, 5, 5), { uid: 0, gid: 0 }));
  assert.ok(mayWrite(folder(0, 5, 5), { uid: null, gid: null }));
});
