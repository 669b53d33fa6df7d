// Work that is shared by all who ask for it.
import assert from "node:assert/strict";
import { Once } from "../../../src/core/once.ts";

Deno.test("`Once.get()` makes a value once for all who ask, and another for another key", async () => {
  const once = new Once<number>();
  let made = 0;
  const make = async (): Promise<number> => ++made;
  assert.deepEqual(await Promise.all([once.get("a", make), once.get("a", make)]), [1, 1]);
  assert.equal(await once.get("b", make), 2);
  assert.equal(await once.get("a", make), 1);
});

Deno.test("`Once.get()` gives a failure to all who wait, and makes the value anew afterwards", async () => {
  const once = new Once<string>();
  const failing = Promise.withResolvers<string>();
  const waiting = [once.get("a", () => failing.promise), once.get("a", async () => "not asked")];
  failing.reject(new Error("no"));
  const outcomes = await Promise.allSettled(waiting);
  assert.deepEqual(outcomes.map(({ status }) => status), ["rejected", "rejected"]);
  assert.equal(await once.get("a", async () => "yes"), "yes");
});

Deno.test("`Once.forget()` has a value made anew, and a late failure does not undo that", async () => {
  const once = new Once<string>();
  const old = Promise.withResolvers<string>();
  const waiting = once.get("a", () => old.promise);
  once.forget("a");
  assert.equal(await once.get("a", async () => "new"), "new");
  old.reject(new Error("late"));
  await assert.rejects(waiting, { message: "late" });
  assert.equal(await once.get("a", async () => "made again"), "new");
});
