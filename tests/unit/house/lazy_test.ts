// What starting krust must not load: the graph of `deno info --json` without `await import()`.
import assert from "node:assert/strict";
import * as v from "valibot";
import { ROOT } from "../../../tools/source_tree.ts";

const Edge = v.optional(v.object({ specifier: v.optional(v.string()) }));

const Graph = v.object({
  roots: v.array(v.string()),
  modules: v.array(v.object({
    specifier: v.string(),
    dependencies: v.optional(
      v.array(v.object({ code: Edge, isDynamic: v.optional(v.boolean(), false) })),
      [],
    ),
  })),
});

/** What is loaded with a file, by address. */
async function loadedWith(path: string): Promise<ReadonlySet<string>> {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", "--config", `${ROOT}deno.json`, `${ROOT}${path}`],
    stdin: "null",
    stderr: "null",
  }).output();
  const { roots, modules } = v.parse(Graph, JSON.parse(new TextDecoder().decode(stdout)));
  const needed = new Map(modules.map(({ specifier, dependencies }) => [
    specifier,
    dependencies.flatMap(({ code, isDynamic }) => isDynamic ? [] : code?.specifier ?? []),
  ]));
  const loaded = new Set<string>();
  const waiting = [...roots];
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
    if (loaded.has(at)) continue;
    loaded.add(at);
    waiting.push(...needed.get(at) ?? []);
  }
  return loaded;
}

for (const path of ["main.ts", "src/mod.ts", "src/cli/commands/resolve.ts"]) {
  Deno.test(`loading ${path} loads no YAML library`, async () => {
    const loaded = await loadedWith(path);
    const libraries = [...loaded].filter((specifier) => specifier.startsWith("npm:"));
    assert.ok(libraries.length > 0, "libraries that are loaded are seen");
    assert.deepEqual(libraries.filter((specifier) => specifier.includes("/yaml@")), []);
  });
}
