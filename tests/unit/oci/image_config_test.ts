// Image configurations of others: nulls, unknown keys, hostile documents.
import assert from "node:assert/strict";
import fc from "fast-check";
import { KrustError } from "../../../src/core/error.ts";
import { type ImageConfig, parseImageConfig } from "../../../src/oci/image_config.ts";

const DIFF_ID = `sha256:${"a".repeat(64)}`;
const minimal = {
  architecture: "amd64",
  os: "linux",
  rootfs: { type: "layers", diff_ids: [DIFF_ID] },
};

function parse(value: unknown): ImageConfig {
  return parseImageConfig(new TextEncoder().encode(JSON.stringify(value)), "the base's config");
}

Deno.test("parseImageConfig() reads what krust uses", () => {
  const full = {
    created: "2026-01-02T03:04:05Z",
    author: "me",
    ...minimal,
    variant: "v2",
    config: {
      User: "65532:65532",
      ExposedPorts: { "80/tcp": {} },
      Env: ["PATH=/bin"],
      Entrypoint: ["/a"],
      Cmd: ["b"],
      Volumes: { "/data": {} },
      WorkingDir: "/",
      Labels: { a: "b" },
      StopSignal: "SIGINT",
    },
    history: [{ created_by: "x", author: "y", comment: "z", created: "t", empty_layer: true }],
  };
  assert.deepEqual(parse(full), full);
});

Deno.test("parseImageConfig() takes null for absent, as docker writes it", () => {
  const config = { User: "", Cmd: null, Volumes: null, Labels: null, Entrypoint: null, Env: null };
  assert.deepEqual(parse({ ...minimal, created: null, history: null, config }), {
    ...minimal,
    config: { User: "" },
  });
  assert.deepEqual(parse({ ...minimal, config: null }), minimal);
  const rootfs = { type: "layers", diff_ids: null };
  assert.deepEqual(parse({ ...minimal, rootfs }).rootfs.diff_ids, []);
});

Deno.test("parseImageConfig() keeps what it does not know of how a container runs, and that alone", () => {
  const config = { Healthcheck: { Test: ["CMD", "x"], Interval: null }, OnBuild: [] };
  const parsed = parse({ ...minimal, config, docker_version: "20", container_config: {} });
  assert.deepEqual(parsed, {
    ...minimal,
    config: { Healthcheck: { Test: ["CMD", "x"] }, OnBuild: [] },
  });
});

Deno.test("parseImageConfig() takes ports with anything in them for a set", () => {
  const parsed = parse({ ...minimal, config: { ExposedPorts: { "80/tcp": { HostPort: "1" } } } });
  assert.deepEqual(parsed.config?.ExposedPorts, { "80/tcp": {} });
});

const refused: readonly (readonly [string, unknown, RegExp])[] = [
  ["null", null, /form it should/],
  ["a list", [], /form it should/],
  ["no architecture", { ...minimal, architecture: undefined }, /architecture/],
  ["no rootfs", { ...minimal, rootfs: undefined }, /rootfs/],
  ["rootfs of another type", { ...minimal, rootfs: { type: "x", diff_ids: [] } }, /rootfs\.type/],
  ["a bad diffID", { ...minimal, rootfs: { type: "layers", diff_ids: ["x"] } }, /diff_ids\.0/],
  ["a null diffID", { ...minimal, rootfs: { type: "layers", diff_ids: [null] } }, /diff_ids\.0/],
  ["Env that is no list", { ...minimal, config: { Env: "A=b" } }, /config\.Env/],
  ["labels that are no text", { ...minimal, config: { Labels: { a: 1 } } }, /config\.Labels\.a/],
  ["ports that are no set", { ...minimal, config: { ExposedPorts: ["80"] } }, /ExposedPorts/],
];
for (const [name, value, message] of refused) {
  Deno.test(`parseImageConfig() refuses ${name}`, () => {
    assert.throws(() => parse(value), { name: "KrustError", code: "document-invalid", message });
  });
}

Deno.test("parseImageConfig() refuses what nests too deep where unknown keys are kept", () => {
  const deep = "[".repeat(500_000) + "]".repeat(500_000);
  const text = JSON.stringify({ ...minimal, config: { X: 0 } }).replace('"X":0', `"X":${deep}`);
  assert.throws(() => parseImageConfig(new TextEncoder().encode(text), "it"), {
    name: "KrustError",
    code: "document-invalid",
  });
});

Deno.test("parseImageConfig() lets only a KrustError escape, and what it gives has no null", () => {
  const values = fc.oneof(fc.jsonValue(), fc.constantFrom(null, {}, [], minimal.rootfs));
  const config = fc.dictionary(
    fc.constantFrom("Env", "Cmd", "Labels", "Volumes", "User", "Other", "__proto__"),
    values,
  );
  const documents = fc.oneof(
    fc.jsonValue(),
    fc.record({ config, history: values, created: values, variant: values }).map((parts) => ({
      ...minimal,
      ...parts,
    })),
    config.map((config) => ({ ...minimal, config })),
  );
  fc.assert(
    fc.property(documents, (value) => {
      try {
        const { config = {}, ...rest } = parse(value);
        for (const part of Object.values({ ...rest, ...config })) assert.notEqual(part, null);
      } catch (error) {
        assert.ok(error instanceof KrustError, String(error));
      }
    }),
    { numRuns: 1_000 },
  );
});
