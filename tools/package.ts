// `deno task package [--target T|all] [--out DIR] [--runtime FILE]`: archives that hold everything krust
// needs, and SHA256SUMS. The runtime comes from npm, or is a file here. Prints the checksums.
// deno-lint-ignore-file no-console
import { parseArgs } from "node:util";
import { join, resolve } from "node:path";
import { VERSION } from "../src/cli/program.ts";
import { archiveName, writeArchive } from "./release/archive.ts";
import { writeChecksums } from "./release/checksums.ts";
import { commonContents, contentsFor } from "./release/contents.ts";
import { fetchRuntime, readRuntime } from "./release/runtime.ts";
import { targetsNamed, thisTarget } from "./release/targets.ts";
import { ROOT } from "./source_tree.ts";

async function main(args: readonly string[]): Promise<string> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      target: { type: "string", default: thisTarget() },
      out: { type: "string", default: join(ROOT, "dist") },
      runtime: { type: "string" },
    },
  });
  const targets = targetsNamed(values.target);
  const out = resolve(values.out);
  await Deno.mkdir(out, { recursive: true });
  const folder = await Deno.makeTempDir({ prefix: "krust-package-" });
  try {
    const common = await commonContents(folder);
    for (const target of targets) {
      const runtime = values.runtime === undefined
        ? await fetchRuntime(target, folder)
        : await readRuntime(target, values.runtime);
      const contents = [...common, ...await contentsFor(target, runtime)];
      await writeArchive(out, archiveName(VERSION, target), target, contents);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
  return await writeChecksums(out);
}

try {
  console.log((await main(Deno.args)).trimEnd());
} catch (error) {
  console.error(`package: ${error instanceof Error ? error.message : error}`);
  Deno.exit(1);
}
