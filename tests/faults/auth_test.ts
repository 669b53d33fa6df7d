// Rows of the fault matrix about challenges, tokens, and where credentials may go.
import assert from "node:assert/strict";
import { answers, type Fault, type FaultAction } from "../support/faults/fault.ts";
import { fails, fine, type Play, plays, playsAt } from "./stage.ts";

const PASSWORD = "canary-7c1e";
const BEARER = { auth: { bearer: { users: { me: PASSWORD } } } };
const BASIC = { auth: { basic: { me: PASSWORD } } };

const target = playsAt("target", { password: PASSWORD });

function token(does: FaultAction, more: Partial<Fault> = {}): Fault {
  return { on: { kind: "token" }, does, ...more };
}

/** Every request but those for tokens is answered 401 with a challenge of its own, for ever. */
function challenged(challenge: string | undefined): Fault {
  return {
    on: { path: /^\/v2\// },
    does: answers(401, ["UNAUTHORIZED"], {
      ...(challenge === undefined ? {} : { "www-authenticate": challenge }),
    }),
  };
}

/** The same once: what comes after it is the registry's own. */
function challengedOnce(challenge: string): Fault {
  return { ...challenged(challenge), times: 1 };
}

const schemes: readonly Play[] = [
  target(
    36,
    "401 without WWW-Authenticate",
    [challenged(undefined)],
    fails("auth-required", /401/),
    {
      requests: 2,
    },
  ),
  target(
    36,
    "401 with a scheme that is not known",
    [challenged("NTLM")],
    fails("auth-required", /asked for NTLM: only Basic and Bearer/),
    { requests: 2 },
  ),
  target(
    37,
    "401 for ever, good token or not",
    [challenged('Bearer realm="https://registry.test/token",service="registry.test"')],
    fails("auth-required", /docker login registry\.test/),
    {
      serve: BEARER,
      also: ({ target }) => {
        assert.equal(target.seen.filter(({ kind }) => kind !== "token").length, 3);
        assert.equal(target.seen.filter(({ kind }) => kind === "token").length, 2);
      },
    },
  ),
  target(36, "401 with Basic, and a password that is right", [], fine(), { serve: BASIC }),
  target(
    36,
    "401 with Basic, and a password that is wrong",
    [],
    fails("auth-required", /refused/),
    {
      serve: { auth: { basic: { me: "another" } } },
    },
  ),
];

const expiry: readonly Play[] = [
  target(
    38,
    "a token ends before the PUT of a blob",
    [{
      on: { kind: "finish-upload" },
      times: 1,
      does: answers(401, ["UNAUTHORIZED"], {
        "www-authenticate": 'Bearer realm="https://registry.test/token",service="registry.test"',
      }),
    }],
    fine(),
    { serve: BEARER },
  ),
  target(
    38,
    "a token ends before the PUT of a manifest",
    [{
      on: { kind: "put-manifest" },
      times: 1,
      does: answers(401, ["UNAUTHORIZED"], {
        "www-authenticate": 'Bearer realm="https://registry.test/token",service="registry.test"',
      }),
    }],
    fine(),
    { serve: BEARER },
  ),
];

function answered(body: unknown): FaultAction {
  return { kind: "answer", status: 200, body };
}

const servers: readonly Play[] = [
  target(39, "the token server answers 500 twice", [token(answers(500), { times: 2 })], fine(), {
    serve: BEARER,
  }),
  target(39, "the token server answers 429 once", [token(answers(429), { times: 1 })], fine(), {
    serve: BEARER,
  }),
  target(
    39,
    "the token server answers 429 for ever",
    [token(answers(429))],
    fails(
      "auth-denied",
      /HTTP 429/,
    ),
    { serve: BEARER },
  ),
  target(
    39,
    "the token server answers HTML",
    [token(answered("<html>Welcome</html>"))],
    fails(
      "auth-denied",
      /holds no token/,
    ),
    { serve: BEARER },
  ),
  target(
    39,
    "the token server answers {}",
    [token(answered({}))],
    fails(
      "auth-denied",
      /holds no token/,
    ),
    { serve: BEARER },
  ),
  target(
    39,
    "the token server answers 2 MiB",
    [token(answered({ token: "x".repeat(2 * 1024 * 1024) }))],
    fails("auth-denied", /holds no token/),
    { serve: BEARER },
  ),
  ...[0, -1, "soon"].map((life) =>
    target(
      39,
      `the token server says expires_in ${JSON.stringify(life)}`,
      [token({
        kind: "body",
        change: (bytes) => {
          const answer = JSON.parse(new TextDecoder().decode(bytes));
          return new TextEncoder().encode(JSON.stringify({ ...answer, expires_in: life }));
        },
      })],
      fine(),
      { serve: BEARER },
    )
  ),
  target(
    39,
    "the token server answers access_token alone",
    [token({
      kind: "body",
      change: (bytes) => {
        const { token } = JSON.parse(new TextDecoder().decode(bytes));
        return new TextEncoder().encode(JSON.stringify({ access_token: token }));
      },
    })],
    fine(),
    { serve: BEARER },
  ),
];

const REFUSED: readonly (readonly [realm: string, says: RegExp])[] = [
  ["http://auth.test/token", /not https/],
  ["https://169.254.169.254/token", /private address/],
  ["file:///etc/passwd", /not https/],
];

const realms: readonly Play[] = [
  ...REFUSED.map(([realm, says]) =>
    target(
      40,
      `the realm is ${realm}`,
      [challenged(`Bearer realm="${realm}"`)],
      fails("auth-denied", says),
      {
        requests: 2,
        also: ({ ran }) => {
          for (const one of ran.host.requests) assert.match(one, /https:\/\/registry\.test/);
        },
      },
    )
  ),
  target(
    40,
    "the challenge has no realm",
    [challenged("Bearer")],
    fails("auth-denied", /names no/),
  ),
  target(
    40,
    "the realm is relative",
    [challengedOnce('Bearer realm="/token",service="registry.test"')],
    fine(),
    { serve: BEARER },
  ),
  target(
    40,
    "the realm has a query of its own",
    [challengedOnce('Bearer realm="https://registry.test/token?tenant=a%20b",service="r"')],
    fine(),
    {
      serve: BEARER,
      also: ({ target }) => {
        const asked = target.seen.filter(({ kind }) => kind === "token").map(({ path }) => path);
        assert.ok(
          asked.some((path) => path.startsWith("/token?tenant=a%20b&service=r")),
          `${asked}`,
        );
      },
    },
  ),
];

const CHALLENGES: readonly (readonly [what: string, challenge: string])[] = [
  ["two schemes in one header", 'Negotiate, Bearer realm="/token",service="r"'],
  ["values without quotes", "Bearer realm=https://registry.test/token,service=r"],
  ["escapes", 'Bearer realm="\\/token",service="a \\"quoted\\" one"'],
  ["a comma in its scope", 'Bearer realm="/token",scope="repository:app:pull,push",service="r"'],
  ["capitals", 'BEARER REALM="/token",SERVICE="r"'],
];

const challenges: readonly Play[] = [
  ...CHALLENGES.map(([what, challenge]) =>
    target(41, `a challenge with ${what}`, [challengedOnce(challenge)], fine(), { serve: BEARER })
  ),
  target(
    41,
    "a challenge of more than 64 KiB",
    [challenged(`Bearer realm="/token",service="${"x".repeat(70_000)}"`)],
    fails("auth-required", /longer than/),
  ),
  target(
    42,
    "a challenge for two scopes",
    [challengedOnce(
      'Bearer realm="/token",service="r",error="insufficient_scope",' +
        'scope="repository:app:pull,push repository:other/base:pull"',
    )],
    fine(),
    {
      serve: BEARER,
      also: ({ target }) => {
        const [asked] = target.seen.filter(({ kind }) => kind === "token");
        const scopes = new URL(`https://r.test${asked?.path}`).searchParams.getAll("scope");
        assert.ok(scopes.join(" ").includes("repository:other/base:pull"), scopes.join());
        assert.ok(scopes.join(" ").includes("repository:app:pull,push"), scopes.join());
      },
    },
  ),
];

await plays([...schemes, ...expiry, ...servers, ...realms, ...challenges]);
