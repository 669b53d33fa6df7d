// Manifests and blobs against scripted registries: what is believed, and what is verified.
import assert from "node:assert/strict";
import { sha256 } from "../../../src/core/digest.ts";
import { KrustError } from "../../../src/core/error.ts";
import { encodeJson } from "../../../src/core/json.ts";
import { formatImageManifest } from "../../../src/oci/manifest.ts";
import { DOCKER_MEDIA_TYPE, MEDIA_TYPE } from "../../../src/oci/media_type.ts";
import { HttpRegistry } from "../../../src/registry/client.ts";
import { RegistryError } from "../../../src/registry/errors.ts";
import { drain } from "../../support/streams.ts";
import { failure, HOME, refused, type Sent, status, testClock, type Wire, wire } from "./wire.ts";

const MANIFEST = formatImageManifest({
  config: { mediaType: MEDIA_TYPE.config, digest: sha256(new Uint8Array(1)), size: 1 },
  layers: [],
});
const { digest: DIGEST } = MANIFEST.descriptor;

interface Client {
  readonly registry: HttpRegistry;
  readonly wire: Wire;
  readonly said: readonly string[];
  readonly waits: readonly number[];
}

/** A client whose requests are answered by the count of those before. */
function client(answer: (nth: number, sent: Sent) => Response): Client {
  let count = 0;
  const end = wire((sent) => answer(++count, sent));
  const clock = testClock();
  const said: string[] = [];
  const registry = new HttpRegistry(HOME, {
    transport: end.transport,
    retry: { clock, warn: (text) => said.push(text) },
  });
  return { registry, wire: end, said, waits: clock.waits };
}

function manifestResponse(
  raw: Uint8Array<ArrayBuffer> = MANIFEST.raw,
  headers: Record<string, string> = { "content-type": MEDIA_TYPE.manifest },
): Response {
  return new Response(raw, { headers });
}

Deno.test("`getManifest()` asks for the four types that can be used", async () => {
  const { registry, wire } = client(() => manifestResponse());
  const manifest = await registry.getManifest("app", "v1");
  assert.deepEqual(manifest.raw, MANIFEST.raw);
  assert.deepEqual(manifest.descriptor, MANIFEST.descriptor);
  assert.deepEqual(wire.lines(), ["GET /v2/app/manifests/v1"]);
  const accept = wire.sent[0]?.headers.get("accept") ?? "";
  for (const type of [MEDIA_TYPE.index, DOCKER_MEDIA_TYPE.manifest]) {
    assert.ok(accept.includes(type));
  }
});

Deno.test("`getManifest()` by tag believes the bytes, not the digest in the header", async () => {
  const headers = {
    "content-type": MEDIA_TYPE.manifest,
    "docker-content-digest": sha256(new Uint8Array(9)),
  };
  const { registry } = client(() => manifestResponse(MANIFEST.raw, headers));
  assert.equal((await registry.getManifest("app", "v1")).descriptor.digest, DIGEST);
});

Deno.test("`getManifest()` by digest asks once more for other bytes, then gives up", async () => {
  const other = formatImageManifest({ config: MANIFEST.descriptor, layers: [] });
  const always = client(() => manifestResponse(other.raw));
  const error = await failure(always.registry.getManifest("app", DIGEST));
  assert.equal(error.code, "digest-mismatch");
  assert.match(error.message, new RegExp(`expected ${DIGEST}, got ${other.descriptor.digest}`));
  assert.equal(always.wire.sent.length, 2);
  const once = client((nth) => manifestResponse(nth === 1 ? other.raw : MANIFEST.raw));
  assert.equal((await once.registry.getManifest("app", DIGEST)).descriptor.digest, DIGEST);
});

const TYPES: readonly (readonly [string, Record<string, string>])[] = [
  ["with parameters", { "content-type": `${MEDIA_TYPE.manifest}; charset=utf-8` }],
  ["absent", {}],
  ["general", { "content-type": "application/json" }],
  ["in capitals", { "content-type": MEDIA_TYPE.manifest.toUpperCase() }],
];

for (const [what, headers] of TYPES) {
  Deno.test(`\`getManifest()\` takes the document's own type where the header's is ${what}`, async () => {
    const { registry } = client(() => {
      const response = manifestResponse(MANIFEST.raw, headers);
      if (Object.keys(headers).length === 0) response.headers.delete("content-type");
      return response;
    });
    const { descriptor } = await registry.getManifest("app", "v1");
    assert.equal(descriptor.mediaType, MEDIA_TYPE.manifest);
  });
}

const UNUSABLE: readonly (readonly [string, Uint8Array<ArrayBuffer>, RegExp])[] = [
  ["HTML", new TextEncoder().encode("<html>"), /not a manifest|not JSON/],
  ["nothing", new Uint8Array(), /not a manifest|not JSON/],
  ["null", encodeJson(null), /manifest/],
  ["both kinds at once", encodeJson({ schemaVersion: 2, layers: [], manifests: [] }), /ambiguous/],
  ["schema 1", encodeJson({ schemaVersion: 1, fsLayers: [] }), /schema 1 is not supported/],
  ["more than 4 MiB", new Uint8Array(4 * 1024 * 1024 + 1), /larger than/],
];

