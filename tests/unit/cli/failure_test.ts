import assert from "node:assert/strict";
import { KrustError } from "../../../src/core/error.ts";
import type { Host } from "../../../src/core/host.ts";
import { type Presentation, presentationAsked, reportError } from "../../../src/cli/failure.ts";
import { main } from "../../../src/cli/main.ts";
import { type FakeHost, fakeHost } from "../../support/fake_host.ts";

function hostWith(env: Readonly<Record<string, string>> = {}): FakeHost {
  return fakeHost({ cwd: "/", env });
}

/** A host whose environment has a variable that is not UTF-8. */
function hostWithUnreadable(name: string): Host & Pick<FakeHost, "stderrText"> {
  const host = hostWith();
  const env = (asked: string): string | undefined => {
    if (asked !== name) return host.env(asked);
    throw new KrustError("config-invalid", `the environment variable ${name} is not UTF-8`);
  };
  return Object.assign(Object.create(host), { env });
}

const ASKED: readonly (readonly [args: readonly string[], expected: Presentation])[] = [
  [[], { progress: "auto", verbose: false }],
  [["build", "--progress", "json"], { progress: "json", verbose: false }],
  [["build", "--progress=plain", "-v"], { progress: "plain", verbose: true }],
  [["--verbose", "build"], { progress: "auto", verbose: true }],
  [["build", "-qv"], { progress: "auto", verbose: true }],
  [["build", "--progress"], { progress: "auto", verbose: false }],
  [["build", "--progress=nonsense"], { progress: "auto", verbose: false }],
];

for (const [args, expected] of ASKED) {
  Deno.test(`presentationAsked() reads ${JSON.stringify(expected)} off "${args.join(" ")}"`, () => {
    assert.deepEqual(presentationAsked(args, hostWith()), expected);
  });
}

Deno.test("presentationAsked() heeds KRUST_PROGRESS, but the flag more", () => {
  const host = hostWith({ KRUST_PROGRESS: "json" });
  assert.equal(presentationAsked([], host).progress, "json");
  assert.equal(presentationAsked(["--progress", "plain"], host).progress, "plain");
});

Deno.test("reportError() writes the error, its cause and all help", () => {
  const host = hostWith();
  const error = new KrustError("base-not-found", 'base image "x" is not there', {
    cause: new Error("404"),
    help: ["look again"],
  });
  reportError(error, { progress: "auto", verbose: false }, host);
  assert.equal(
    host.stderrText(),
    `error[base-not-found]: base image "x" is not there
  cause: 404
  help:  look again
         build on a base that needs no network: --base builtin, or on nothing: --base scratch
`,
  );
});

Deno.test("reportError() writes one line of JSON where JSON is asked for", () => {
  const host = hostWith();
  reportError(new KrustError("usage", "no"), { progress: "json", verbose: false }, host);
  const text = host.stderrText();
  assert.equal(text.indexOf("\n"), text.length - 1);
  const { event, code, status, message } = JSON.parse(text);
  assert.deepEqual({ event, code, status, message }, {
    event: "error",
    code: "usage",
    status: 2,
    message: "no",
  });
});

for (const name of ["NO_COLOR", "KRUST_PROGRESS", "CI"]) {
  Deno.test(`main() ends with a status, and does not throw, where ${name} is not UTF-8`, async () => {
    const host = hostWithUnreadable(name);
    assert.equal(await main(["nonsense"], host), 2);
    assert.match(host.stderrText(), /^error\[usage\]: unknown command 'nonsense'$/m);
  });
}

Deno.test("a stderr that cannot be written does not change the exit status", async () => {
  const host = hostWith();
  const stderr = {
    ...host.stderr,
    terminal: false,
    columns: () => 80,
    write(): void {
      throw new Error("Broken pipe");
    },
  };
  assert.equal(await main(["nonsense"], Object.assign(Object.create(host), { stderr })), 2);
});
