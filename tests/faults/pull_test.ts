// Rows of the fault matrix about what a registry answers to a pull, and about bases that are not right.
import { sha256 } from "../../src/core/digest.ts";
import { answers, type Fault, type FaultAction, flipBit } from "../support/faults/fault.ts";
import { syntheticIndex } from "../support/images.ts";
import { fails, fine, type Play, plays, playsAt } from "./stage.ts";

function onManifest(does: FaultAction, more: Partial<Fault> = {}): Fault {
  return { on: { kind: "get-manifest" }, does, ...more };
}

function onBlob(does: FaultAction, more: Partial<Fault> = {}): Fault {
  return { on: { kind: "get-blob" }, does, ...more };
}

const base = playsAt("base");

/** The answer to a request for a manifest, whatever it is. */
function manifest(body: unknown, type = "application/vnd.oci.image.manifest.v1+json"): Fault {
  return onManifest({ kind: "answer", status: 200, headers: { "content-type": type }, body });
}

const bytes: readonly Play[] = [
  base(
    17,
    "a manifest ends before its Content-Length, once",
    [onManifest({ kind: "cut", after: 100, announced: true }, { times: 1 })],
    fine(/trying again/),
  ),
  base(
    17,
    "a manifest ends before its Content-Length, always",
    [onManifest({ kind: "cut", after: 100, announced: true })],
    fails("document-invalid", /got 100 of \d+ bytes/),
  ),
  base(
    17,
    "a manifest without a Content-Length ends too early",
    [onManifest({ kind: "cut", after: 100, announced: false })],
    fails("document-invalid", /manifest/),
    { requests: 12 },
  ),
  base(
    18,
    "a blob ends in its middle, once",
    [onBlob({ kind: "cut", after: 900, announced: true }, { times: 1, after: 1 })],
    fine(),
  ),
  base(
    20,
    "a blob has one wrong bit, always",
    [onBlob({ kind: "body", change: flipBit })],
    fails("digest-mismatch", /sha256:/),
  ),
  base(
    20,
    "a layer has one wrong bit, once",
    [onBlob({ kind: "body", change: flipBit }, { after: 1, times: 1 })],
    fine(),
  ),
  base(
    21,
    "a manifest asked for by digest is another",
    [onManifest({ kind: "body", change: flipBit }, { after: 1 })],
    fails("digest-mismatch", /is not what its digest promises/),
    { base: await syntheticIndex(["linux/amd64", "linux/arm64"]) },
  ),
  base(
    22,
    "Docker-Content-Digest of a tag is another",
    [onManifest({
      kind: "headers",
      headers: { "docker-content-digest": `sha256:${"1".repeat(64)}` },
    })],
    fine(),
  ),
];

const DOCUMENTS: readonly (readonly [what: string, body: string])[] = [
  ["invalid JSON", "{"],
  ["JSON behind a byte order mark", '\ufeff{"schemaVersion":2}'],
  ["a page of HTML", "<!doctype html><h1>Welcome</h1>"],
  ["nothing", ""],
  ["null", "null"],
  ["a list", "[]"],
];

const CONFIG = {
  mediaType: "application/vnd.oci.image.config.v1+json",
  digest: sha256(new Uint8Array()),
  size: 0,
};

const documents: readonly Play[] = [
  ...DOCUMENTS.map(([what, body]) =>
    base(
      30,
      `a manifest is ${what}`,
      [manifest(body)],
      fails("document-invalid", /manifest bases\.test\/base:v1/),
      { requests: 6 },
    )
  ),
  base(
    25,
    "Content-Type has parameters",
    [onManifest({
      kind: "headers",
      headers: { "content-type": "application/vnd.oci.image.manifest.v1+json; charset=utf-8" },
    })],
    fine(),
  ),
  base(
    25,
    "Content-Type is absent",
    [onManifest({ kind: "headers", headers: { "content-type": null } })],
    fine(),
  ),
  base(
    25,
    "Content-Type contradicts mediaType",
    [onManifest({
      kind: "headers",
      headers: { "content-type": "application/vnd.oci.image.index.v1+json" },
    })],
    fails("document-invalid", /it is an image but says that it is/),
  ),
  base(
    26,
    "a manifest has layers and manifests",
    [manifest({ schemaVersion: 2, config: CONFIG, layers: [], manifests: [] })],
    fails("document-invalid", /ambiguous/),
  ),
  base(
    27,
    "a manifest of schema 1",
    [manifest(
      { schemaVersion: 1, name: "base", tag: "v1", fsLayers: [] },
      "application/vnd.docker.distribution.manifest.v1+prettyjws",
    )],
    fails("document-invalid", /schema 1/),
  ),
  base(
    29,
    "a manifest of 5 MiB",
    [manifest(`{"a":"${"x".repeat(5 * 1024 * 1024)}"}`)],
    fails("document-invalid", /larger than|4 MiB/),
    { requests: 6 },
  ),
  base(
    32,
    "an index lacks the platform",
    [],
    fails("base-platform-missing", /linux\/arm64(.|\n)*linux\/s390x|linux\/s390x/),
    { base: await syntheticIndex(["linux/arm64", "linux/s390x"]) },
  ),
];

const retried: readonly Play[] = [
  ...[500, 502, 503, 504].map((status) =>
    base(66, `GET of a manifest is answered ${status} twice`, [
      onManifest(answers(status), { times: 2 }),
    ], fine(/trying again/))
  ),
  base(
    66,
    "GET of a configuration is answered 503 for ever",
    [onBlob(answers(503))],
    fails("registry-rejected", /HTTP 503 after 6 attempts/),
  ),
];

await plays([...bytes, ...documents, ...retried]);
