// Pushing blobs against scripted registries: the table of mounts, looks, Locations and statuses.
import assert from "node:assert/strict";
import { sha256 } from "../../../src/core/digest.ts";
import { KrustError } from "../../../src/core/error.ts";
import { bytesOf } from "../../../src/core/streams.ts";
import type { Blob } from "../../../src/oci/descriptor.ts";
import { HttpRegistry } from "../../../src/registry/client.ts";
import { RegistryError } from "../../../src/registry/errors.ts";
import type { PushBlobOptions } from "../../../src/registry/registry.ts";
import { ALICE, HOME, keychain, refused, type Sent, status, testClock, wire } from "./wire.ts";

const CONTENT = new TextEncoder().encode("a layer");
const DIGEST = sha256(CONTENT);
const SIZE = String(CONTENT.length);
const UPLOADS = "/v2/app/blobs/uploads/";
const LOOK = `HEAD /v2/app/blobs/${DIGEST}`;
const START = `POST ${UPLOADS}`;
const MOUNT = `POST ${UPLOADS}?mount=${DIGEST}&from=base`;
const PUT = `PUT /u/1?digest=${DIGEST}`;

const BLOB: Blob = {
  descriptor: { mediaType: "application/octet-stream", digest: DIGEST, size: CONTENT.length },
  open: () => Promise.resolve(bytesOf(CONTENT)),
};
const FROM_BASE: Blob = { ...BLOB, origin: { registry: HOME, name: "base" } };

/** Answers in place of a registry that takes everything, by what the request's line starts with. */
type Script = Readonly<Record<string, (sent: Sent, nth: number) => Response>>;

interface Pushed {
  readonly outcome: string;
  readonly lines: readonly string[];
  readonly sent: readonly Sent[];
  readonly waits: readonly number[];
}

async function push(
  script: Script = {},
  blob: Blob = BLOB,
  options: PushBlobOptions = {},
): Promise<Pushed> {
  const counts = new Map<string, number>();
  const { transport, sent, lines } = wire((one) => {
    const rule = Object.keys(script).find((start) => one.line.startsWith(start));
    if (rule !== undefined) {
      const nth = (counts.get(rule) ?? 0) + 1;
      counts.set(rule, nth);
      const response = script[rule]?.(one, nth);
      if (response !== undefined) return response;
    }
    if (one.method === "HEAD") return status(404);
    return one.method === "POST" ? status(202, { location: "/u/1" }) : status(201);
  });
  const clock = testClock();
  const registry = new HttpRegistry(HOME, {
    transport,
    keychain: keychain(ALICE),
    retry: { clock },
  });
  const outcome = await registry.pushBlob("app", blob, options).catch((error) => {
    assert.ok(error instanceof KrustError, String(error));
    return `${error.code}: ${error.message}`;
  });
  return { outcome, lines: lines(), sent, waits: clock.waits };
}

Deno.test("`pushBlob()` looks, opens an upload, and sends the whole blob with its length", async () => {
  const { outcome, lines, sent } = await push();
  assert.equal(outcome, "uploaded");
  assert.deepEqual(lines, [LOOK, START, PUT]);
  assert.deepEqual(sent[2]?.body, CONTENT);
  assert.equal(sent[2]?.headers.get("content-type"), "application/octet-stream");
});

Deno.test("`pushBlob()` without a look where it is forced to", async () => {
  const { outcome, lines } = await push({}, FROM_BASE, { force: true });
  assert.equal(outcome, "uploaded");
  assert.deepEqual(lines, [START, PUT]);
});

Deno.test("`pushBlob()` is done when the look finds the blob", async () => {
  const { outcome, lines } = await push({ HEAD: () => status(200, { "content-length": SIZE }) });
  assert.equal(outcome, "existing");
  assert.deepEqual(lines, [LOOK]);
});

const UNSURE: readonly (readonly [string, () => Response])[] = [
  ["400", () => status(400)],
  ["403", () => status(403)],
  ["404 with a body", () => refused(404, "BLOB_UNKNOWN")],
  ["405", () => status(405)],
  ["429", () => status(429)],
  ["500", () => status(500)],
  ["501", () => status(501)],
  ["204", () => status(204)],
  ["200 without a length", () => status(200)],
  ["200 with another length", () => status(200, { "content-length": "6" })],
];

