// `deno task compile [--target T|all] [--out DIR]`: one executable for this machine or another, or for
// all, and SHA256SUMS. Prints the checksums.
// deno-lint-ignore-file no-console
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { bundle } from "./release/bundle.ts";
import { writeChecksums } from "./release/checksums.ts";
import { compile } from "./release/compile.ts";
import { targetsNamed, thisTarget } from "./release/targets.ts";
import { ROOT } from "./source_tree.ts";

async function main(args: readonly string[]): Promise<string> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      target: { type: "string", default: thisTarget() },
      out: { type: "string", default: join(ROOT, "dist") },
    },
  });
  const targets = targetsNamed(values.target);
  const out = resolve(values.out);
  await Deno.mkdir(out, { recursive: true });
  const folder = await Deno.makeTempDir({ prefix: "krust-compile-" });
  try {
    const program = join(folder, "krust.js");
    await bundle(program);
    for (const target of targets) await compile(program, out, target);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
  return await writeChecksums(out);
}

try {
  console.log((await main(Deno.args)).trimEnd());
} catch (error) {
  console.error(`compile: ${error instanceof Error ? error.message : error}`);
  Deno.exit(1);
}
