// The served registry, as plain requests: every endpoint of the spec, and its error bodies.
import assert from "node:assert/strict";
import { type Digest, sha256 } from "../../../src/core/digest.ts";
import { encodeJson } from "../../../src/core/json.ts";
import { formatImageIndex, formatImageManifest } from "../../../src/oci/manifest.ts";
import { MEDIA_TYPE } from "../../../src/oci/media_type.ts";
import { MemoryRegistry } from "../../../src/registry/memory.ts";
import { type RegistryHandler, serveRegistry } from "../../../src/registry/server.ts";
import { parseRange } from "../../../src/registry/server_blobs.ts";

const CONTENT = new TextEncoder().encode("0123456789");
const DIGEST = sha256(CONTENT);

interface Asked {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

type Ask = (
  line: string,
  options?: { readonly body?: BodyInit; readonly headers?: Record<string, string> },
) => Promise<Asked>;

function server(handler: RegistryHandler = serveRegistry(new MemoryRegistry())): Ask {
  return async (line, options = {}) => {
    const [method = "", path = ""] = line.split(" ");
    const url = new URL(path, "http://registry.test");
    const response = await handler(new Request(url, { method, ...options }));
    return { status: response.status, headers: response.headers, text: await response.text() };
  };
}

function codeOf({ text }: Asked): string {
  return JSON.parse(text).errors[0].code;
}

async function upload(ask: Ask, content: Uint8Array<ArrayBuffer> = CONTENT): Promise<Digest> {
  const digest = sha256(content);
  const { status } = await ask(`POST /v2/app/blobs/uploads/?digest=${digest}`, { body: content });
  assert.equal(status, 201);
  return digest;
}

Deno.test("the registry says that it is one", async () => {
  const { status, headers } = await server()("GET /v2/");
  assert.equal(status, 200);
  assert.equal(headers.get("docker-distribution-api-version"), "registry/2.0");
});

Deno.test("a web page can write nothing, and can read where it is let", async () => {
  const ask = server();
  const headers = { origin: "https://evil.test" };
  for (
    const line of [
      `POST /v2/app/blobs/uploads/?digest=${DIGEST}`,
      "POST /v2/app/blobs/uploads/",
      "PUT /v2/app/manifests/latest",
      `DELETE /v2/app/blobs/${DIGEST}`,
      "PATCH /v2/app/blobs/uploads/x",
    ]
  ) {
    assert.equal((await ask(line, { headers, body: CONTENT })).status, 403, line);
  }
  const read = await ask("GET /v2/", { headers });
  assert.equal(read.status, 200);
  assert.equal(read.headers.get("access-control-allow-origin"), null);
});

Deno.test("a blob goes up in one POST", async () => {
  const ask = server();
  await upload(ask);
  const found = await ask(`GET /v2/app/blobs/${DIGEST}`);
  assert.equal(found.text, "0123456789");
  assert.equal(found.headers.get("content-length"), "10");
  assert.equal(found.headers.get("docker-content-digest"), DIGEST);
});

Deno.test("a HEAD tells a blob's size and gives no body", async () => {
  const ask = server();
  await upload(ask);
  const found = await ask(`HEAD /v2/app/blobs/${DIGEST}`);
  assert.equal(found.status, 200);
  assert.equal(found.headers.get("content-length"), "10");
  assert.equal(found.text, "");
  const absent = await ask(`HEAD /v2/other/blobs/${DIGEST}`);
  assert.deepEqual([absent.status, absent.text], [404, ""]);
});

Deno.test("a blob goes up in chunks, told between them where it stands", async () => {
  const ask = server();
  const start = await ask("POST /v2/app/blobs/uploads/");
  assert.equal(start.status, 202);
  const location = start.headers.get("location") ?? "";
  const first = await ask(`PATCH ${location}`, {
    body: CONTENT.slice(0, 4),
    headers: { "content-range": "0-3" },
  });
  assert.deepEqual([first.status, first.headers.get("range")], [202, "0-3"]);
  const status = await ask(`GET ${location}`);
  assert.deepEqual([status.status, status.headers.get("range")], [204, "0-3"]);
  const wrong = await ask(`PATCH ${location}`, {
    body: CONTENT.slice(6),
    headers: { "content-range": "6-9" },
  });
  assert.deepEqual([wrong.status, wrong.headers.get("range")], [416, "0-3"]);
  const end = await ask(`PUT ${location}?digest=${DIGEST}`, {
    body: CONTENT.slice(4),
    headers: { "content-range": "4-9" },
  });
  assert.equal(end.status, 201);
  assert.equal((await ask(`GET ${end.headers.get("location")}`)).text, "0123456789");
  assert.equal((await ask(`GET ${location}`)).status, 404, "the upload is over");
});

Deno.test("an upload is of one repository only, and can be cancelled", async () => {
  const ask = server();
  const location = (await ask("POST /v2/app/blobs/uploads/")).headers.get("location") ?? "";
  const elsewhere = await ask(`PATCH ${location.replace("/app/", "/other/")}`, { body: CONTENT });
  assert.equal(codeOf(elsewhere), "BLOB_UPLOAD_UNKNOWN");
  assert.equal((await ask(`DELETE ${location}`)).status, 204);
  assert.equal(codeOf(await ask(`PATCH ${location}`, { body: CONTENT })), "BLOB_UPLOAD_UNKNOWN");
});

Deno.test("a blob with another digest is refused, and its upload is gone", async () => {
  const ask = server();
  const location = (await ask("POST /v2/app/blobs/uploads/")).headers.get("location") ?? "";
  const put = `PUT ${location}?digest=${sha256(new Uint8Array())}`;
  assert.equal(codeOf(await ask(put, { body: CONTENT })), "DIGEST_INVALID");
  assert.equal(codeOf(await ask(put, { body: CONTENT })), "BLOB_UPLOAD_UNKNOWN");
});

Deno.test("a blob is mounted, or an upload opened for it", async () => {
  const ask = server();
  await upload(ask);
  const mounted = await ask(`POST /v2/copy/blobs/uploads/?mount=${DIGEST}&from=app`);
  assert.equal(mounted.status, 201);
  assert.equal((await ask(`GET /v2/copy/blobs/${DIGEST}`)).status, 200);
  const opened = await ask(`POST /v2/copy/blobs/uploads/?mount=${DIGEST}&from=nobody`);
  assert.equal(opened.status, 202);
  const put = `PUT ${opened.headers.get("location")}?digest=${DIGEST}`;
  assert.equal((await ask(put, { body: CONTENT })).status, 201);
});

Deno.test("a blob can be deleted once", async () => {
  const ask = server();
  await upload(ask);
  assert.equal((await ask(`DELETE /v2/app/blobs/${DIGEST}`)).status, 202);
  assert.equal(codeOf(await ask(`DELETE /v2/app/blobs/${DIGEST}`)), "BLOB_UNKNOWN");
});

const PARTS: readonly (readonly [string, number, string, string | null])[] = [
  ["bytes=2-4", 206, "234", "bytes 2-4/10"],
  ["bytes=7-", 206, "789", "bytes 7-9/10"],
  ["bytes=-3", 206, "789", "bytes 7-9/10"],
  ["bytes=8-99", 206, "89", "bytes 8-9/10"],
  ["bytes=-99", 206, "0123456789", "bytes 0-9/10"],
  ["bytes=10-", 416, "", "bytes */10"],
  ["bytes=-0", 416, "", "bytes */10"],
  ["bytes=4-2", 200, "0123456789", null],
  ["bytes=0-1,3-4", 200, "0123456789", null],
  ["lines=1-2", 200, "0123456789", null],
  ["bytes=-", 200, "0123456789", null],
];

for (const [range, status, text, answered] of PARTS) {
  Deno.test(`a blob asked for in part, ${range}, gives ${status}`, async () => {
    const ask = server();
    await upload(ask);
    const found = await ask(`GET /v2/app/blobs/${DIGEST}`, { headers: { range } });
    assert.deepEqual([found.status, found.text], [status, text]);
    assert.equal(found.headers.get("content-range"), answered);
  });
}

Deno.test("`parseRange()` of an empty blob is never a part", () => {
  assert.equal(parseRange("bytes=0-", 0), "unsatisfiable");
  assert.equal(parseRange("bytes=-5", 0), "unsatisfiable");
  assert.equal(parseRange(null, 0), undefined);
});

/** A server with an image under three tags, and the image's digest. */
async function served(): Promise<{ readonly ask: Ask; readonly digest: Digest }> {
  const ask = server();
  const config = encodeJson({});
  await upload(ask, config);
  const manifest = formatImageManifest({
    config: { mediaType: MEDIA_TYPE.config, digest: sha256(config), size: config.length },
    layers: [],
  });
  for (const tag of ["v1", "v2", "v3"]) {
    const put = await ask(`PUT /v2/app/manifests/${tag}`, {
      body: manifest.raw,
      headers: { "content-type": `${MEDIA_TYPE.manifest}; charset=utf-8` },
    });
    assert.equal(put.status, 201);
    assert.equal(put.headers.get("docker-content-digest"), manifest.descriptor.digest);
  }
  return { ask, digest: manifest.descriptor.digest };
}

Deno.test("a manifest is served by tag and digest, with its type", async () => {
  const { ask, digest } = await served();
  for (const method of ["GET", "HEAD"]) {
    for (const at of ["v1", digest]) {
      const { headers, text } = await ask(`${method} /v2/app/manifests/${at}`);
      assert.equal(headers.get("content-type"), MEDIA_TYPE.manifest);
      assert.equal(headers.get("docker-content-digest"), digest);
      assert.equal(text === "", method === "HEAD");
    }
  }
  assert.equal(codeOf(await ask("GET /v2/app/manifests/v9")), "MANIFEST_UNKNOWN");
  assert.equal((await ask("DELETE /v2/app/manifests/v1")).status, 202);
  assert.equal(codeOf(await ask("DELETE /v2/app/manifests/v1")), "MANIFEST_UNKNOWN");
});

Deno.test("a manifest that is too large is refused", async () => {
  const { ask } = await served();
  const body = new Uint8Array(4 * 1024 * 1024 + 1);
  const put = await ask("PUT /v2/app/manifests/big", {
    body,
    headers: { "content-type": MEDIA_TYPE.manifest },
  });
  assert.deepEqual([put.status, codeOf(put)], [413, "SIZE_INVALID"]);
});

Deno.test("tags come a page at a time", async () => {
  const { ask } = await served();
  const seen: string[] = [];
  let next = "/v2/app/tags/list?n=2";
  for (let pages = 0; next !== "" && pages < 5; pages++) {
    const { text, headers } = await ask(`GET ${next}`);
    seen.push(JSON.parse(text).tags.join());
    next = /^<(.*)>; rel="next"$/.exec(headers.get("link") ?? "")?.[1] ?? "";
  }
  assert.deepEqual(seen, ["v1,v2", "v3"]);
  const all = await ask("GET /v2/app/tags/list");
  assert.deepEqual(JSON.parse(all.text), { name: "app", tags: ["v1", "v2", "v3"] });
  assert.equal(codeOf(await ask("GET /v2/other/tags/list")), "NAME_UNKNOWN");
});

Deno.test("repositories come a page at a time", async () => {
  const ask = server();
  for (const name of ["b", "a/c", "a"]) {
    await ask(`POST /v2/${name}/blobs/uploads/?digest=${DIGEST}`, { body: CONTENT });
  }
  const first = await ask("GET /v2/_catalog?n=2");
  assert.deepEqual(JSON.parse(first.text), { repositories: ["a", "a/c"] });
  assert.equal(first.headers.get("link"), '</v2/_catalog?n=2&last=a/c>; rel="next"');
  const rest = await ask("GET /v2/_catalog?n=2&last=a/c");
  assert.deepEqual(JSON.parse(rest.text), { repositories: ["b"] });
  assert.equal(rest.headers.get("link"), null);
});

Deno.test("an index refers to its subject as a manifest does", async () => {
  const { ask, digest } = await served();
  const index = formatImageIndex({
    artifactType: "application/x",
    manifests: [],
    subject: { mediaType: MEDIA_TYPE.manifest, digest, size: 1 },
    annotations: { note: "yes" },
  });
  const put = await ask(`PUT /v2/app/manifests/${index.descriptor.digest}`, {
    body: index.raw,
    headers: { "content-type": MEDIA_TYPE.index },
  });
  assert.equal(put.headers.get("oci-subject"), digest);
  const { text } = await ask(`GET /v2/app/referrers/${digest}`);
  assert.deepEqual(JSON.parse(text).manifests, [
    { ...index.descriptor, annotations: { note: "yes" } },
  ]);
});

Deno.test("layers that may not be distributed need not be there, others must", async () => {
  const { ask } = await served();
  const config = encodeJson({});
  const push = (mediaType: string): Promise<Asked> =>
    ask("PUT /v2/app/manifests/foreign", {
      body: formatImageManifest({
        config: { mediaType: MEDIA_TYPE.config, digest: sha256(config), size: config.length },
        layers: [{ mediaType, digest: DIGEST, size: 10 }],
      }).raw,
      headers: { "content-type": MEDIA_TYPE.manifest },
    });
  assert.equal(codeOf(await push(MEDIA_TYPE.layerGzip)), "MANIFEST_BLOB_UNKNOWN");
  const type = "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip";
  assert.equal((await push(type)).status, 201);
});

Deno.test("requests that write to one upload wait for each other", async () => {
  const ask = server();
  const location = (await ask("POST /v2/app/blobs/uploads/")).headers.get("location") ?? "";
  const slow = Promise.withResolvers<void>();
  const body = new ReadableStream({
    async pull(controller): Promise<void> {
      await slow.promise;
      controller.enqueue(CONTENT.slice(0, 4));
      controller.close();
    },
  });
  const first = ask(`PATCH ${location}`, { body, headers: { "content-range": "0-3" } });
  const second = ask(`PATCH ${location}`, {
    body: CONTENT.slice(4),
    headers: { "content-range": "4-9" },
  });
  slow.resolve();
  assert.deepEqual([(await first).status, (await second).status], [202, 202]);
  assert.equal((await ask(`PUT ${location}?digest=${DIGEST}`)).status, 201);
});

Deno.test("referrers come as an index, of one type where asked", async () => {
  const { ask, digest } = await served();
  const config = sha256(encodeJson({}));
  const sbom = formatImageManifest({
    artifactType: "application/spdx+json",
    config: { mediaType: MEDIA_TYPE.empty, digest: config, size: 2 },
    layers: [],
    subject: { mediaType: MEDIA_TYPE.manifest, digest, size: 1 },
  });
  const put = await ask(`PUT /v2/app/manifests/${sbom.descriptor.digest}`, {
    body: sbom.raw,
    headers: { "content-type": MEDIA_TYPE.manifest },
  });
  assert.equal(put.headers.get("oci-subject"), digest);
  const all = await ask(`GET /v2/app/referrers/${digest}`);
  assert.equal(all.headers.get("content-type"), MEDIA_TYPE.index);
  const digests = (asked: Asked): unknown =>
    JSON.parse(asked.text).manifests.map((one: { digest: string }) => one.digest);
  assert.deepEqual(digests(all), [sbom.descriptor.digest]);
  const none = await ask(`GET /v2/app/referrers/${digest}?artifactType=text/plain`);
  assert.deepEqual(digests(none), []);
  assert.equal(none.headers.get("oci-filters-applied"), "artifactType");
});

Deno.test("what is no endpoint is refused in the spec's form", async () => {
  const ask = server();
  assert.equal((await ask("GET /")).status, 404);
  assert.equal((await ask("POST /v2/")).status, 405);
  assert.equal(codeOf(await ask("GET /v2/Bad/tags/list")), "NAME_INVALID");
});

Deno.test("what breaks inside is a 500 that tells nothing of it", async () => {
  class Broken extends MemoryRegistry {
    override findManifest(): Promise<never> {
      return Promise.reject(new Error("the password is hunter2"));
    }
  }
  const told: unknown[] = [];
  const handler = serveRegistry(new Broken(), { onFault: (error) => told.push(error) });
  const found = await server(handler)("GET /v2/app/manifests/v1");
  assert.match(String(told), /hunter2/);
  assert.equal(found.status, 500);
  assert.equal(codeOf(found), "UNKNOWN");
  assert.doesNotMatch(found.text, /hunter2/);
});

Deno.test("a body that breaks off leaves what came before it to be resumed", async () => {
  const ask = server();
  const location = (await ask("POST /v2/app/blobs/uploads/")).headers.get("location") ?? "";
  let pulls = 0;
  const body = new ReadableStream({
    pull(controller): void {
      if (pulls++ === 0) controller.enqueue(CONTENT.slice(0, 4));
      else controller.error(new TypeError("the client went away"));
    },
  });
  assert.equal((await ask(`PATCH ${location}`, { body })).status, 500);
  assert.equal((await ask(`GET ${location}`)).headers.get("range"), "0-3");
});