for (const [what, raw, message] of UNUSABLE) {
  Deno.test(`\`getManifest()\` refuses ${what}, at once`, async () => {
    const { registry, wire } = client(() => manifestResponse(raw));
    const error = await failure(registry.getManifest("app", "v1"));
    assert.equal(error.code, "document-invalid");
    assert.match(error.message, message);
    assert.equal(wire.sent.length, 1);
  });
}

Deno.test("`getManifest()` refuses a type that contradicts the document", async () => {
  const { registry } = client(() =>
    manifestResponse(MANIFEST.raw, { "content-type": MEDIA_TYPE.index })
  );
  assert.equal((await failure(registry.getManifest("app", "v1"))).code, "document-invalid");
});

Deno.test("`getManifest()` reads again what broke off, then says how much came", async () => {
  const broken = (): Response => {
    let pulls = 0;
    const body = new ReadableStream({
      pull(controller): void {
        if (pulls++ === 0) controller.enqueue(MANIFEST.raw.slice(0, 10));
        else controller.error(new TypeError("error reading a body from connection"));
      },
    });
    return new Response(body, { headers: { "content-length": String(MANIFEST.raw.length) } });
  };
  const once = client((nth) => nth === 1 ? broken() : manifestResponse());
  assert.equal((await once.registry.getManifest("app", "v1")).descriptor.digest, DIGEST);
  const always = client(broken);
  const error = await failure(always.registry.getManifest("app", "v1"));
  assert.equal(error.exitStatus, 5);
  assert.match(error.message, /got 10 of \d+ bytes after 6 attempts$/);
});

Deno.test("`getManifest()` undoes an encoding that it did not ask for", async () => {
  const { registry } = client(() => {
    const zipped = new Blob([MANIFEST.raw]).stream().pipeThrough(new CompressionStream("gzip"));
    return new Response(zipped, { headers: { "content-encoding": "gzip" } });
  });
  assert.equal((await registry.getManifest("app", DIGEST)).descriptor.digest, DIGEST);
  const odd = client(() => manifestResponse(MANIFEST.raw, { "content-encoding": "br" }));
  assert.match((await failure(odd.registry.getManifest("app", "v1"))).message, /encoding.*br$/);
});

Deno.test("`getManifest()` follows a redirect", async () => {
  const { registry, wire } = client((nth) =>
    nth === 1 ? status(307, { location: "https://cdn.example/m?sig=%20" }) : manifestResponse()
  );
  await registry.getManifest("app", DIGEST);
  assert.equal(wire.lines()[1], "GET https://cdn.example/m?sig=%20");
});

Deno.test("`headManifest()` gives nothing where it cannot be sure", async () => {
  const good = {
    "content-type": MEDIA_TYPE.manifest,
    "content-length": "12",
    "docker-content-digest": DIGEST,
  };
  const head = async (response: Response, at = "v1"): Promise<unknown> =>
    await client(() => response).registry.headManifest("app", at);
  const expected = { mediaType: MEDIA_TYPE.manifest, digest: DIGEST, size: 12 };
  assert.deepEqual(await head(status(200, good)), expected);
  for (const name of Object.keys(good)) {
    const less = new Headers(good);
    less.delete(name);
    assert.equal(await head(new Response(null, { headers: less })), undefined, `no ${name}`);
  }
  assert.equal(await head(status(200, good), sha256(new Uint8Array(9))), undefined, "other digest");
  const { "docker-content-digest": _, ...undigested } = good;
  assert.deepEqual(
    await head(status(200, undigested), DIGEST),
    expected,
    "digest from the question",
  );
  for (const code of [403, 404, 405, 500]) assert.equal(await head(status(code)), undefined);
});

Deno.test("`headManifest()` says where credentials are wanted", async () => {
  const challenge = { "www-authenticate": 'Basic realm="x"' };
  const { registry } = client(() => status(401, challenge));
  assert.equal((await failure(registry.headManifest("app", "v1"))).code, "auth-required");
});

Deno.test("`pushManifest()` puts the bytes with their type", async () => {
  const { registry, wire } = client(() => status(201));
  await registry.pushManifest("app", MANIFEST, "v1");
  assert.deepEqual(wire.lines(), ["PUT /v2/app/manifests/v1"]);
  assert.deepEqual(wire.sent[0]?.body, MANIFEST.raw);
  assert.equal(wire.sent[0]?.headers.get("content-type"), MEDIA_TYPE.manifest);
});

