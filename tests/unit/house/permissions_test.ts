// The permission sets of deno.json: what krust asks of the environment is on their list, and they differ
// in nothing but what they are for.
import assert from "node:assert/strict";
import { join } from "node:path";
import { filesBelow, ROOT } from "../../../tools/source_tree.ts";

const { permissions } = JSON.parse(await Deno.readTextFile(join(ROOT, "deno.json")));

/** A name on the list, which may end in `*`. */
function listed(name: string): boolean {
  const list: readonly string[] = permissions.default.env;
  return list.some((entry) =>
    entry.endsWith("*") ? name.startsWith(entry.slice(0, -1)) : name === entry
  );
}

Deno.test("variables that krust reads are on the list of deno.json", async () => {
  const names = new Set<string>();
  for (const file of filesBelow("src", (name) => name.endsWith(".ts"))) {
    const text = await Deno.readTextFile(join(ROOT, file));
    const read = /(?<=\benv\(")\w+(?="\))|(?<=")(?:XDG_[A-Z]+_[A-Z]+|[A-Z]+_PROXY)(?=")/g;
    for (const [name] of text.matchAll(read)) names.add(name);
  }
  assert.ok(names.size > 20, [...names].join());
  assert.deepEqual([...names].filter((name) => !listed(name)), []);
});

Deno.test("the set with tools is the default one with more programs", () => {
  const { default: { run, ...rest }, tools: { run: more, ...same } } = permissions;
  assert.deepEqual(same, rest);
  assert.deepEqual(run.filter((program: string) => !more.includes(program)), []);
});

Deno.test("no set lets krust load libraries, and tests reach this machine alone", () => {
  for (const set of Object.values<Record<string, unknown>>(permissions)) {
    assert.ok(!("ffi" in set) && !("all" in set) && !("import" in set));
  }
  // A name that never resolves (RFC 6761) is asked for to see what is said of it.
  assert.deepEqual(permissions.tests.net, ["127.0.0.1", "localhost", "[::1]", "nosuch.invalid"]);
});