for (const [what, answer] of UNSURE) {
  Deno.test(`\`pushBlob()\` uploads after a look that gave ${what}`, async () => {
    const { outcome, lines } = await push({ HEAD: answer });
    assert.equal(outcome, "uploaded");
    assert.deepEqual(lines, [LOOK, START, PUT]);
  });
}

Deno.test("`pushBlob()` asks for credentials where the look wants some", async () => {
  const { outcome, lines } = await push({ HEAD: () => status(401) });
  assert.match(outcome, /^auth-required: push to registry\.test\/app of blob/);
  assert.deepEqual(lines, [LOOK]);
});

Deno.test("`pushBlob()` is done when the mount is", async () => {
  const { outcome, lines } = await push({ [MOUNT]: () => status(201) }, FROM_BASE);
  assert.equal(outcome, "mounted");
  assert.deepEqual(lines, [LOOK, MOUNT]);
});

Deno.test("`pushBlob()` uploads in the session that the registry opened for a mount", async () => {
  const accept = (): Response => status(202, { location: "/u/mount" });
  const { outcome, lines } = await push({ [MOUNT]: accept }, FROM_BASE);
  assert.equal(outcome, "uploaded");
  assert.deepEqual(lines, [LOOK, MOUNT, `PUT /u/mount?digest=${DIGEST}`]);
});

for (const code of [200, 400, 401, 403, 404, 405, 429, 500]) {
  Deno.test(`\`pushBlob()\` uploads after a mount that gave ${code}, asked for once`, async () => {
    const { outcome, lines, waits } = await push({ [MOUNT]: () => status(code) }, FROM_BASE);
    assert.equal(outcome, "uploaded");
    assert.deepEqual(lines, [LOOK, MOUNT, START, PUT]);
    assert.deepEqual(waits, []);
  });
}

Deno.test("`pushBlob()` does not ask for a mount again that was refused", async () => {
  const once = (_: Sent, nth: number): Response => status(nth === 1 ? 503 : 201);
  const { lines } = await push({ [MOUNT]: () => status(404), PUT: once }, FROM_BASE);
  assert.deepEqual(lines, [LOOK, MOUNT, START, PUT, LOOK, START, PUT]);
});

Deno.test("`pushBlob()` asks for a mount again that got no answer", async () => {
  const { outcome, lines } = await push({
    [MOUNT]: (_, nth) => {
      if (nth > 1) return status(201);
      throw new TypeError("fetch failed", { cause: new Error("connection reset") });
    },
  }, FROM_BASE);
  assert.equal(outcome, "mounted");
  assert.deepEqual(lines, [LOOK, MOUNT, LOOK, MOUNT]);
});

Deno.test("`pushBlob()` uploads after a look that led to a stranger's 401", async () => {
  const away = (): Response => status(307, { location: "https://cdn.example/b" });
  const { outcome } = await push({
    [LOOK]: away,
    "HEAD https://cdn": () => status(401, { "www-authenticate": 'Basic realm="trap"' }),
  });
  assert.equal(outcome, "uploaded");
});

Deno.test("`pushBlob()` uploads after a mount whose session has no usable Location", async () => {
  for (const headers of [{}, { location: "http://plain.example/" }]) {
    const { outcome, lines } = await push({ [MOUNT]: () => status(202, headers) }, FROM_BASE);
    assert.equal(outcome, "uploaded");
    assert.deepEqual(lines, [LOOK, MOUNT, START, PUT]);
  }
});

Deno.test("`pushBlob()` mounts nothing from itself or from another registry", async () => {
  for (const origin of [{ registry: HOME, name: "app" }, { registry: "ghcr.io", name: "base" }]) {
    const { lines } = await push({}, { ...BLOB, origin });
    assert.deepEqual(lines, [LOOK, START, PUT]);
  }
});

const LOCATIONS: readonly (readonly [string, string, string])[] = [
  ["relative", "/u/1", `PUT /u/1?digest=${DIGEST}`],
  ["with a query", "/u/1?_state=a%2Bb~c", `PUT /u/1?_state=a%2Bb~c&digest=${DIGEST}`],
  ["absolute", `https://${HOME}/u/1`, `PUT /u/1?digest=${DIGEST}`],
  ["without a leading slash", "one", `PUT ${UPLOADS}one?digest=${DIGEST}`],
  ["of another host", "https://s3.example/b?s=1", `PUT https://s3.example/b?s=1&digest=${DIGEST}`],
  ["without a scheme", "//s3.example/b", `PUT https://s3.example/b?digest=${DIGEST}`],
];

