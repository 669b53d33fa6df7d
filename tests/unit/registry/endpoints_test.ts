// The address grammar: whatever is written is read back, and nothing malformed gets through.
import assert from "node:assert/strict";
import * as fc from "fast-check";
import { type Digest, sha256 } from "../../../src/core/digest.ts";
import { type Endpoint, formatEndpoint, parseEndpoint } from "../../../src/registry/endpoints.ts";
import { RegistryError } from "../../../src/registry/errors.ts";

const DIGEST = sha256(new Uint8Array());

const WRITTEN: readonly (readonly [Endpoint, string])[] = [
  [{ kind: "ping" }, "GET /v2/"],
  [{ kind: "get-blob", repository: "a/b", digest: DIGEST }, `GET /v2/a/b/blobs/${DIGEST}`],
  [{ kind: "head-blob", repository: "a", digest: DIGEST }, `HEAD /v2/a/blobs/${DIGEST}`],
  [{ kind: "start-upload", repository: "a/b" }, "POST /v2/a/b/blobs/uploads/"],
  [
    { kind: "start-upload", repository: "a", digest: DIGEST },
    `POST /v2/a/blobs/uploads/?digest=${DIGEST}`,
  ],
  [
    { kind: "mount-blob", repository: "a", digest: DIGEST, from: "b/c" },
    `POST /v2/a/blobs/uploads/?mount=${DIGEST}&from=b/c`,
  ],
  [{ kind: "append-upload", repository: "a", id: "u-1" }, "PATCH /v2/a/blobs/uploads/u-1"],
  [
    { kind: "finish-upload", repository: "a", id: "u-1", digest: DIGEST },
    `PUT /v2/a/blobs/uploads/u-1?digest=${DIGEST}`,
  ],
  [{ kind: "put-manifest", repository: "a", at: "v1.0" }, "PUT /v2/a/manifests/v1.0"],
  [{ kind: "list-tags", repository: "a", limit: 5, last: "v1" }, "GET /v2/a/tags/list?n=5&last=v1"],
  [{ kind: "list-repositories", limit: 5, last: "a/b" }, "GET /v2/_catalog?n=5&last=a/b"],
  [
    {
      kind: "list-referrers",
      repository: "a",
      digest: DIGEST,
      artifactType: "application/spdx+json",
    },
    `GET /v2/a/referrers/${DIGEST}?artifactType=application/spdx%2Bjson`,
  ],
];

for (const [endpoint, line] of WRITTEN) {
  Deno.test(`\`formatEndpoint()\` writes ${line.replace(DIGEST, "D")}`, () => {
    const { method, path } = formatEndpoint(endpoint);
    assert.equal(`${method} ${path}`, line);
  });
}

// Words of the grammar are names too, and the longest match must not swallow them.
const component = fc.oneof(
  fc.constantFrom(
    "blobs",
    "uploads",
    "manifests",
    "tags",
    "list",
    "referrers",
    "v2",
    "a-b",
    "c__d",
  ),
  fc.stringMatching(/^[a-z0-9]{1,8}$/),
);
const repository = fc.array(component, { minLength: 1, maxLength: 4 }).map((all) => all.join("/"));
const digest: fc.Arbitrary<Digest> = fc.uint8Array({ maxLength: 4 }).map((bytes) => sha256(bytes));
const tag = fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9._-]{0,20}$/);
const id = fc.stringMatching(/^[A-Za-z0-9_=-]{1,20}$/);

const endpoint: fc.Arbitrary<Endpoint> = fc.oneof(
  fc.constant<Endpoint>({ kind: "ping" }),
  fc.record({
    kind: fc.constant("list-repositories"),
    limit: fc.nat(9999),
    last: repository,
  }, { requiredKeys: ["kind"] }),
  fc.record({
    kind: fc.constantFrom("get-blob", "head-blob", "delete-blob"),
    repository,
    digest,
  }),
  fc.record({ kind: fc.constant("start-upload"), repository, digest }, {
    requiredKeys: ["kind", "repository"],
  }),
  fc.record({ kind: fc.constant("mount-blob"), repository, digest, from: repository }),
  fc.record({
    kind: fc.constantFrom("get-upload", "append-upload", "cancel-upload"),
    repository,
    id,
  }),
  fc.record({ kind: fc.constant("finish-upload"), repository, id, digest }),
  fc.record({
    kind: fc.constantFrom("get-manifest", "head-manifest", "put-manifest", "delete-manifest"),
    repository,
    at: fc.oneof(digest, tag),
  }),
  fc.record({ kind: fc.constant("list-tags"), repository, limit: fc.nat(9999), last: tag }, {
    requiredKeys: ["kind", "repository"],
  }),
  fc.record({
    kind: fc.constant("list-referrers"),
    repository,
    digest,
    artifactType: fc.string({ unit: "grapheme", maxLength: 20 }),
  }, { requiredKeys: ["kind", "repository", "digest"] }),
);

