// The module graph of the code base, as `deno info --json` sees it.
import { relative, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import * as v from "valibot";
import { ROOT } from "../../tools/source_tree.ts";
import type { Module } from "./layering.ts";

const Edge = v.optional(v.object({ specifier: v.optional(v.string()) }));

const Graph = v.object({
  modules: v.array(v.object({
    specifier: v.string(),
    dependencies: v.optional(v.array(v.object({ code: Edge, type: Edge })), []),
  })),
});

/**
 * The modules that can be reached from some files of the project, types and `await import()` included.
 *
 * @param roots paths, absolute or from the project's root.
 */
export async function moduleGraph(roots: readonly string[]): Promise<readonly Module[]> {
  const entry = await Deno.makeTempFile({ suffix: ".ts" });
  try {
    const imports = roots.map((root) => `import "${pathToFileURL(resolve(ROOT, root)).href}";\n`);
    await Deno.writeTextFile(entry, imports.join(""));
    const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["info", "--json", "--config", `${ROOT}deno.json`, entry],
      stdin: "null",
    }).output();
    const decoder = new TextDecoder();
    if (!success) throw new Error(`deno info: ${decoder.decode(stderr)}`);
    return readGraph(JSON.parse(decoder.decode(stdout)), pathToFileURL(entry).href);
  } finally {
    await Deno.remove(entry);
  }
}

function readGraph(document: unknown, entry: string): readonly Module[] {
  return v.parse(Graph, document).modules
    .filter(({ specifier }) => specifier.startsWith("file:") && specifier !== entry)
    .map(({ specifier, dependencies }) => ({
      path: pathOf(specifier),
      imports: dependencies.flatMap(({ code, type }) => [code?.specifier, type?.specifier])
        .filter((target) => target !== undefined)
        .filter((target) => !target.startsWith("node:"))
        .map((target) => target.startsWith("file:") ? pathOf(target) : libraryOf(target)),
    }));
}

function pathOf(specifier: string): string {
  return relative(ROOT, fileURLToPath(specifier)).replaceAll("\\", "/");
}

/** `npm:@scope/name` of `npm:/@scope/name@1.2.3/sub/path`; anything else as it is. */
function libraryOf(specifier: string): string {
  const name = /^npm:\/?((?:@[^/]+\/)?[^/@]+)/.exec(specifier)?.[1];
  return name === undefined ? specifier : `npm:${name}`;
}
