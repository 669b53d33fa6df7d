// The README's CLI reference is the program's own help, every command of it.
import assert from "node:assert/strict";
import { join } from "node:path";
import { createProgram } from "../../src/cli/program.ts";
import { ROOT } from "../../tools/source_tree.ts";
import { krustInProcess } from "../support/krust_in_process.ts";

const README = join(ROOT, "README.md");
const SECTION = /(<!-- cli-reference: [^>]*-->\n)([\s\S]*?)(<!-- \/cli-reference -->)/;

/** The part of a commander command that is needed to walk the tree of them. */
interface Named {
  name(): string;
  readonly commands: readonly Named[];
}

/** Every command that does something by itself, as the words that choose it. */
function commandLines(command: Named, words: readonly string[] = []): readonly string[][] {
  const below = command.commands.filter((child) => child.name() !== "help");
  if (below.length === 0) return [[...words]];
  return below.flatMap((child) => commandLines(child, [...words, child.name()]));
}

/** The reference: the overview, then each command, as krust itself tells them. */
async function reference(): Promise<string> {
  const krust = krustInProcess({});
  const sections: string[] = [];
  for (const words of [[], ...commandLines(createProgram())]) {
    const { status, stdout } = await krust([...words, "--help"], { cwd: ROOT, env: {} });
    assert.equal(status, 0);
    sections.push(`\`\`\`\n${stdout.trim()}\n\`\`\`\n`);
  }
  return `\n${sections.join("\n")}\n`;
}

Deno.test("the README's CLI reference is what `--help` says", async () => {
  const readme = await Deno.readTextFile(README);
  const wanted = await reference();
  assert.ok(wanted.includes("krust build [OPTIONS] [DIRECTORY] [-- <CARGO_ARGS>...]"));
  const found = SECTION.exec(readme)?.[2];
  assert.ok(found !== undefined, "the README has no section for the reference");
  if (Deno.env.get("KRUST_GOLDEN") !== "1") {
    return assert.equal(found, wanted, "README.md is out of date: deno task golden");
  }
  const mended = readme.replace(SECTION, (_, open, __, close) => `${open}${wanted}${close}`);
  await Deno.writeTextFile(README, mended);
});