Deno.test("`parseEndpoint()` reads back whatever `formatEndpoint()` writes", () => {
  fc.assert(fc.property(endpoint, (value) => {
    const { method, path } = formatEndpoint(value);
    assert.deepEqual(parseEndpoint(method, new URL(path, "http://h:5000")), { ...value });
  }));
});

Deno.test("`parseEndpoint()` throws nothing but refusals with a status", () => {
  const path = fc.oneof(
    fc.string(),
    fc.array(fc.oneof(component, digest, fc.constantFrom("", "..", "%2e%2e", "%zz", "%2F")))
      .map((all) => `/v2/${all.join("/")}`),
  );
  fc.assert(fc.property(fc.constantFrom("GET", "PUT", "BREW"), path, (method, text) => {
    const url = URL.parse(text, "http://h");
    if (url === null) return;
    try {
      parseEndpoint(method, url);
    } catch (error) {
      assert.ok(error instanceof RegistryError, String(error));
      assert.ok((error.status ?? 0) >= 400);
    }
  }));
});

const REFUSED: readonly (readonly [string, string, number, string])[] = [
  ["GET", "/", 404, "UNSUPPORTED"],
  ["GET", "/v1/a/blobs/x", 404, "UNSUPPORTED"],
  ["GET", "/v2/a", 404, "UNSUPPORTED"],
  ["GET", "/v2/%zz/tags/list", 404, "UNSUPPORTED"],
  ["POST", "/v2/", 405, "UNSUPPORTED"],
  ["GET", "/v2/A/tags/list", 400, "NAME_INVALID"],
  ["GET", "/v2/a//b/tags/list", 400, "NAME_INVALID"],
  ["GET", "/v2/a%2F..%2Fb/tags/list", 400, "NAME_INVALID"],
  ["GET", `/v2/${"a".repeat(256)}/tags/list`, 400, "NAME_INVALID"],
  ["GET", "/v2/a/blobs/sha256:12", 400, "DIGEST_INVALID"],
  ["GET", "/v2/a/blobs/latest", 400, "DIGEST_INVALID"],
  ["PUT", "/v2/a/manifests/.hidden", 400, "MANIFEST_INVALID"],
  ["GET", "/v2/a/manifests/.hidden", 404, "MANIFEST_UNKNOWN"],
  ["POST", "/v2/_catalog", 405, "UNSUPPORTED"],
  ["PUT", "/v2/a/manifests/sha512:12", 400, "DIGEST_INVALID"],
  ["GET", "/v2/a/manifests/sha512:12", 404, "MANIFEST_UNKNOWN"],
  ["DELETE", "/v2/a/blobs/sha512:12", 404, "BLOB_UNKNOWN"],
  ["POST", "/v2/a/blobs/uploads/?digest=sha512:12", 400, "DIGEST_INVALID"],
  ["GET", "/v2/a/manifests/sha256:12", 400, "DIGEST_INVALID"],
  ["POST", "/v2/a/blobs/uploads/?mount=x&from=b", 400, "DIGEST_INVALID"],
  ["POST", `/v2/a/blobs/uploads/?mount=${DIGEST}&from=B`, 400, "NAME_INVALID"],
  ["PUT", "/v2/a/blobs/uploads/u-1", 400, "DIGEST_INVALID"],
  ["PATCH", "/v2/a/blobs/uploads/u%201", 404, "BLOB_UPLOAD_UNKNOWN"],
  ["PATCH", "/v2/a/manifests/v1", 405, "UNSUPPORTED"],
];

for (const [method, path, status, code] of REFUSED) {
  Deno.test(`\`parseEndpoint()\` refuses ${method} ${path.slice(0, 50)} with ${code}`, () => {
    assert.throws(() => parseEndpoint(method, new URL(path, "http://h")), (error) => {
      assert.ok(error instanceof RegistryError);
      assert.equal(error.status, status);
      assert.deepEqual(error.errors.map((one) => one.code), [code]);
      return true;
    });
  });
}

Deno.test("`parseEndpoint()` takes a digest with its colon escaped, and uploads without a slash", () => {
  const escaped = parseEndpoint(
    "GET",
    new URL(`http://h/v2/a/blobs/${encodeURIComponent(DIGEST)}`),
  );
  assert.deepEqual(escaped, { kind: "get-blob", repository: "a", digest: DIGEST });
  const bare = parseEndpoint("POST", new URL("http://h/v2/a/blobs/uploads"));
  assert.deepEqual(bare, { kind: "start-upload", repository: "a" });
  const mountless = parseEndpoint("POST", new URL(`http://h/v2/a/blobs/uploads/?mount=${DIGEST}`));
  assert.deepEqual(mountless, { kind: "start-upload", repository: "a" });
});
