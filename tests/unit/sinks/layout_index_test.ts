// The two documents of a layout as anybody may have written them.
import assert from "node:assert/strict";
import fc from "fast-check";
import { KrustError } from "../../../src/core/error.ts";
import { encodeJson } from "../../../src/core/json.ts";
import { checkLayoutFile, parseLayoutIndex, withTags } from "../../../src/sinks/layout_index.ts";

const DESCRIPTOR = {
  mediaType: "application/vnd.oci.image.manifest.v1+json",
  digest: `sha256:${"a".repeat(64)}`,
  size: 1,
} as const;

Deno.test("`parseLayoutIndex()` and `checkLayoutFile()` throw nothing but krust's own errors", () => {
  const documents = fc.oneof(
    fc.uint8Array({ maxLength: 64 }).map((bytes) => new Uint8Array(bytes)),
    fc.json().map((text) => new TextEncoder().encode(text)),
    fc.record({
      schemaVersion: fc.constantFrom<unknown>(1, 2, "2", null),
      manifests: fc.oneof(fc.jsonValue(), fc.array(fc.record({ annotations: fc.jsonValue() }))),
    }).map(encodeJson),
  );
  fc.assert(fc.property(documents, (raw) => {
    for (const read of [parseLayoutIndex, checkLayoutFile]) {
      try {
        read(raw, "a document");
      } catch (error) {
        assert.ok(error instanceof KrustError && error.code === "document-invalid", String(error));
      }
    }
  }));
});

Deno.test("`withTags()` keeps every entry that has none of the tags, as it was and in its place", () => {
  const names = fc.constantFrom("v1", "v2", "latest", undefined);
  const entry = fc.record({ name: names, extra: fc.jsonValue() }).map(({ name, extra }) => ({
    extra,
    ...(name === undefined ? {} : { annotations: { "org.opencontainers.image.ref.name": name } }),
  }));
  const tags = fc.uniqueArray(fc.constantFrom<string>("v1", "v2", "latest"), { minLength: 1 });
  fc.assert(fc.property(fc.array(entry), tags, (manifests, wanted) => {
    const before = JSON.parse(JSON.stringify({ schemaVersion: 2, manifests }));
    const after = withTags(
      parseLayoutIndex(encodeJson(before), "x"),
      DESCRIPTOR,
      wanted,
      undefined,
    );
    const name = (one: unknown): string | undefined =>
      (one as { annotations?: Record<string, string> }).annotations
        ?.["org.opencontainers.image.ref.name"];
    const kept = before.manifests.filter((one: unknown) => !wanted.includes(name(one) ?? ""));
    assert.deepEqual(after.manifests.slice(0, kept.length), kept);
    assert.deepEqual(after.manifests.slice(kept.length).map(name), wanted);
  }));
});
