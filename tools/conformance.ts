// OCI's conformance tests of registries, built if need be and run against krust's registry and, to
// compare, distribution: `deno task conformance`. KRUST_CONFORMANCE_SOURCE names a checkout of
// opencontainers/distribution-spec at v1.1.1 where git cannot reach GitHub.
import { dirname, join } from "node:path";
import {
  conformanceProgram,
  lackingConformance,
  runConformance,
} from "../tests/support/conformance.ts";
import { faultRegistry } from "../tests/support/fault_registry.ts";
import { realRegistryAvailable, startRealRegistry } from "../tests/support/registry_server.ts";
import { serveFolder } from "../tests/support/served_registry.ts";

const REPOSITORY = "https://github.com/opencontainers/distribution-spec";
const VERSION = "v1.1.1";

function say(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
}

async function run(program: string, args: readonly string[], cwd: string): Promise<void> {
  const { success } = await new Deno.Command(program, { args: [...args], cwd }).output();
  if (!success) throw new Error(`${program} ${args.join(" ")} failed`);
}

/** Builds the tests; there is no package of them to install, they are a Go test. */
async function build(folder: string): Promise<void> {
  const given = Deno.env.get("KRUST_CONFORMANCE_SOURCE");
  const source = given ?? join(folder, "distribution-spec");
  if (given === undefined) {
    await run(
      "git",
      ["clone", "-q", "--depth=1", `--branch=${VERSION}`, REPOSITORY, source],
      folder,
    );
  }
  const program = conformanceProgram();
  await Deno.mkdir(dirname(program), { recursive: true });
  await run("go", ["test", "-c", "-o", program, "."], join(source, "conformance"));
}

/** Runs the tests against a registry that is started for them. */
async function measure(
  name: string,
  folder: string,
  start: () => Promise<AsyncDisposable & { readonly host: string }>,
): Promise<number> {
  await using server = await start();
  const { passed, failed, skipped, output } = await runConformance(server.host, folder);
  say(`${name}: ${passed} passed, ${failed} failed, ${skipped} skipped`);
  const names = [...new Set(output.match(/^ *\[FAIL\].*$/gm))];
  for (const line of names) say(`  ${line.trim()}`);
  return failed;
}

async function main(): Promise<number> {
  const folder = await Deno.makeTempDir({ prefix: "krust-conformance-" });
  try {
    if (lackingConformance() !== undefined) await build(folder);
    const served = await measure(
      "krust registry serve",
      folder,
      () => serveFolder(join(folder, "registry")),
    );
    const faultless = await measure(
      "fault registry, no fault armed",
      folder,
      () => Promise.resolve(faultRegistry().listen()),
    );
    for (const edition of ["3.0", "2.8"] as const) {
      const lacking = realRegistryAvailable(edition);
      const name = `distribution ${edition}`;
      if (lacking === undefined) await measure(name, folder, () => startRealRegistry({ edition }));
      else say(`${name}: ${lacking}`);
    }
    return served + faultless === 0 ? 0 : 1;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

if (import.meta.main) Deno.exit(await main());
