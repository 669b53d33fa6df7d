// Rows of the fault matrix about what a registry answers to a push.
import assert from "node:assert/strict";
import { answers, type FaultAction, on, type RequestKind } from "../support/faults/fault.ts";
import type { FaultRegistry } from "../support/fault_registry.ts";
import { fails, fine, type Play, plays, playsAt } from "./stage.ts";

const WRONG_DIGEST = `sha256:${"0".repeat(64)}`;

const target = playsAt("target");

/** The base is in another repository of the target's registry, so its layers are mounted. */
function mounts(action: FaultAction, answer: string): Play {
  return target(
    49,
    `a mount is answered ${answer}`,
    [on("mount-blob", action)],
    fine(),
    {
      near: true,
      also: ({ target }) => {
        const refused = answer === "201" ? 0 : 2;
        assert.equal(countOf(target, "mount-blob"), 2, "one for each layer of the base");
        assert.equal(countOf(target, "start-upload"), 2 + refused, "and one more where refused");
        assertOnceEach(target);
      },
    },
  );
}

function countOf(target: FaultRegistry, kind: RequestKind): number {
  return target.seen.filter((seen) => seen.kind === kind).length;
}

/** Of each blob: one HEAD, at most one mount, at most one upload. */
function assertOnceEach(target: FaultRegistry): void {
  for (const kind of ["head-blob", "mount-blob", "finish-upload"] as const) {
    const digests = target.seen.filter((seen) => seen.kind === kind)
      .map(({ path }) => /sha256:[0-9a-f]{64}/.exec(decodeURIComponent(path))?.[0]);
    assert.deepEqual(digests.length, new Set(digests).size, `${kind}: ${digests.join(" ")}`);
  }
}

const digestHeader: readonly Play[] = [
  target(
    23,
    "a manifest's PUT is answered with another digest",
    [on("put-manifest", {
      kind: "headers",
      headers: { "docker-content-digest": WRONG_DIGEST },
    })],
    fine(/^warning: .*names another digest/m),
  ),
  target(
    23,
    "a manifest's PUT is answered without a digest",
    [on("put-manifest", { kind: "headers", headers: { "docker-content-digest": null } })],
    fine(),
  ),
  target(
    23,
    "a manifest's PUT is answered with another digest, and that is what it kept",
    [
      on("put-manifest", {
        kind: "answer",
        status: 201,
        headers: { "docker-content-digest": WRONG_DIGEST },
      }),
      on("get-manifest", { kind: "answer", status: 200, body: "{}" }),
    ],
    fails("digest-mismatch", /is not what its digest promises/),
  ),
];

const heads: readonly Play[] = [
  ...[403, 405, 501, 404].map((status) =>
    target(
      status === 403 ? 44 : 47,
      `HEAD of blobs and manifests is answered ${status}`,
      [
        on("head-blob", answers(status, ["DENIED"])),
        on("head-manifest", answers(status, ["DENIED"])),
      ],
      fine(),
    )
  ),
  target(
    47,
    "HEAD of a blob is answered 200 without a Content-Length",
    [on("head-blob", { kind: "answer", status: 200, headers: { "content-length": "" } })],
    fine(),
    { also: ({ target }) => assert.ok(target.seen.some(({ kind }) => kind === "finish-upload")) },
  ),
];

const refusals: readonly Play[] = [
  target(
    45,
    "POST of an upload is answered 403",
    [on("start-upload", answers(403, ["DENIED"]))],
    fails("auth-denied", /denied: push to registry\.test\/app/),
    { requests: 8 },
  ),
  target(
    45,
    "PUT of a blob is answered 403",
    [on("finish-upload", answers(403, ["DENIED"]))],
    fails("auth-denied", /denied: push to registry\.test\/app/),
    { requests: 10 },
  ),
  target(
    45,
    "PUT of a manifest is answered 403",
    [on("put-manifest", answers(403, ["DENIED"]))],
    fails("auth-denied", /denied: push to registry\.test\/app/),
  ),
  target(
    46,
    "POST of an upload is answered NAME_UNKNOWN, as ECR does",
    [on("start-upload", answers(404, ["NAME_UNKNOWN"]))],
    fails("registry-rejected", /create the repository/),
    { requests: 8 },
  ),
];

const mounting: readonly Play[] = [
  ...[400, 401, 403, 404, 405, 500].map((status) => mounts(answers(status), String(status))),
  mounts({ kind: "headers", headers: {} }, "201"),
  target(49, "a mount is answered 202: its session is used", [], fine(), {
    near: true,
    mountless: true,
    also: ({ target }) => {
      assert.equal(countOf(target, "mount-blob"), 2);
      assert.equal(
        countOf(target, "start-upload"),
        2,
        "the layer and configuration of the program alone",
      );
      assertOnceEach(target);
    },
  }),
  target(
    50,
    "a mount is answered 201, but the blob is not there",
    [on("mount-blob", { kind: "answer", status: 201 })],
    fine(),
    { near: true },
  ),
];

