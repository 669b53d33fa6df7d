// The error class and its chain of causes.
import assert from "node:assert/strict";
import { causeChain, EXIT_STATUS, KrustError, wrapError } from "../../../src/core/error.ts";

Deno.test("`KrustError` has the exit status of its code, no help and no details by default", () => {
  const error = new KrustError("network-failed", "reach it: nobody answered");
  assert.equal(error.exitStatus, 6);
  assert.deepEqual([error.help, error.details, error.cause], [[], {}, undefined]);
  assert.equal("cause" in error, false);
});

Deno.test("`EXIT_STATUS` uses the statuses of the contract alone", () => {
  const allowed = new Set([1, 2, 3, 4, 5, 6, 7, 129, 130, 143]);
  assert.deepEqual(Object.entries(EXIT_STATUS).filter(([, status]) => !allowed.has(status)), []);
});

Deno.test("`wrapError()` passes a KrustError through and wraps anything else", () => {
  const known = new KrustError("usage", "known");
  assert.equal(wrapError("internal", "other", known), known);
  const wrapped = wrapError("store-failed", "write it", new Error("disk"), { help: ["make room"] });
  assert.deepEqual([wrapped.code, wrapped.message, wrapped.help], ["store-failed", "write it", [
    "make room",
  ]]);
  assert.deepEqual(causeChain(wrapped), ["disk"]);
});

const chains: readonly (readonly [string, unknown, readonly string[]])[] = [
  ["no cause", new Error("a"), []],
  ["what is no error", "text", []],
  ["a chain", chain("a", "b", "c"), ["b", "c"]],
  ["a cause that the message quotes", chain("open x: no such file", "no such file"), []],
  ["a cause that another cause quotes", chain("a", "send: reset", "reset", "cable"), [
    "send: reset",
    "cable",
  ]],
  ["a cause without a message", chain("a", "", "c"), ["c"]],
  ["a cause that is text", new Error("a", { cause: "why" }), ["why"]],
  ["a cause that is an object", new Error("a", { cause: { secret: 1 } }), []],
  ["a cause without a prototype", new Error("a", { cause: Object.create(null) }), []],
  ["a cause that is null", new Error("a", { cause: null }), []],
  ["an aggregate", new AggregateError([new Error("v6"), new Error("v4")], "connect"), ["v6", "v4"]],
  [
    "an aggregate below, with causes of its own parts",
    new Error("top", { cause: new AggregateError([chain("v6", "down"), new Error("v4")]) }),
    ["v6", "down", "v4"],
  ],
];

for (const [name, error, expected] of chains) {
  Deno.test(`\`causeChain()\` gives ${JSON.stringify(expected)} for ${name}`, () => {
    assert.deepEqual(causeChain(error), expected);
  });
}

Deno.test("`causeChain()` ends where a chain bites its own tail", () => {
  const first = new Error("first");
  const second = new Error("second", { cause: first });
  first.cause = second;
  assert.deepEqual(causeChain(first), ["second"]);
});

Deno.test("`causeChain()` tells eight causes at most", () => {
  const names = Array.from({ length: 30 }, (_, index) => `cause <${index}>`);
  assert.deepEqual(causeChain(chain("top", ...names)), names.slice(0, 8));
});

function chain(message: string, ...causes: readonly string[]): Error {
  const [next, ...rest] = causes;
  return new Error(message, next === undefined ? {} : { cause: chain(next, ...rest) });
}
