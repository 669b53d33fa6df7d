// Cargo's JSON messages.
import assert from "node:assert/strict";
import fc from "fast-check";
import { readArtifact } from "../../../src/cargo/messages.ts";

const TARGET = "x86_64-unknown-linux-musl";

function message(change: Readonly<Record<string, unknown>> = {}): string {
  return JSON.stringify({
    reason: "compiler-artifact",
    package_id: "path+file:///w/app#0.1.0",
    manifest_path: "/w/app/Cargo.toml",
    target: { kind: ["bin"], crate_types: ["bin"], name: "app" },
    filenames: [],
    executable: `/w/target/${TARGET}/release/app`,
    fresh: true,
    ...change,
  });
}

Deno.test("`readArtifact()` reads a binary and the triple in its path", () => {
  assert.deepEqual(readArtifact(message()), {
    manifestPath: "/w/app/Cargo.toml",
    name: "app",
    example: false,
    target: TARGET,
    path: `/w/target/${TARGET}/release/app`,
  });
});

Deno.test("`readArtifact()` reads an example, which lies a folder deeper", () => {
  const found = readArtifact(message({
    target: { kind: ["example"], name: "demo" },
    executable: `/w/target/${TARGET}/debug/examples/demo`,
  }));
  assert.deepEqual([found?.name, found?.example, found?.target], ["demo", true, TARGET]);
});

Deno.test("`readArtifact()` is not misled by a folder that is named like a triple", () => {
  const path = `/aarch64-unknown-linux-musl/${TARGET}/dist/app`;
  assert.equal(readArtifact(message({ executable: path }))?.target, TARGET);
});

for (
  const [name, line] of [
    ["a library", message({ executable: null })],
    ["a test", message({ target: { kind: ["test"], name: "t" } })],
    ["another message", '{"reason":"build-finished","success":true}'],
    ["what a program printed", "hello"],
    ["half a line", message().slice(0, 40)],
    ["an empty line", ""],
    ["a list", "[]"],
    ["another form", '{"reason":"compiler-artifact","executable":3}'],
  ] as const
) {
  Deno.test(`\`readArtifact()\` passes over ${name}`, () => {
    assert.equal(readArtifact(line), undefined);
  });
}

Deno.test("`readArtifact()` never throws", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json().map((json) => `{"reason":${json}}`)), (line) => {
      assert.equal(readArtifact(line), undefined);
    }),
  );
});
