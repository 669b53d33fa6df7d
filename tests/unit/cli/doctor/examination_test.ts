import assert from "node:assert/strict";
import { attempt, inTime, sparingHost } from "../../../../src/cli/doctor/examination.ts";
import { fakeHost } from "../../../support/fake_host.ts";

const LIVE = new AbortController().signal;

Deno.test("a sparing host has rustup install nothing, and shows every answer", async () => {
  const seen: string[] = [];
  const host = fakeHost({
    cwd: "/",
    programs: {
      rustc: (call) => {
        call.out(`${call.env("RUSTUP_AUTO_INSTALL")} ${call.env("A")}`);
        return 0;
      },
    },
    registries: { "a.test": () => Promise.resolve(new Response("x")) },
  });
  const sparing = sparingHost(host, (_response, url) => void seen.push(url.host));
  const { stdout } = await sparing.run({ program: "rustc", args: [], env: { A: "b" } });
  assert.equal(stdout, "0 b");
  const url = new URL("https://a.test/");
  const response = await sparing.transport({ method: "GET", url, headers: new Headers() });
  await response.body?.cancel();
  assert.deepEqual(seen, ["a.test"]);
});

Deno.test("what a check throws is a warning with its reason, but for the end of krust", async () => {
  const [finding] = await attempt("cache", LIVE, () => Promise.reject(new Error("odd")));
  assert.deepEqual([finding?.status, finding?.why], ["warning", "odd"]);
  const gone = AbortSignal.abort(new Error("interrupted"));
  await assert.rejects(
    attempt("cache", gone, () => Promise.reject(new Error("odd"))),
    /interrupted/,
  );
});

Deno.test("inTime() passes on results, failures, and the caller's own abort", async () => {
  assert.equal(await inTime(LIVE, "x", () => Promise.resolve(1)), 1);
  await assert.rejects(inTime(LIVE, "x", () => Promise.reject(new Error("odd"))), /odd/);
  const stop = new AbortController();
  const waiting = inTime(stop.signal, "x", (signal) =>
    new Promise((_, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason));
    }));
  stop.abort(new Error("interrupted"));
  await assert.rejects(waiting, /interrupted/);
});

Deno.test("inTime() says who did not answer for how long", async () => {
  const waiting = inTime(LIVE, "a.test", (signal) =>
    new Promise((_, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason));
    }), 1);
  await assert.rejects(waiting, /no answer from a\.test for 0\.001 s/);
});
