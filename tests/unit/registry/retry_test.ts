// Trying again: what, how often, and after how long; no time passes here.
import assert from "node:assert/strict";
import * as fc from "fast-check";
import { KrustError } from "../../../src/core/error.ts";
import { RegistryError, type RegistryErrorOptions } from "../../../src/registry/errors.ts";
import { SourceFailure } from "../../../src/registry/exchange.ts";
import { backoff, DEFAULT_RETRY, retrying } from "../../../src/registry/retry.ts";
import { testClock } from "./wire.ts";

function failure(options: RegistryErrorOptions = { retryable: true }): RegistryError {
  return new RegistryError("registry-rejected", "push to r/a: HTTP 503", options);
}

/** Fails with each of `errors` in turn, then succeeds; gives what happened. */
async function run(
  errors: readonly unknown[],
  attempts = 6,
): Promise<{ readonly waits: readonly number[]; readonly said: readonly string[]; tries: number }> {
  const clock = testClock();
  const said: string[] = [];
  let tries = 0;
  const policy = {
    ...DEFAULT_RETRY,
    attempts,
    clock,
    warn: (text: string) => void said.push(text),
  };
  const result = await retrying(policy, async (attempt) => {
    assert.equal(attempt, ++tries);
    if (tries <= errors.length) throw errors[tries - 1];
    return "done";
  });
  assert.equal(result, "done");
  return { waits: clock.waits, said, tries };
}

Deno.test("`retrying()` waits twice as long each time, and says so", async () => {
  const { waits, said, tries } = await run(Array.from({ length: 5 }, () => failure()));
  assert.equal(tries, 6);
  assert.deepEqual(waits, [500, 1_000, 2_000, 4_000, 8_000]);
  assert.equal(said.length, 5);
  assert.equal(said[0], "push to r/a: HTTP 503; trying again in 0.5 s (1 of 6)");
});

Deno.test("`retrying()` gives up with the number of tries in the message", async () => {
  await assert.rejects(run(Array.from({ length: 6 }, () => failure())), (error) => {
    assert.ok(error instanceof RegistryError);
    assert.equal(error.message, "push to r/a: HTTP 503 after 6 attempts");
    assert.equal(error.retryable, false, "what gave up inside is final outside");
    return true;
  });
});

Deno.test("`retrying()` heeds what the registry asks for", async () => {
  const { waits } = await run([failure({ retryable: true, retryAfter: 7_000 }), failure()]);
  assert.deepEqual(waits, [7_000, 1_000]);
});

Deno.test("`retrying()` heeds an error that wants fewer tries", async () => {
  const hopeless = failure({ retryable: true, attempts: 2 });
  const { tries } = await run([hopeless]);
  assert.equal(tries, 2);
  await assert.rejects(run([hopeless, hopeless]), /after 2 attempts$/);
});

const FINAL: readonly (readonly [string, unknown])[] = [
  ["a refusal that stays one", failure({ retryable: false })],
  ["another kind of error", new KrustError("digest-mismatch", "not what was promised")],
  ["a failure of what is sent", new SourceFailure(failure())],
  ["a bug", new TypeError("undefined is not a function")],
];

for (const [what, error] of FINAL) {
  Deno.test(`\`retrying()\` does not try again after ${what}`, async () => {
    await assert.rejects(run([error]), (thrown) => thrown === error);
  });
}

Deno.test("`retrying()` stops at once when it is cancelled", async () => {
  const stop = new AbortController();
  const reason = new KrustError("interrupted", "enough");
  const clock = testClock();
  let tries = 0;
  const work = retrying({ ...DEFAULT_RETRY, clock }, async () => {
    tries++;
    stop.abort(reason);
    throw failure();
  }, { signal: stop.signal });
  await assert.rejects(work, (error) => error === reason);
  assert.equal(tries, 1);
  assert.deepEqual(clock.waits, []);
});

Deno.test("`retrying()` gives the signal's reason, not what the cancelled work failed with", async () => {
  const stop = new AbortController();
  const reason = new KrustError("interrupted", "enough");
  const work = retrying({ ...DEFAULT_RETRY, clock: testClock() }, async () => {
    stop.abort(reason);
    throw new KrustError("store-failed", "the file was closed");
  }, { signal: stop.signal });
  await assert.rejects(work, (error) => error === reason);
});

Deno.test("`retrying()` stops while it waits", async () => {
  const stop = new AbortController();
  const reason = new KrustError("interrupted", "enough");
  const clock = {
    ...testClock(),
    wait(): Promise<void> {
      stop.abort(reason);
      return Promise.reject(reason);
    },
  };
  const work = retrying(
    { ...DEFAULT_RETRY, clock },
    () => Promise.reject(failure()),
    { signal: stop.signal },
  );
  await assert.rejects(work, (error) => error === reason);
});

Deno.test("`backoff()` stays within a fifth of its step and under a minute", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 40 }), fc.double({ min: 0, max: 0.999, noNaN: true }), (
      attempt,
      lot,
    ) => {
      const wait = backoff(attempt, {
        ...DEFAULT_RETRY,
        clock: { ...testClock(), random: () => lot },
      });
      const step = 500 * 2 ** (attempt - 1);
      assert.ok(wait <= 60_000);
      assert.ok(wait >= Math.min(60_000, step * 0.8) && wait <= step * 1.2);
    }),
  );
});
