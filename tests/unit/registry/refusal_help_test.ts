// What is said to be done about refusals, for who knows no more than the registry's answer.
import assert from "node:assert/strict";
import { responseError, type ResponseErrorOptions } from "../../../src/registry/errors.ts";
import { hangUpHelp } from "../../../src/registry/refusal_help.ts";

const SHOWN = { kind: "shown", source: "a test" } as const;

async function helpFor(
  status: number,
  error: { readonly code: string; readonly message: string; readonly detail?: unknown },
  { host = "registry.test", ...options }: Partial<ResponseErrorOptions> & { host?: string } = {},
): Promise<{ readonly help: string; readonly cause: string }> {
  const response = Response.json({ errors: [error] }, { status });
  const attempt = { host, label: `push to ${host}/team/app` };
  const made = await responseError(response, attempt, {
    now: 0,
    standing: SHOWN,
    repository: "team/app",
    ...options,
  });
  const cause = made.cause instanceof Error ? made.cause.message : "";
  return { help: made.help.join("\n"), cause };
}

const UNKNOWN = { code: "NAME_UNKNOWN", message: "no such repository" };

Deno.test("a repository that has to be made first comes with ECR's command, for ECR alone", async () => {
  const ecr = await helpFor(404, UNKNOWN, { host: "1234.dkr.ecr.eu-west-1.amazonaws.com" });
  assert.match(
    ecr.help,
    /^aws ecr create-repository --region eu-west-1 --repository-name team\/app$/m,
  );
  const near = await helpFor(404, UNKNOWN, {
    host: "1234.dkr.ecr.eu-west-1.amazonaws.com.evil.test",
  });
  assert.doesNotMatch(near.help, /aws/);
  assert.match(near.help, /create the repository/);
});

Deno.test("an upload that ECR hangs up on is perhaps to a repository that is not there", () => {
  assert.match(
    hangUpHelp("1234.dkr.ecr.us-east-1.amazonaws.com", "a/b").join(),
    /--repository-name a\/b$/,
  );
  assert.deepEqual(hangUpHelp("registry.test", "a/b"), []);
});

Deno.test("a project that is full is no matter of logging in", async () => {
  const denied = { code: "DENIED", message: "the quota of project x is exceeded" };
  assert.match((await helpFor(403, denied)).help, /quota is used up/);
  const other = { code: "DENIED", message: "requested access to the resource is denied" };
  assert.equal((await helpFor(403, other)).help, "docker login registry.test");
});

Deno.test("GHCR's refusal names the permission, unless nobody was logged in", async () => {
  const denied = { code: "DENIED", message: "permission_denied: write_package" };
  const shown = await helpFor(403, denied, { host: "ghcr.io" });
  assert.match(shown.help, /packages: write/);
  const anonymous = await helpFor(403, denied, {
    host: "ghcr.io",
    standing: { kind: "anonymous" },
  });
  assert.equal(anonymous.help, "docker login ghcr.io");
});

const INVALID = { code: "MANIFEST_INVALID", message: "manifest invalid" };

Deno.test("a detail in words is told, others are not", async () => {
  const details: readonly (readonly [unknown, string])[] = [
    ["unknown media type: x", "MANIFEST_INVALID: manifest invalid (unknown media type: x)"],
    [{ description: "HTTP 403" }, "MANIFEST_INVALID: manifest invalid (HTTP 403)"],
    ["manifest invalid", "MANIFEST_INVALID: manifest invalid"],
    ["a\u001b[31mb", "MANIFEST_INVALID: manifest invalid (a"],
    [{ digest: "sha256:1" }, "MANIFEST_INVALID: manifest invalid"],
    [[{ Type: "repository" }], "MANIFEST_INVALID: manifest invalid"],
    [null, "MANIFEST_INVALID: manifest invalid"],
    ["", "MANIFEST_INVALID: manifest invalid"],
  ];
  for (const [detail, told] of details) {
    const { cause } = await helpFor(400, { ...INVALID, detail });
    assert.ok(cause.startsWith(told), cause);
    assert.ok(!cause.includes("\u001b"), cause);
  }
});
