// Refusals: what is made of a registry's answer, and how long it asks to wait.
import assert from "node:assert/strict";
import * as fc from "fast-check";
import { causeChain } from "../../../src/core/error.ts";
import {
  ERROR_BODY_LIMIT,
  isRetryableStatus,
  parseRetryAfter,
  readErrors,
  type RegistryError,
  responseError,
  type ResponseErrorOptions,
} from "../../../src/registry/errors.ts";
import { refused, status } from "./wire.ts";

const NOW = Date.UTC(2026, 0, 1);
const PUSH = { host: "ghcr.io", label: "push to ghcr.io/a of blob sha256:1" };
const PULL = { host: "ghcr.io", label: "pull of ghcr.io/a:v1" };

function errorOf(
  response: Response,
  attempt = PUSH,
  options: Partial<ResponseErrorOptions> = {},
): Promise<RegistryError> {
  return responseError(response, attempt, {
    now: NOW,
    standing: { kind: "anonymous" },
    ...options,
  });
}

const CODES: readonly (readonly [number, string, string])[] = [
  [400, "registry-rejected", "push to ghcr.io/a of blob sha256:1: HTTP 400"],
  [401, "auth-required", "credentials required: push to ghcr.io/a of blob sha256:1: HTTP 401"],
  [403, "auth-denied", "denied: push to ghcr.io/a of blob sha256:1: HTTP 403"],
  [404, "registry-rejected", "push to ghcr.io/a of blob sha256:1: HTTP 404"],
  [
    429,
    "registry-rejected",
    "rate limited by ghcr.io: push to ghcr.io/a of blob sha256:1: HTTP 429",
  ],
  [503, "registry-rejected", "push to ghcr.io/a of blob sha256:1: HTTP 503"],
];

for (const [code, expected, message] of CODES) {
  Deno.test(`\`responseError()\` makes ${expected} of ${code}`, async () => {
    const error = await errorOf(status(code));
    assert.equal(error.code, expected);
    assert.equal(error.message, message);
    assert.equal(error.status, code);
    assert.equal(error.details["status"], String(code));
  });
}

Deno.test("`responseError()` keeps the spec's codes and tells the registry's words as the cause", async () => {
  const error = await errorOf(refused(404, "MANIFEST_UNKNOWN", "NAME_UNKNOWN"), PULL);
  assert.ok(error.has("MANIFEST_UNKNOWN") && error.has("NAME_UNKNOWN"));
  assert.ok(!error.has("DENIED"));
  assert.equal(error.details["errors"], "MANIFEST_UNKNOWN,NAME_UNKNOWN");
  assert.deepEqual(causeChain(error), [
    "MANIFEST_UNKNOWN: manifest_unknown; NAME_UNKNOWN: name_unknown",
  ]);
});

Deno.test("`responseError()` says what to do next", async () => {
  const help = async (
    response: Response,
    attempt = PUSH,
    options: Partial<ResponseErrorOptions> = {},
  ): Promise<string> => (await errorOf(response, attempt, options)).help.join();
  assert.equal(await help(status(401)), "docker login ghcr.io");
  assert.equal(await help(status(401), { ...PUSH, host: "docker.io" }), "docker login");
  assert.equal(await help(status(403)), "docker login ghcr.io");
  assert.equal(await help(status(429)), "docker login ghcr.io");
  assert.match(await help(refused(404, "NAME_UNKNOWN")), /create the repository first/);
  assert.equal(await help(refused(404, "NAME_UNKNOWN"), PULL), "");
  assert.match(await help(status(413)), /limit on request bodies/);
  assert.match(await help(status(415)), /may not take OCI manifests/);
  const standing = { kind: "withheld", source: "config.json" } as const;
  assert.match(await help(status(401), PUSH, { standing }), /not sent over plain HTTP/);
});

Deno.test("`responseError()` names the credentials that were refused by their source", async () => {
  const standing = { kind: "shown", source: "~/.docker/config.json" } as const;
  const error = await errorOf(status(401), PUSH, { standing });
  assert.match(error.message, /^credentials from ~\/\.docker\/config\.json refused: push to /);
  assert.equal(error.code, "auth-required");
});

Deno.test("`responseError()` takes a foreign host's 403 for no matter of credentials", async () => {
  const error = await errorOf(refused(403, "AccessDenied"), PULL, { foreign: "cdn.example" });
  assert.equal(error.code, "registry-rejected");
  assert.equal(error.message, "pull of ghcr.io/a:v1: HTTP 403 from cdn.example");
  assert.deepEqual(error.help, []);
});

Deno.test("`responseError()` reads no more than 64 KiB of a body without end, and lets go of it", async () => {
  let given = 0;
  let cancelled = false;
  const body = new ReadableStream<Uint8Array>({
    pull(controller): void {
      given += 1024;
      controller.enqueue(new Uint8Array(1024).fill(65));
    },
    cancel(): void {
      cancelled = true;
    },
  });
  const error = await errorOf(new Response(body, { status: 500 }));
  assert.ok(cancelled);
  assert.ok(given <= ERROR_BODY_LIMIT + 2048, `${given} bytes`);
  assert.ok(String(causeChain(error)).length <= 200);
});

