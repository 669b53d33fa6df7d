// The door of JSR: krust is published to a registry of that shape on loopback by `deno publish` itself,
// and run from there.
import assert from "node:assert/strict";
import { join } from "node:path";
import denoConfig from "../../deno.json" with { type: "json" };
import { MemoryRegistry } from "../../src/registry/memory.ts";
import { serveRegistry } from "../../src/registry/server.ts";
import { ROOT } from "../../tools/source_tree.ts";
import { type JsrRegistry, startJsrRegistry } from "../support/jsr_registry.ts";
import { run } from "../support/program.ts";
import { lackingProgram, requiring } from "../support/require.ts";
import { withTemporaryFolder } from "../support/temporary_folder.ts";
import { NATIVE, TOOLCHAIN } from "./cargo_toolchain.ts";

const lacking = Deno.build.os === "windows"
  ? "needs links to folders"
  : lackingProgram("cargo", "rustc", "cc");

/** A cache of Deno's with npm's packages in it and nothing else: their registry is not asked. */
async function cacheWithPackages(folder: string): Promise<string> {
  const { npmCache } = JSON.parse(await run(Deno.execPath(), ["info", "--json"]));
  const cache = join(folder, "deno");
  await Deno.mkdir(cache);
  await Deno.symlink(npmCache, join(cache, "npm"));
  return cache;
}

/** What a step plays with. */
interface Stage {
  readonly folder: string;
  readonly jsr: JsrRegistry;
  /** Variables of a machine that has nothing but this registry. */
  readonly env: Readonly<Record<string, string>>;
}

async function publishes({ jsr }: Stage): Promise<void> {
  // Types are checked by the gate, with `deno publish --dry-run`.
  await run(Deno.execPath(), [
    ...["publish", "--token", "t", "--allow-dirty", "--no-provenance", "--no-check"],
  ], { env: { JSR_URL: jsr.address }, cwd: ROOT });
  const { name, version, exports, files } = jsr.published ?? assert.fail("nothing came");
  assert.deepEqual([name, version], [denoConfig.name, denoConfig.version]);
  for (const entry of Object.values(exports)) assert.ok(files.has(entry.slice(1)), entry);
  const others = [...files.keys()].filter((path) =>
    !/^\/(main\.ts|src\/.*\.ts|deno\.json|[A-Z-]+(\.md)?)$/.test(path)
  );
  assert.deepEqual(others, []);
  assert.ok(files.has("/LICENSE-MIT") && files.has("/README.md"));
}

async function builds({ folder, env }: Stage): Promise<void> {
  await run("cp", ["-r", join(ROOT, "example/hello-krust"), join(folder, "project")]);
  await Deno.remove(join(folder, "project/target"), { recursive: true }).catch(() => {});
  const server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen: () => {} },
    serveRegistry(new MemoryRegistry("127.0.0.1")),
  );
  try {
    const printed = await run(Deno.execPath(), [
      ...["run", "-A", "-q", "--no-lock", "jsr:@krust/cli", "build", "--base", "builtin"],
      ...["--libc", "auto", "--platform", NATIVE, "project"],
    ], { env: { ...env, KRUST_REPO: `127.0.0.1:${server.addr.port}/x` }, cwd: folder });
    assert.match(printed, /^127\.0\.0\.1:\d+\/x\/hello-krust@sha256:[0-9a-f]{64}\n$/);
  } finally {
    await server.shutdown();
  }
}

async function installs({ folder, env }: Stage): Promise<void> {
  const root = join(folder, "installed");
  await run(Deno.execPath(), [
    ...["install", "-g", "-A", "-q", "-n", "krust", "--root", root, "jsr:@krust/cli"],
  ], { env, cwd: folder });
  const krust = join(root, "bin/krust");
  assert.equal(
    await run(krust, ["version"], { env, cwd: folder }),
    `krust ${denoConfig.version}\n`,
  );
  const facts = await run(krust, ["version", "--json"], { env, cwd: folder });
  assert.equal(JSON.parse(facts).installation, "jsr");
}

await requiring(
  lacking,
  "krust is published, run and installed through JSR",
  (test) =>
    withTemporaryFolder(async (folder) => {
      await using jsr = startJsrRegistry();
      const stage = {
        folder,
        jsr,
        env: {
          ...TOOLCHAIN,
          JSR_URL: jsr.address,
          DENO_DIR: await cacheWithPackages(folder),
          DENO_NO_UPDATE_CHECK: "1",
          KRUST_CACHE_DIR: join(folder, "cache"),
          XDG_CONFIG_HOME: folder,
          DOCKER_CONFIG: folder,
        },
      };
      await test.step("what is published is the program and nothing else", () => publishes(stage));
      await test.step("deno run -A jsr:@krust/cli build", () => builds(stage));
      await test.step("deno install -g", () => installs(stage));
    }),
);
