// krust against registries that are as the hosted ones are; `deno task registries` writes the same into
// docs/registries.md.
import assert from "node:assert/strict";
import { join } from "node:path";
import { ROOT } from "../../tools/source_tree.ts";
import { type Quirk, QUIRKS } from "../support/faults/quirks.ts";
import { playHosted } from "./hosted.ts";
import { HOSTED_PLAYS } from "./hosted_plays.ts";

for (const play of HOSTED_PLAYS) {
  const { service, does }: Quirk = QUIRKS[play.quirk];
  Deno.test(`[${play.quirk}] ${service}: ${does}`, () => playHosted(play));
}

Deno.test("every quirk is played, and stands in docs/registries.md with its source", async () => {
  const played = new Set<string>(HOSTED_PLAYS.map(({ quirk }) => quirk));
  const text = await Deno.readTextFile(join(ROOT, "docs/registries.md"));
  for (const [name, { source }] of Object.entries<Quirk>(QUIRKS)) {
    assert.ok(played.has(name), name);
    const row = text.split("\n").find((line) => line.includes(`| \`${name}\` |`));
    assert.ok(row?.includes(source) === true, `${name} is not in the document as it is here`);
  }
});
