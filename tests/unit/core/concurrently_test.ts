// Structured concurrency: order, limit, and that nothing is left running.
import assert from "node:assert/strict";
import fc from "fast-check";
import { concurrently, type Task } from "../../../src/core/concurrently.ts";

/** Lets every promise that can go on do so. */
const turns = async (count: number): Promise<void> => {
  for (let turn = 0; turn < count; turn++) await Promise.resolve();
};

Deno.test("`concurrently()` gives results in order and never exceeds the limit", async () => {
  const delays = fc.array(fc.nat(20), { maxLength: 30 });
  await fc.assert(
    fc.asyncProperty(delays, fc.integer({ min: 1, max: 8 }), async (counts, limit) => {
      let running = 0;
      let most = 0;
      const tasks = counts.map((count, index): Task<number> => async () => {
        most = Math.max(most, ++running);
        await turns(count);
        running--;
        return index;
      });
      assert.deepEqual(await concurrently(tasks, { limit }), counts.map((_, index) => index));
      assert.equal(most, Math.min(limit, counts.length));
    }),
  );
});

for (const limit of [0, -1, NaN, 0.5]) {
  Deno.test(`\`concurrently()\` runs everything where the limit is ${limit}`, async () => {
    assert.deepEqual(await concurrently([async () => 1, async () => 2], { limit }), [1, 2]);
  });
}

Deno.test("`concurrently()` has no result for no tasks", async () => {
  assert.deepEqual(await concurrently([], { limit: 4 }), []);
});

Deno.test("`concurrently()` aborts the siblings, awaits them and throws the first failure", async () => {
  const log: string[] = [];
  const failure = new Error("first");
  const tasks: Task<void>[] = [
    async () => {
      await turns(3);
      throw failure;
    },
    async (signal) => {
      await aborted(signal);
      assert.equal(signal.reason, failure);
      await turns(50);
      log.push("cleaned up");
      throw new Error("second");
    },
    async () => void log.push("must not start"),
  ];
  await assert.rejects(concurrently(tasks, { limit: 2 }), (error) => error === failure);
  assert.deepEqual(log, ["cleaned up"]);
});

Deno.test("`concurrently()` treats a task that throws at once like one that rejects", async () => {
  const failure = new Error("at once");
  const task: Task<void> = () => {
    throw failure;
  };
  await assert.rejects(concurrently([task], { limit: 1 }), (error) => error === failure);
});

Deno.test("`concurrently()` counts even `undefined` that is thrown as a failure", async () => {
  const outcome = await concurrently([() => Promise.reject(undefined)], { limit: 1 })
    .then(() => "result", (error) => error);
  assert.equal(outcome, undefined);
});

Deno.test("`concurrently()` throws the signal's reason when it is cancelled, whatever tasks say", async () => {
  const controller = new AbortController();
  const reason = new Error("interrupted");
  let awaited = false;
  const task: Task<void> = async (signal) => {
    await aborted(signal);
    await turns(20);
    awaited = true;
    throw new Error("broken pipe");
  };
  const running = concurrently([task], { limit: 1, signal: controller.signal });
  controller.abort(reason);
  await assert.rejects(running, (error) => error === reason);
  assert.equal(awaited, true);
});

Deno.test("`concurrently()` starts nothing where the signal is aborted already", async () => {
  let started = false;
  const task: Task<void> = async () => void (started = true);
  const reason = new Error("too late");
  const signal = AbortSignal.abort(reason);
  await assert.rejects(concurrently([task], { limit: 1, signal }), (error) => error === reason);
  assert.equal(started, false);
});

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve()));
}
