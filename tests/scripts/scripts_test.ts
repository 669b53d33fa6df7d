// Runs every script of this folder against krust's command line, each on a machine of its own: a fake
// toolchain, no network, nothing of the real environment. With KRUST_GOLDEN=1 (`deno task golden`) what
// krust writes is taken over into the scripts.
import assert from "node:assert/strict";
import { basename, join } from "node:path";
import { filesBelow, ROOT } from "../../tools/source_tree.ts";
import { fakeToolchain } from "../support/fake_toolchain.ts";
import { krustInProcess } from "../support/krust_in_process.ts";
import { runScript } from "../support/script.ts";
import { scriptRegistries } from "../support/script_registry.ts";

const scripts = filesBelow("tests/scripts", (name) => name.endsWith(".txt"));
const update = Deno.env.get("KRUST_GOLDEN") === "1";

Deno.test("there are scripts", () => {
  assert.ok(scripts.length > 0);
});

for (const path of scripts) {
  Deno.test(`script ${basename(path, ".txt")}`, async () => {
    const top = await Deno.realPath(await Deno.makeTempDir());
    try {
      const folder = join(top, "work");
      await Deno.mkdir(folder);
      const text = await Deno.readTextFile(join(ROOT, path));
      const registries = scriptRegistries();
      // krust looks for a linker, but runs none.
      await Deno.mkdir(join(top, "bin"));
      await Deno.writeTextFile(join(top, "bin/cc"), "", { mode: 0o755 });
      const result = await runScript(path, text, {
        folder,
        krust: krustInProcess({
          programs: fakeToolchain({ sysroot: join(top, "rust") }),
          registries: registries.handlers,
        }),
        commands: registries.commands,
        env: {
          HOME: join(top, "home"),
          XDG_CACHE_HOME: join(top, "cache"),
          PATH: join(top, "bin"),
          CI: "true",
        },
        update,
      });
      if (update && result !== text) await Deno.writeTextFile(join(ROOT, path), result);
    } finally {
      await Deno.remove(top, { recursive: true });
    }
  });
}