Deno.test("`responseError()` bears a body that breaks off", async () => {
  const body = new ReadableStream({
    start: (controller) => controller.error(new TypeError("cut")),
  });
  assert.equal((await errorOf(new Response(body, { status: 502 }))).status, 502);
});

Deno.test("`readErrors()` reads the forms there are", () => {
  const read = (value: unknown): unknown => readErrors(JSON.stringify(value));
  assert.deepEqual(read({ errors: [{ code: "DENIED", message: "no", detail: [1] }] }), [
    { code: "DENIED", message: "no" },
  ]);
  assert.deepEqual(read({ errors: [{ message: null }] }), [{ code: "", message: "" }]);
  assert.deepEqual(read({ error: "invalid_grant", error_description: "expired" }), [
    { code: "invalid_grant", message: "expired" },
  ]);
  assert.deepEqual(read({ details: "incorrect username or password" }), [
    { code: "", message: "incorrect username or password" },
  ]);
  assert.deepEqual(readErrors("slow down\n"), [{ code: "", message: "slow down" }]);
  assert.deepEqual(readErrors(" <html>Bad gateway</html>"), []);
  assert.deepEqual(readErrors(""), []);
  assert.deepEqual(read(["errors"]), []);
});

Deno.test("`readErrors()` gives nothing that a terminal would act on", () => {
  const nasty = "\u001b[31mred\u0007\u0000\r\n\u202e";
  for (const body of [nasty, JSON.stringify({ errors: [{ code: nasty, message: nasty }] })]) {
    const text = readErrors(body).map(({ code, message }) => code + message).join("");
    // deno-lint-ignore no-control-regex
    assert.doesNotMatch(text, /[\u0000-\u001f\u007f\u202e]/);
    assert.match(text, /red/);
  }
});

Deno.test("`readErrors()` reads any text", () => {
  fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
    for (const { code, message } of readErrors(text)) {
      assert.ok(code.length <= 60 && message.length <= 200);
    }
  }));
});

const RETRYABLE = [408, 429, 499, 500, 502, 503, 504, 520, 522, 599];
const FINAL = [400, 401, 403, 404, 405, 409, 413, 415, 416, 501, 505, 507];

Deno.test("`isRetryableStatus()` follows the table of the peers", () => {
  for (const code of RETRYABLE) assert.equal(isRetryableStatus(code), true, String(code));
  for (const code of FINAL) assert.equal(isRetryableStatus(code), false, String(code));
});

const WAITS: readonly (readonly [string | null, number | undefined])[] = [
  [null, undefined],
  ["2", 2_000],
  [" 2 ", 2_000],
  ["0", 0],
  ["3600", 60_000],
  ["1746136938", undefined],
  ["abc", undefined],
  ["-5", undefined],
  ["1.5", undefined],
  ["", undefined],
  ["Thu, 01 Jan 2026 00:00:07 GMT", 7_000],
  ["Thu, 01 Jan 2026 01:00:00 GMT", 60_000],
  ["Wed, 31 Dec 2025 23:59:00 GMT", undefined],
];

for (const [value, expected] of WAITS) {
  Deno.test(`\`parseRetryAfter()\` makes ${expected} ms of ${JSON.stringify(value)}`, () => {
    assert.equal(parseRetryAfter(value, NOW), expected);
  });
}

Deno.test("`parseRetryAfter()` never waits more than a minute, nor less than nothing", () => {
  const text = fc.oneof(fc.string(), fc.nat().map(String), fc.date().map((date) => `${date}`));
  fc.assert(fc.property(text, (value) => {
    const wait = parseRetryAfter(value, NOW);
    assert.ok(wait === undefined || (wait >= 0 && wait <= 60_000), String(wait));
  }));
});

Deno.test("`responseError()` heeds Retry-After on 429 and 503 alone", async () => {
  const headers = { "retry-after": "3" };
  assert.equal((await errorOf(status(429, headers))).retryAfter, 3_000);
  assert.equal((await errorOf(status(503, headers))).retryAfter, 3_000);
  assert.equal((await errorOf(status(500, headers))).retryAfter, undefined);
});

Deno.test("`RegistryError.with()` changes what is named and keeps the rest", async () => {
  const error = await errorOf(refused(503, "DENIED"));
  const final = error.with({ retryable: false, details: { side: "base" } }, "other words");
  assert.equal(final.message, "other words");
  assert.equal(final.retryable, false);
  assert.equal(final.status, 503);
  assert.ok(final.has("DENIED"));
  assert.deepEqual(final.details, { status: "503", errors: "DENIED", side: "base" });
  assert.equal(final.cause, error.cause);
});