const retried: readonly Play[] = [
  ...[500, 502, 503, 504, 408, 499, 522].flatMap((status) => [
    target(
      66,
      `PUT of a blob is answered ${status} twice`,
      [on("finish-upload", answers(status), { times: 2 })],
      fine(/trying again in/),
    ),
    target(
      66,
      `PUT of a manifest is answered ${status} for ever`,
      [on("put-manifest", answers(status))],
      fails("registry-rejected", new RegExp(`HTTP ${status} after 6 attempts`)),
      { also: ({ ran }) => assert.equal(ran.host.waits.length, 5) },
    ),
  ]),
  ...[501, 505, 507, 400, 409, 415, 418].map((status) =>
    target(
      67,
      `PUT of a manifest is answered ${status}`,
      [on("put-manifest", answers(status))],
      fails("registry-rejected", status === 415 ? /OCI manifests/ : new RegExp(`HTTP ${status}`)),
      { also: ({ ran }) => assert.equal(ran.host.waits.length, 0) },
    )
  ),
  target(
    59,
    "PUT of a blob is answered DIGEST_INVALID once",
    [on("finish-upload", answers(400, ["DIGEST_INVALID"]), { times: 1 })],
    fine(),
  ),
  target(
    59,
    "PUT of a blob is answered DIGEST_INVALID for ever",
    [on("finish-upload", answers(400, ["DIGEST_INVALID"]))],
    fails("registry-rejected", /HTTP 400/),
  ),
];

const WAITS: readonly (readonly [header: string, least: number, most: number])[] = [
  ["2", 2_000, 2_000],
  ["1746136938", 400, 600],
  ["abc", 400, 600],
  ["Thu, 01 Jan 1970 00:00:00 GMT", 400, 600],
  ["Fri, 01 Jan 2100 00:00:00 GMT", 60_000, 60_000],
  ["3600", 60_000, 60_000],
];

const limited: readonly Play[] = [
  ...WAITS.map(([header, least, most]) =>
    target(
      64,
      `429 with Retry-After: ${header}`,
      [on("put-manifest", answers(429, ["TOOMANYREQUESTS"], { "retry-after": header }), {
        times: 1,
      })],
      fine(),
      {
        also: ({ ran }) => {
          const [wait = -1, ...more] = ran.host.waits;
          assert.deepEqual(more, []);
          assert.ok(wait >= least && wait <= most, `waited ${wait}`);
        },
      },
    )
  ),
  target(
    65,
    "429 for ever",
    [on("put-manifest", answers(429, ["TOOMANYREQUESTS"]))],
    fails("registry-rejected", /rate limited by registry\.test(.|\n)*docker login/),
  ),
];

const sloppy: readonly Play[] = [
  ...[200, 202, 204].map((status) =>
    target(
      63,
      `PUT of a blob is answered ${status}`,
      [on("finish-upload", { kind: "status", status })],
      fine(),
      { also: ({ target }) => assert.ok(target.seen.filter(isHeadBlob).length > 2) },
    )
  ),
  ...[200, 202].map((status) =>
    target(
      63,
      `PUT of a manifest is answered ${status}`,
      [on("put-manifest", { kind: "status", status })],
      fine(),
    )
  ),
  target(
    60,
    "POST is fine, PUT of a blob is answered 413",
    [{ on: { kind: "finish-upload", sends: true }, does: answers(413) }],
    fine(),
  ),
  target(
    60,
    "PUT and PATCH of a blob are answered 413",
    [on("finish-upload", answers(413)), on("append-upload", answers(413))],
    fails("registry-rejected", /raise the limit on request bodies/),
  ),
];

const order: readonly Play[] = [
  target(
    70,
    "PUT of one platform's manifest fails",
    [on("put-manifest", answers(400, ["MANIFEST_INVALID"]), { after: 1, times: 1 })],
    fails("registry-rejected", /HTTP 400/),
    {
      args: ["--platform", "linux/amd64,linux/arm64"],
      also: ({ target }) => {
        assert.equal(target.seen.filter(({ kind }) => kind === "put-manifest").length, 2);
      },
    },
  ),
  target(
    70,
    "PUT of the index fails",
    [on("put-manifest", answers(400, ["MANIFEST_INVALID"]), { after: 2 })],
    fails("registry-rejected", /HTTP 400/),
    { args: ["--platform", "linux/amd64,linux/arm64"] },
  ),
];

function isHeadBlob({ kind }: { readonly kind: string }): boolean {
  return kind === "head-blob";
}

await plays([
  ...digestHeader,
  ...heads,
  ...refusals,
  ...mounting,
  ...retried,
  ...limited,
  ...sloppy,
  ...order,
]);
