// Uploads that break or are too large, against the real server's sessions with a faulty wire before it.
import assert from "node:assert/strict";
import type { Transport, WireRequest } from "../../../src/core/http.ts";
import { bodyOf, type Bytes, collect, section } from "../../../src/core/streams.ts";
import { sha256 } from "../../../src/core/digest.ts";
import type { Blob } from "../../../src/oci/descriptor.ts";
import { HttpRegistry } from "../../../src/registry/client.ts";
import { transportOf } from "../../../src/registry/in_process.ts";
import { MemoryRegistry } from "../../../src/registry/memory.ts";
import { serveRegistry } from "../../../src/registry/server.ts";
import { cut, drain, noise } from "../../support/streams.ts";
import { failure, HOME, status, testClock } from "./wire.ts";

const MIB = 1024 * 1024;
const CONTENT = noise(9 * MIB);
const BLOB: Blob = {
  descriptor: {
    mediaType: "application/octet-stream",
    digest: sha256(CONTENT),
    size: CONTENT.length,
  },
  open: (): Promise<Bytes> => Promise.resolve(cut(CONTENT, 100_000)),
};

/** What happens to the nth request of a method in place of its being answered; nothing if undefined. */
type Fault = (
  request: WireRequest,
  nth: number,
  send: Transport,
) => Promise<Response | undefined> | Response | undefined;

interface Case {
  readonly registry: HttpRegistry;
  readonly lines: readonly string[];
  readonly sizes: readonly number[];
}

function faulty(faults: Readonly<Record<string, Fault>>): Case {
  const send = transportOf(serveRegistry(new MemoryRegistry()));
  const lines: string[] = [];
  const sizes: number[] = [];
  const counts = new Map<string, number>();
  const transport: Transport = async (request, options) => {
    const { method } = request;
    const nth = (counts.get(method) ?? 0) + 1;
    counts.set(method, nth);
    lines.push(method);
    if (method === "PATCH") sizes.push(request.body?.size ?? 0);
    return await faults[method]?.(request, nth, send) ?? await send(request, options);
  };
  const registry = new HttpRegistry(HOME, { transport, retry: { clock: testClock() } });
  return { registry, lines, sizes };
}

async function assertHeld({ registry }: Case): Promise<void> {
  const bytes = await drain(await registry.getBlob("app", BLOB.descriptor));
  assert.equal(sha256(bytes), BLOB.descriptor.digest);
}

const reset = (): never => {
  throw new TypeError("fetch failed", { cause: new Error("connection reset") });
};

/** The server gets the first bytes of a body, then the connection breaks. */
function breakAfter(bytes: number): Fault {
  return async ({ url, headers, body }, nth, send) => {
    if (nth > 1 || body === undefined || body.size === 0) return undefined;
    const part = await collect(section(await body.open(), 0, bytes), bytes, "a part");
    const place = new URL(url.pathname, url);
    const kept = new Headers(headers);
    kept.delete("content-range");
    await send({ method: "PATCH", url: place, headers: kept, body: bodyOf(part) });
    return reset();
  };
}

Deno.test("`pushBlob()` sends in chunks [row 60] what is refused whole with 413", async () => {
  const told: number[] = [];
  const run = faulty({ PUT: ({ body }) => body?.size === 0 ? undefined : status(413) });
  const onSent = (bytes: number): void => void told.push(bytes);
  assert.equal(await run.registry.pushBlob("app", BLOB, { onSent }), "uploaded");
  assert.deepEqual(run.sizes, [4 * MIB, 4 * MIB, MIB]);
  assert.equal(told.reduce((sum, bytes) => sum + bytes, 0), CONTENT.length);
  await assertHeld(run);
});

Deno.test("`pushBlob()` makes chunks smaller [row 62] until they are taken, else gives up [row 60]", async () => {
  const limit = (most: number): Fault => ({ body }) =>
    (body?.size ?? 0) > most ? status(413) : undefined;
  const small = faulty({ PUT: limit(0), PATCH: limit(MIB) });
  assert.equal(await small.registry.pushBlob("app", BLOB), "uploaded");
  assert.deepEqual(small.sizes, [4 * MIB, ...Array.from({ length: 9 }, () => MIB)]);
  const error = await failure(
    faulty({ PUT: limit(0), PATCH: limit(0) }).registry.pushBlob("app", BLOB),
  );
  assert.equal(error.exitStatus, 5);
  assert.match(error.message, /HTTP 413$/);
  assert.match(error.help.join(), /limit on request bodies/);
});

Deno.test("`pushBlob()` goes on [row 8] where a whole PUT broke off", async () => {
  const run = faulty({ PUT: breakAfter(5 * MIB) });
  assert.equal(await run.registry.pushBlob("app", BLOB), "uploaded");
  assert.deepEqual(run.lines, ["HEAD", "POST", "PUT", "GET", "PATCH", "PUT"]);
  assert.deepEqual(run.sizes, [4 * MIB]);
  await assertHeld(run);
});

Deno.test("`pushBlob()` goes on where a chunk broke off", async () => {
  const run = faulty({
    PUT: ({ body }) => body?.size === 0 ? undefined : status(413),
    PATCH: breakAfter(MIB),
  });
  assert.equal(await run.registry.pushBlob("app", BLOB), "uploaded");
  assert.deepEqual(run.sizes, [4 * MIB, 4 * MIB, 4 * MIB]);
  await assertHeld(run);
});

Deno.test("`pushBlob()` opens a new session where one gets no further", async () => {
  const run = faulty({
    PUT: ({ body }) => body?.size === 0 ? undefined : status(413),
    PATCH: (_request, nth) => nth <= 3 ? reset() : undefined,
  });
  assert.equal(await run.registry.pushBlob("app", BLOB), "uploaded");
  assert.equal(run.lines.filter((line) => line === "POST").length, 3);
  await assertHeld(run);
});

Deno.test("`pushBlob()` tells the registry of a session that it gives up", async () => {
  const stop = new AbortController();
  const run = faulty({
    PUT: (): never => {
      stop.abort(new Error("enough"));
      return reset();
    },
  });
  await assert.rejects(run.registry.pushBlob("app", BLOB, { signal: stop.signal }), /enough/);
  assert.equal(run.lines.at(-1), "DELETE");
});
