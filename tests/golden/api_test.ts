// The public names, their members and the types that stand there: they change on purpose only.
import { join } from "node:path";
import * as v from "valibot";
import denoConfig from "../../deno.json" with { type: "json" };
import { ROOT } from "../../tools/source_tree.ts";
import { assertGolden } from "../support/golden.ts";
import { run } from "../support/program.ts";

const Documentation = v.object({
  nodes: v.record(
    v.string(),
    v.object({
      symbols: v.array(v.object({ name: v.string(), declarations: v.array(v.unknown()) })),
    }),
  ),
});

/** What says where a declaration stands and what it is for, and nothing of what it is. */
const BESIDE = new Set(["jsDoc", "location", "resolution", "hasBody", "declarationKind", "repr"]);

/** A declaration in YAML's flow style, with what is false or empty left out. */
function shape(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(shape).join(", ")}]`;
  if (typeof value !== "object" || value === null) return String(value);
  const members = Object.entries(value)
    .filter(([key, member]) => !BESIDE.has(key) && member !== false && member !== null)
    .map(([key, member]) => `${key}: ${shape(member)}`);
  return `{${members.join(", ")}}`;
}

async function surface(entry: string): Promise<string> {
  const said = await run(Deno.execPath(), ["doc", "--json", join(ROOT, entry)], {
    cwd: ROOT,
    env: { NO_COLOR: "1" },
  });
  const { nodes } = v.parse(Documentation, JSON.parse(said));
  return Object.values(nodes).flatMap(({ symbols }) => symbols)
    .map(({ name, declarations }) => `${name} ${declarations.map(shape).join(" ")}\n`)
    // A member a line, so that a difference shows which.
    .map((text) => text.replaceAll("{name: ", "\n  {name: "))
    .sort()
    .join("");
}

Deno.test("what the library and its part for tests export changes on purpose", async () => {
  const { "./lib": library, "./testing": testing } = denoConfig.exports;
  await assertGolden(
    "api.txt",
    `# @krust/cli/lib\n${await surface(library)}\n# @krust/cli/testing\n${await surface(testing)}`,
  );
});
