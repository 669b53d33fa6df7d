// At most so many at once, in the order in which they came.
import assert from "node:assert/strict";
import { Limiter } from "../../../src/core/limiter.ts";

/** Work that ends when the test says so. */
function gate(): { readonly work: () => Promise<void>; open(): void; started: boolean } {
  const { promise, resolve } = Promise.withResolvers<void>();
  const self = {
    started: false,
    open: resolve,
    work(): Promise<void> {
      self.started = true;
      return promise;
    },
  };
  return self;
}

Deno.test("`Limiter` lets two run and has the others wait in line", async () => {
  const limiter = new Limiter(2);
  const gates = [gate(), gate(), gate(), gate()];
  const runs = gates.map(({ work }) => limiter.run(work));
  const started = (): readonly boolean[] => gates.map((one) => one.started);
  assert.deepEqual(started(), [true, true, false, false]);
  gates[1]?.open();
  await runs[1];
  assert.deepEqual(started(), [true, true, true, false]);
  gates[0]?.open();
  await runs[0];
  assert.deepEqual(started(), [true, true, true, true]);
  for (const one of gates) one.open();
  await Promise.all(runs);
});

Deno.test("`Limiter` goes on after work that fails, and gives what it failed with", async () => {
  const limiter = new Limiter(1);
  await assert.rejects(limiter.run(() => Promise.reject(new Error("no"))), /no/);
  assert.equal(await limiter.run(() => Promise.resolve(3)), 3);
});

Deno.test("`Limiter` lets one who is cancelled leave the line", async () => {
  const limiter = new Limiter(1);
  const first = gate();
  const running = limiter.run(first.work);
  const stop = new AbortController();
  const leaving = limiter.run(() => Promise.resolve("ran"), { signal: stop.signal });
  const last = limiter.run(() => Promise.resolve("last"));
  stop.abort(new Error("enough"));
  await assert.rejects(leaving, /enough/);
  first.open();
  await running;
  assert.equal(await last, "last");
  assert.equal(await limiter.run(() => Promise.resolve("again")), "again");
  await assert.rejects(limiter.run(() => Promise.resolve(), { signal: stop.signal }), /enough/);
});

Deno.test("`Limiter` takes a limit that makes no sense for one", async () => {
  for (const limit of [0, -1, NaN]) {
    const limiter = new Limiter(limit);
    const first = gate();
    const second = gate();
    const runs = [limiter.run(first.work), limiter.run(second.work)];
    assert.deepEqual([first.started, second.started], [true, false]);
    first.open();
    second.open();
    await Promise.all(runs);
  }
});
