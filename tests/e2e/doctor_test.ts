// `krust doctor` on this machine, with its own cargo, rustc and rustup, and a registry server.
import assert from "node:assert/strict";
import { join } from "node:path";
import { runKrust } from "../support/krust_process.ts";
import { realRegistryAvailable, startRealRegistry } from "../support/registry_server.ts";
import { firstLacking, requiring } from "../support/require.ts";
import { withTemporaryFolder } from "../support/temporary_folder.ts";
import { lackingStd, NATIVE, TOOLCHAIN } from "./cargo_toolchain.ts";

await requiring(
  firstLacking(await lackingStd(NATIVE, "musl"), realRegistryAvailable()),
  "`doctor` finds this machine ready, what it says holds, and without a toolchain it is not",
  () =>
    withTemporaryFolder(async (top) => {
      await using registry = await startRealRegistry();
      const project = join(top, "hello");
      await Deno.mkdir(join(project, "src"), { recursive: true });
      await Deno.writeTextFile(
        join(project, "Cargo.toml"),
        '[package]\nname = "hello"\nversion = "1.0.0"\nedition = "2021"\n',
      );
      await Deno.writeTextFile(join(project, "src/main.rs"), "fn main() {}\n");
      const own = { DOCKER_CONFIG: top, KRUST_CACHE_DIR: join(top, "cache") };
      const env = { ...TOOLCHAIN, ...own, KRUST_REPO: `${registry.host}/team` };
      const options = [project, "--base", "builtin", "--platform", NATIVE];
      const well = await runKrust(["doctor", ...options], { env });
      assert.equal(well.status, 0, well.stderr);
      for (const check of ["cargo", "rustc", "target", "linker", "registry", "clock"]) {
        assert.match(well.stdout, new RegExp(`^ok +${check} `, "m"));
      }
      assert.match(well.stdout, /^A build would go through$/m);
      const left = [...Deno.readDirSync(project)].map(({ name }) => name).toSorted();
      assert.deepEqual(left, ["Cargo.toml", "src"]);
      await assert.rejects(Deno.stat(own.KRUST_CACHE_DIR), Deno.errors.NotFound);
      const built = await runKrust(["build", ...options], { env });
      assert.equal(built.status, 0, built.stderr);
      const ill = await runKrust(["doctor", ...options], { env: { ...env, PATH: top } });
      assert.equal(ill.status, 3, ill.stderr);
      assert.match(ill.stdout, /^failure {2}cargo {6}cargo not found: "cargo"$/m);
      assert.match(
        ill.stderr,
        /^error\[not-ready\]: a build would not go through: cargo not found/m,
      );
    }),
);