Deno.test("`pushManifest()` reads back where the registry names another digest", async () => {
  const liar = { "docker-content-digest": sha256(new Uint8Array(9)) };
  const good = client((nth) => nth === 1 ? status(201, liar) : manifestResponse());
  await good.registry.pushManifest("app", MANIFEST, "v1");
  assert.deepEqual(good.wire.lines(), [
    "PUT /v2/app/manifests/v1",
    `GET /v2/app/manifests/${DIGEST}`,
  ]);
  assert.match(good.said.join(), /names another digest/);
  const bad = client((_, { method }) =>
    method === "PUT" ? status(201, liar) : refused(404, "MANIFEST_UNKNOWN")
  );
  const error = await failure(bad.registry.pushManifest("app", MANIFEST, "v1"));
  assert.equal(error.code, "registry-rejected");
});

for (const code of [200, 202]) {
  Deno.test(`\`pushManifest()\` reads back after ${code}`, async () => {
    const { registry, wire } = client((nth) => nth === 1 ? status(code) : manifestResponse());
    await registry.pushManifest("app", MANIFEST, "v1");
    assert.equal(wire.sent.length, 2);
  });
}

Deno.test("`pushManifest()` keeps the registry's reason for a refusal", async () => {
  const { registry, wire } = client(() => refused(404, "MANIFEST_BLOB_UNKNOWN"));
  const error = await failure(registry.pushManifest("app", MANIFEST, "v1"));
  assert.ok(error instanceof RegistryError && error.has("MANIFEST_BLOB_UNKNOWN"));
  assert.equal(error.message, "push to registry.test/app of manifest v1: HTTP 404");
  assert.equal(wire.sent.length, 1);
});

Deno.test("`pushManifest()` waits as long as the registry asks, and says that it waits", async () => {
  const { registry, waits, said } = client((nth) =>
    nth === 1 ? status(429, { "retry-after": "2" }) : status(201)
  );
  await registry.pushManifest("app", MANIFEST, "v1");
  assert.deepEqual(waits, [2_000]);
  assert.match(
    said.join(),
    /^rate limited by registry\.test: .*trying again in 2\.0 s \(1 of 6\)$/,
  );
});

Deno.test("`getBlob()` verifies what it streams", async () => {
  const content = new TextEncoder().encode("a layer");
  const descriptor = { mediaType: "x/y", digest: sha256(content), size: content.length };
  const read = async (raw: Uint8Array<ArrayBuffer>): Promise<Uint8Array> =>
    await drain(
      await client(() => new Response(raw)).registry.getBlob("app", descriptor),
    );
  assert.deepEqual(await read(content), content);
  for (const wrong of [content.with(0, 0), content.slice(1), new Uint8Array(99)]) {
    assert.equal((await failure(read(wrong))).code, "digest-mismatch");
  }
});

Deno.test("`getBlob()` says what broke off, and where", async () => {
  const descriptor = { mediaType: "x/y", digest: sha256(new Uint8Array(5)), size: 5 };
  const { registry } = client(() => {
    const body = new ReadableStream({
      start: (controller) => controller.error(new TypeError("error reading a body")),
    });
    return new Response(body, { headers: { "content-length": "5" } });
  });
  const error = await failure(registry.getBlob("app", descriptor).then(drain));
  assert.equal(error.code, "network-failed");
  assert.match(error.message, /registry\.test broke off: got 0 of 5 bytes after 6 attempts$/);
});

Deno.test("`getBlob()` that is cancelled on the way gives the reason", async () => {
  const descriptor = { mediaType: "x/y", digest: sha256(new Uint8Array(5)), size: 5 };
  const stop = new AbortController();
  const { registry } = client(() =>
    new Response(
      new ReadableStream({
        pull(controller): void {
          // As fetch does it.
          stop.abort(new KrustError("interrupted", "enough"));
          controller.error(stop.signal.reason);
        },
      }, { highWaterMark: 0 }),
    )
  );
  const reading = registry.getBlob("app", descriptor, { signal: stop.signal }).then(drain);
  assert.equal((await failure(reading)).code, "interrupted");
});

Deno.test("`getBlob()` tries again to open, and names what is not there", async () => {
  const content = new Uint8Array(3);
  const descriptor = { mediaType: "x/y", digest: sha256(content), size: 3 };
  const flaky = client((nth) => nth <= 2 ? status(503) : new Response(content));
  assert.equal((await drain(await flaky.registry.getBlob("app", descriptor))).length, 3);
  const { registry } = client(() => refused(404, "BLOB_UNKNOWN"));
  const error = await failure(registry.getBlob("app", descriptor));
  assert.equal(
    error.message,
    `pull of blob ${descriptor.digest} from registry.test/app: HTTP 404`,
  );
});

Deno.test("what takes no connection is tried again, and then said", async () => {
  const clock = testClock();
  let tries = 0;
  const registry = new HttpRegistry("localhost:5000", {
    transport(): Promise<Response> {
      tries++;
      return Promise.reject(
        new TypeError("fetch failed", { cause: new Error("Connection refused (os error 111)") }),
      );
    },
    retry: { clock },
  });
  const error = await failure(registry.getManifest("app", "v1"));
  assert.equal(error.code, "network-failed");
  assert.equal(
    error.message,
    "pull of localhost:5000/app:v1: cannot connect to localhost:5000: connection refused" +
      " after 5 attempts",
  );
  assert.equal(tries, 5);
});
