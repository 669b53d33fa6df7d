// WWW-Authenticate in all the forms in which registries and proxies write it.
import assert from "node:assert/strict";
import * as fc from "fast-check";
import { KrustError } from "../../../src/core/error.ts";
import {
  type Challenge,
  CHALLENGE_LIMIT,
  parseChallenges,
} from "../../../src/registry/challenge.ts";

type Plain = readonly [string, Readonly<Record<string, string>>];

function plain(header: string): readonly Plain[] {
  return parseChallenges(header).map(({ scheme, parameters }) => [
    scheme,
    Object.fromEntries(parameters),
  ]);
}

const READ: readonly (readonly [string, string, readonly Plain[]])[] = [
  ["nothing", "", []],
  ["a scheme alone", "Negotiate", [["negotiate", {}]]],
  [
    "commas in a quoted scope",
    'Bearer realm="https://auth.io/token",service="r.io",scope="repository:a:pull,push"',
    [["bearer", {
      realm: "https://auth.io/token",
      service: "r.io",
      scope: "repository:a:pull,push",
    }]],
  ],
  [
    "two schemes merged into one header",
    'Negotiate, Bearer realm="x", Basic realm="y", charset=UTF-8',
    [["negotiate", {}], ["bearer", { realm: "x" }], ["basic", { realm: "y", charset: "UTF-8" }]],
  ],
  ["any case", 'bEARER REALM="x",Service=Y', [["bearer", { realm: "x", service: "Y" }]]],
  ["escapes", String.raw`Basic realm="a \"b\" \\ c"`, [["basic", { realm: 'a "b" \\ c' }]]],
  ["unquoted values", "Bearer realm=https://auth.io/token?a=b,service=r", [
    ["bearer", { realm: "https://auth.io/token?a=b", service: "r" }],
  ]],
  ["space around the equals sign", 'Bearer realm = "x" , service ="y"', [
    ["bearer", { realm: "x", service: "y" }],
  ]],
  ["parameters without commas", 'Bearer realm="x" service="y"', [
    ["bearer", { realm: "x", service: "y" }],
  ]],
  ["empty list elements", ', ,Bearer ,, realm="x",,', [["bearer", { realm: "x" }]]],
  ["a token68", "Negotiate YWJj/+== , Basic realm=x", [
    ["negotiate", {}],
    ["basic", { realm: "x" }],
  ]],
  ["the first of a name twice", 'Bearer realm="x",realm="evil"', [["bearer", { realm: "x" }]]],
  ["a quote that never closes", 'Bearer realm="x', [["bearer", { realm: "x" }]]],
  ["a backslash at the end", 'Bearer realm="x\\', [["bearer", { realm: "x" }]]],
  ["a scheme's name inside a value", 'Bearer realm="Basic realm=y"', [
    ["bearer", { realm: "Basic realm=y" }],
  ]],
  ["an empty value", 'Bearer realm="",service=""', [["bearer", { realm: "", service: "" }]]],
  ["parameters before any scheme", 'realm="x", Basic realm="y"', [["basic", { realm: "y" }]]],
];

for (const [what, header, expected] of READ) {
  Deno.test(`\`parseChallenges()\` reads ${what}`, () => {
    assert.deepEqual(plain(header), expected);
  });
}

Deno.test("`parseChallenges()` refuses a header without end", () => {
  const header = `Bearer realm="${"x".repeat(CHALLENGE_LIMIT)}"`;
  assert.throws(
    () => parseChallenges(header),
    (error) => error instanceof KrustError && error.code === "auth-required",
  );
});

Deno.test("`parseChallenges()` reads any text that is short enough", () => {
  const bits = fc.constantFrom('"', "\\", ",", "=", " ", "Bearer", "realm", "x", "\t", "é", "==");
  const text = fc.oneof(fc.string(), fc.array(bits, { maxLength: 40 }).map((all) => all.join("")));
  fc.assert(fc.property(text, (header) => {
    for (const { scheme } of parseChallenges(header)) assert.match(scheme, /^[^\s",=]+$/);
  }));
});

Deno.test("`parseChallenges()` reads back what the grammar of RFC 9110 writes", () => {
  const token = fc.stringMatching(/^[a-z][a-z0-9_.-]{0,8}$/);
  const value = fc.string({ unit: fc.constantFrom("a", '"', "\\", ",", "=", " ", ":", "/") });
  const challenge = fc.record({
    scheme: token,
    parameters: fc.uniqueArray(fc.tuple(token, value), {
      minLength: 1,
      maxLength: 4,
      selector: ([name]) => name,
    }),
  });
  fc.assert(fc.property(fc.array(challenge, { maxLength: 4 }), (challenges) => {
    const header = challenges.map(({ scheme, parameters }) =>
      `${scheme} ${
        parameters.map(([name, text]) => `${name}="${text.replace(/["\\]/g, "\\$&")}"`).join(", ")
      }`
    ).join(", ");
    const expected: readonly Challenge[] = challenges.map(({ scheme, parameters }) => ({
      scheme,
      parameters: new Map(parameters),
    }));
    assert.deepEqual(parseChallenges(header), expected);
  }));
});

Deno.test("`parseChallenges()` takes nothing within a stray quoted string for a challenge", () => {
  const header = '"Basic realm=x, " Bearer realm="https://a.test/", "Negotiate", \\"NTLM"';
  assert.deepEqual(parseChallenges(header), [
    { scheme: "bearer", parameters: new Map([["realm", "https://a.test/"]]) },
  ]);
});

Deno.test("`parseChallenges()` takes time in proportion to the header", () => {
  const nasty = [" ", "=", "a", "a ", '"', "a=", "a,", "\\", '"\\', "é", '""', "é,"];
  for (const piece of nasty) {
    const header = `Bearer ${piece.repeat(Math.floor(16_000 / piece.length))}!`;
    const start = performance.now();
    parseChallenges(header);
    assert.ok(performance.now() - start < 500, `${JSON.stringify(piece)} took too long`);
  }
});
