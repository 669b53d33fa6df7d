// The layers of architecture.md section 3 hold, and the checker notices when they do not.
import assert from "node:assert/strict";
import { basename, join } from "node:path";
import { filesBelow } from "../../../tools/source_tree.ts";
import { breaches, type Module, RULES, type Rules } from "../../support/layering.ts";
import { moduleGraph } from "../../support/module_graph.ts";

const SMALL: Rules = {
  folders: { core: [], oci: ["core"], cli: ["core", "oci"], "mod.ts": ["core", "oci"] },
  outside: { "npm:tarry": ["src/core/tar.ts"], "npm:schema": ["src/core/", "src/oci/"] },
};

function module(path: string, ...imports: readonly string[]): Module {
  return { path, imports };
}

Deno.test("the code base keeps to the layers", async () => {
  const files = filesBelow("src", (name) => name.endsWith(".ts"));
  const graph = await moduleGraph([...files, "main.ts"]);
  assert.ok(graph.length > files.length, "the graph lacks files of src");
  assert.ok(graph.some(({ imports }) => imports.includes("npm:valibot")), "no library was seen");
  assert.deepEqual(breaches(graph, RULES), []);
});

Deno.test("`moduleGraph()` sees type imports, `await import()` and libraries", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(
      join(folder, "a.ts"),
      'import type { B } from "./b.ts";\nimport * as v from "valibot";\n' +
        'export const load = (): Promise<unknown> => import("./c.ts");\nexport type { B };\nv;\n',
    );
    await Deno.writeTextFile(join(folder, "b.ts"), "export type B = string;\n");
    await Deno.writeTextFile(join(folder, "c.ts"), 'import "node:path";\n');
    const named = (await moduleGraph([join(folder, "a.ts")])).map(({ path, imports }) => ({
      path: basename(path),
      imports: imports.map((target) => basename(target)),
    }));
    assert.deepEqual(named.sort((x, y) => x.path < y.path ? -1 : 1), [
      module("a.ts", "b.ts", "npm:valibot", "c.ts"),
      module("b.ts"),
      module("c.ts"),
    ]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("`breaches()` finds none where the rules hold", () => {
  const graph = [
    module("main.ts", "src/cli/main.ts", "src/core/host.ts"),
    module("src/core/tar.ts", "src/core/error.ts", "npm:tarry"),
    module("src/oci/reference.ts", "src/core/error.ts", "npm:schema"),
    module("src/cli/main.ts", "src/oci/reference.ts"),
    module("src/mod.ts", "src/oci/reference.ts"),
  ];
  assert.deepEqual(breaches(graph, SMALL), []);
});

const BROKEN: readonly (readonly [what: string, graph: readonly Module[], sentence: RegExp])[] = [
  [
    "an import against the layers",
    [module("src/core/error.ts", "src/oci/reference.ts")],
    /^src\/core\/error\.ts imports src\/oci\/reference\.ts: core may import nothing$/,
  ],
  [
    "an import of cli",
    [module("src/mod.ts", "src/cli/main.ts")],
    /mod\.ts may import core, oci$/,
  ],
  [
    "a folder that is not in the table",
    [module("src/new/thing.ts")],
    /^src\/new\/thing\.ts: "new" is not in the table$/,
  ],
  [
    "an import from outside src",
    [module("src/oci/reference.ts", "tests/support/fake.ts")],
    /fake\.ts, which is not in the table$/,
  ],
  [
    "a library outside its one module",
    [module("src/core/error.ts", "npm:tarry")],
    /^src\/core\/error\.ts imports npm:tarry, which belongs to src\/core\/tar\.ts$/,
  ],
  [
    "a library kept from a folder",
    [module("src/cli/main.ts", "npm:schema")],
    /^src\/cli\/main\.ts imports npm:schema/,
  ],
  [
    "a library that nobody entered",
    [module("src/core/error.ts", "npm:leftpad")],
    /npm:leftpad, which is not in the table$/,
  ],
];

for (const [what, graph, sentence] of BROKEN) {
  Deno.test(`\`breaches()\` finds ${what}`, () => {
    const found = breaches(graph, SMALL);
    assert.equal(found.length, 1, found.join("\n"));
    assert.match(found[0] ?? "", sentence);
  });
}

Deno.test("`breaches()` finds a cycle even where the table allows each step", () => {
  const rules: Rules = { folders: { a: ["b"], b: ["c"], c: ["a"], d: ["a"] }, outside: {} };
  const graph = [
    module("src/d/x.ts", "src/a/x.ts"),
    module("src/a/x.ts", "src/b/x.ts"),
    module("src/b/x.ts", "src/c/x.ts"),
    module("src/c/x.ts", "src/a/y.ts"),
  ];
  assert.deepEqual(breaches(graph, rules), ["cycle: a → b → c → a"]);
});

Deno.test("every folder of the table comes after those that it may import", () => {
  const seen: string[] = [];
  for (const [folder, allowed] of Object.entries(RULES.folders)) {
    assert.deepEqual(allowed.filter((name) => !seen.includes(name)), [], folder);
    seen.push(folder);
  }
});