for (const [what, location, line] of LOCATIONS) {
  Deno.test(`\`pushBlob()\` sends to a Location ${what}`, async () => {
    const { outcome, lines } = await push({ POST: () => status(202, { location }) });
    assert.equal(outcome, "uploaded");
    assert.deepEqual(lines, [LOOK, START, line]);
  });
}

const LOST: readonly (readonly [string, Record<string, string>, RegExp])[] = [
  ["missing", {}, /answered without a Location/],
  ["doubled", { location: "/u/1, /u/2" }, /two Locations/],
  ["in plain HTTP", { location: `http://${HOME}/u/1` }, /from https to http/],
  ["private", { location: "https://10.0.0.1/u" }, /private address/],
];

for (const [what, headers, message] of LOST) {
  Deno.test(`\`pushBlob()\` sends nothing to a Location that is ${what}`, async () => {
    const { outcome, lines } = await push({ POST: () => status(202, headers) });
    assert.match(outcome, message);
    assert.match(outcome, /^registry-rejected: /);
    assert.deepEqual(lines, [LOOK, START]);
  });
}

Deno.test("`pushBlob()` sends the body again after a 307, wherever it leads", async () => {
  const away = (): Response => status(307, { location: "https://s3.example/b?s=%20~" });
  const { outcome, sent } = await push({ "PUT /": away });
  assert.equal(outcome, "uploaded");
  assert.deepEqual(sent.slice(2).map(({ body }) => body), [CONTENT, CONTENT]);
  assert.equal(sent[3]?.line, "PUT https://s3.example/b?s=%20~");
});

Deno.test("`pushBlob()` takes no 301 for a success", async () => {
  const { outcome } = await push({ PUT: () => status(301, { location: "/elsewhere" }) });
  assert.match(outcome, /^registry-rejected: .*would lose its body/);
});

for (const code of [200, 202, 204]) {
  Deno.test(`\`pushBlob()\` looks again after a PUT that gave ${code}`, async () => {
    const there = (_: Sent, nth: number): Response =>
      nth === 1 ? status(404) : status(200, { "content-length": SIZE });
    const good = await push({ HEAD: there, PUT: () => status(code) });
    assert.equal(good.outcome, "uploaded");
    assert.deepEqual(good.lines, [LOOK, START, PUT, LOOK]);
    const bad = await push({ PUT: () => status(code) });
    assert.match(bad.outcome, /^registry-rejected: .*the blob is not there$/);
  });
}

for (const code of [400, 403, 409, 415, 418, 501, 505, 507]) {
  Deno.test(`\`pushBlob()\` gives up at once after a PUT that gave ${code}`, async () => {
    const { outcome, lines, waits } = await push({ PUT: () => status(code) });
    assert.match(outcome, new RegExp(`HTTP ${code}$`));
    assert.deepEqual(lines, [LOOK, START, PUT]);
    assert.deepEqual(waits, []);
  });
}

for (const code of [408, 429, 499, 500, 502, 503, 504, 522]) {
  Deno.test(`\`pushBlob()\` starts over, with a new upload, after ${code} twice`, async () => {
    const twice = (_: Sent, nth: number): Response => status(nth <= 2 ? code : 201);
    const { outcome, lines, waits } = await push({ PUT: twice });
    assert.equal(outcome, "uploaded");
    assert.deepEqual(lines, [LOOK, START, PUT, LOOK, START, PUT, LOOK, START, PUT]);
    assert.deepEqual(waits, [500, 1_000]);
  });
}

Deno.test("`pushBlob()` gives up after six tries, and says so", async () => {
  const { outcome, waits } = await push({ POST: () => status(503) });
  assert.match(outcome, /^registry-rejected: push to .*: HTTP 503 after 6 attempts$/);
  assert.equal(waits.length, 5);
});

Deno.test("`pushBlob()` finds on a new try what the broken one had finished", async () => {
  const there = (_: Sent, nth: number): Response =>
    nth === 1 ? status(404) : status(200, { "content-length": SIZE });
  const told: number[] = [];
  const { outcome, lines } = await push({ HEAD: there, PUT: () => status(502) }, BLOB, {
    onSent: (bytes) => told.push(bytes),
  });
  assert.equal(outcome, "existing");
  assert.deepEqual(lines, [LOOK, START, PUT, LOOK]);
  assert.deepEqual(told, [CONTENT.length, -CONTENT.length]);
});

