import assert from "node:assert/strict";
import { KrustError } from "../../../src/core/error.ts";
import type { EndingSignal } from "../../../src/core/host.ts";
import { untilSignalled } from "../../../src/cli/cancellation.ts";
import { fakeHost } from "../../support/fake_host.ts";

/** Work that ends when it is asked to, failing with `failure`, or with the reason. */
function patient(failure?: Error): (signal: AbortSignal) => Promise<never> {
  return (signal) =>
    new Promise((_, reject) => {
      signal.addEventListener("abort", () => reject(failure ?? signal.reason));
    });
}

const SIGNALS: readonly (readonly [name: EndingSignal, status: number])[] = [
  ["SIGINT", 130],
  ["SIGTERM", 143],
  ["SIGHUP", 129],
];

for (const [name, status] of SIGNALS) {
  Deno.test(`untilSignalled() ends with ${status} on ${name}`, async () => {
    const host = fakeHost({ cwd: "/" });
    const running = untilSignalled(host, patient());
    assert.ok(host.signal(name));
    await assert.rejects(
      running,
      (error) => error instanceof KrustError && error.exitStatus === status,
    );
    assert.equal(host.signal(name), false, "nobody listens any more");
  });
}

Deno.test("untilSignalled() gives signals to whom they are diverted, until that is over", async () => {
  const host = fakeHost({ cwd: "/" });
  const got: EndingSignal[] = [];
  const running = untilSignalled(host, async (signal, divert) => {
    {
      using _ = divert((name) => got.push(name));
      host.signal("SIGTERM");
      host.signal("SIGTERM");
    }
    assert.equal(signal.aborted, false);
    host.signal("SIGINT");
    signal.throwIfAborted();
  });
  await assert.rejects(running, { code: "interrupted" });
  assert.deepEqual(got, ["SIGTERM", "SIGTERM"]);
});

Deno.test("untilSignalled() takes whatever fails after a signal for its consequence", async () => {
  const host = fakeHost({ cwd: "/" });
  const running = untilSignalled(host, patient(new TypeError("fetch failed")));
  host.signal("SIGINT");
  await assert.rejects(running, { code: "interrupted" });
});

Deno.test("untilSignalled() waits for work that cleans up, but not after a second signal", async () => {
  const host = fakeHost({ cwd: "/" });
  const cleaning = Promise.withResolvers<never>();
  const running = untilSignalled(host, () => cleaning.promise);
  host.signal("SIGINT");
  assert.equal(host.endings, 0);
  host.signal("SIGTERM");
  await assert.rejects(running, { code: "terminated" });
  assert.equal(host.endings, 1, "programs that are still running are ended");
  cleaning.reject(new Error("over"));
});

Deno.test("untilSignalled() gives what work gives, and passes on its own failures", async () => {
  const host = fakeHost({ cwd: "/" });
  assert.equal(await untilSignalled(host, () => Promise.resolve(7)), 7);
  const failure = new Error("its own");
  await assert.rejects(untilSignalled(host, () => Promise.reject(failure)), failure);
  assert.equal(host.signal("SIGINT"), false);
});
