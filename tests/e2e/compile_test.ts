// `deno task compile`, short of the runtime that it downloads: what is embedded, and what is said where
// there is no runtime.
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { join } from "node:path";
import { bundle } from "../../tools/release/bundle.ts";
import { compile, executableName } from "../../tools/release/compile.ts";
import { machineOf } from "../../tools/release/machine.ts";
import { targetsNamed, thisTarget } from "../../tools/release/targets.ts";
import { withTemporaryFolder } from "../support/temporary_folder.ts";

const [target] = targetsNamed(thisTarget());
assert.ok(target !== undefined);

Deno.test("an executable is the runtime in DENORT_BIN with the whole program in it", () =>
  withTemporaryFolder(async (folder) => {
    const program = join(folder, "krust.js");
    await bundle(program);
    await compile(program, folder, target, { DENORT_BIN: Deno.execPath() });
    const executable = Buffer.from(await Deno.readFile(join(folder, executableName(target))));
    assert.equal(machineOf(executable), target.name);
    const middle = Buffer.from(await Deno.readFile(program)).subarray(100_000, 200_000);
    assert.ok(executable.includes(middle), "the bundle is in it");
  }));

Deno.test("a runtime that cannot be downloaded is said in one sentence", () =>
  withTemporaryFolder(async (folder) => {
    const program = join(folder, "krust.js");
    await Deno.writeTextFile(program, "");
    await assert.rejects(
      compile(program, folder, target, {
        DENO_DIR: join(folder, "deno"),
        // Nothing listens there, on any machine that tests run on.
        HTTPS_PROXY: "http://127.0.0.1:1",
      }),
      /^Error: cannot compile for \S+: the runtime cannot be downloaded from https:\S+: [^\n]+; a copy of it can be named in DENORT_BIN, and `deno task package` needs none$/,
    );
    await assert.rejects(
      compile(program, folder, target, { DENORT_BIN: join(folder, "nothing") }),
      /^Error: cannot compile for \S+ with the runtime in \S+nothing \(DENORT_BIN\): [^\n]+$/,
    );
    assert.deepEqual([...Deno.readDirSync(folder)].map(({ name }) => name).sort(), [
      "deno",
      "krust.js",
    ]);
  }));