Deno.test("`pushBlob()` takes back what it told before it sends again", async () => {
  const told: number[] = [];
  const once = (_: Sent, nth: number): Response => status(nth === 1 ? 503 : 201);
  await push({ PUT: once }, BLOB, { onSent: (bytes) => told.push(bytes) });
  assert.deepEqual(told, [CONTENT.length, -CONTENT.length, CONTENT.length]);
});

const LOST_SESSIONS: readonly (readonly [string, () => Response])[] = [
  ["404", () => status(404)],
  ["BLOB_UPLOAD_UNKNOWN", () => refused(404, "BLOB_UPLOAD_UNKNOWN")],
  ["BLOB_UPLOAD_INVALID", () => refused(400, "BLOB_UPLOAD_INVALID")],
];

for (const [what, answer] of LOST_SESSIONS) {
  Deno.test(`\`pushBlob()\` opens three new uploads after ${what}, and no more`, async () => {
    const { outcome, lines } = await push({ PUT: answer });
    assert.match(outcome, /^registry-rejected: .* after 4 attempts$/);
    assert.equal(lines.filter((line) => line === START).length, 4);
  });
}

Deno.test("`pushBlob()` sends once more what the registry got wrong", async () => {
  const wrong = (): Response => refused(400, "DIGEST_INVALID");
  const once = await push({ PUT: (_, nth) => nth === 1 ? wrong() : status(201) });
  assert.equal(once.outcome, "uploaded");
  const always = await push({ PUT: wrong });
  assert.match(always.outcome, /HTTP 400 after 2 attempts$/);
});

Deno.test("`pushBlob()` does not ask a registry twice that has no such repository", async () => {
  const start = await push({ POST: () => refused(404, "NAME_UNKNOWN") });
  assert.match(start.outcome, /HTTP 404$/);
  assert.deepEqual(start.lines, [LOOK, START]);
  const put = await push({ PUT: () => refused(404, "NAME_UNKNOWN") });
  assert.match(put.outcome, /HTTP 404$/);
  assert.deepEqual(put.lines, [LOOK, START, PUT]);
});

Deno.test("`pushBlob()` comes out with a failure of the blob's source, untried again", async () => {
  const broken = new RegistryError("network-failed", "the base's registry broke off", {
    retryable: true,
  });
  const open = (): Promise<never> => Promise.reject(broken);
  const { transport, lines } = wire((one) =>
    one.method === "HEAD" ? status(404) : status(202, { location: "/u/1" })
  );
  const registry = new HttpRegistry(HOME, { transport, retry: { clock: testClock() } });
  await assert.rejects(registry.pushBlob("app", { ...BLOB, open }), (error) => error === broken);
  assert.deepEqual(lines(), [LOOK, START]);
});

Deno.test("those who push the same blob at once share one upload", async () => {
  const { transport, lines } = wire((one) => {
    if (one.method === "HEAD") return status(404);
    return one.method === "POST" ? status(202, { location: "/u/1" }) : status(201);
  });
  const registry = new HttpRegistry(HOME, { transport });
  const told = [0, 0, 0];
  const outcomes = await Promise.all(
    told.map((_, at) =>
      registry.pushBlob("app", BLOB, { onSent: (bytes) => told[at] = (told[at] ?? 0) + bytes })
    ),
  );
  assert.deepEqual(outcomes, ["uploaded", "uploaded", "uploaded"]);
  assert.deepEqual(told, [CONTENT.length, CONTENT.length, CONTENT.length]);
  assert.deepEqual(lines(), [LOOK, START, PUT]);
  await registry.pushBlob("other", BLOB);
  assert.equal(lines().length, 6, "another repository is another upload");
});

Deno.test("`pushBlob()` does not take a foreign host's 401 for the registry's", async () => {
  const { outcome } = await push({
    POST: () => status(202, { location: "https://s3.example/b" }),
    PUT: () => status(401, { "www-authenticate": 'Basic realm="trap"' }),
  });
  assert.match(outcome, /^registry-rejected: .*HTTP 401 from s3\.example$/);
});
