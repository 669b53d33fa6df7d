// What `cargo tree` prints, read.
import assert from "node:assert/strict";
import { readTree } from "../../../src/cargo/crate_tree.ts";

// As cargo 1.95 printed it for a package with these dependencies, shortened.
const TREE = `capp v0.1.0 (/tmp/with space)
|-- ring v0.17.14
|   |-- cfg-if v1.0.5
|   \`-- untrusted v0.9.0
|   [build-dependencies]
|   \`-- cc v1.11.3
|       |-- jobserver v0.1.35
|       |   \`-- libc v0.2.191
|       \`-- shlex v2.0.1
|-- serde v1.0.229
|   \`-- serde_derive v1.0.229 (proc-macro)
|       \`-- syn v3.0.10
\`-- zstd v0.13.5
    \`-- zstd-sys v2.1.3+zstd.1.5.7
        [build-dependencies]
        |-- cc v1.11.3 (*)
        \`-- pkg-config v0.3.34
[build-dependencies]
\`-- flate2 v1.1.11
    \`-- libz-sys v1.1.31
        [build-dependencies]
        \`-- cc v1.11.3 (*)
`;

Deno.test("`readTree()` tells the target's crates from this machine's", () => {
  const crates = readTree(TREE);
  const names = (host: boolean): readonly string[] =>
    crates.filter((crate) => crate.host === host).map(({ name }) => name);
  assert.deepEqual(names(false), [
    ...["capp", "ring", "cfg-if", "untrusted", "serde", "zstd", "zstd-sys"],
  ]);
  assert.deepEqual(names(true), [
    ...["cc", "jobserver", "libc", "shlex", "serde_derive", "syn", "pkg-config", "flate2"],
    "libz-sys",
  ]);
});

Deno.test("`readTree()` says how a crate came in, and what its build script stands on", () => {
  const found = readTree(TREE).find(({ name }) => name === "zstd-sys");
  assert.deepEqual(found, {
    name: "zstd-sys",
    version: "2.1.3+zstd.1.5.7",
    host: false,
    path: ["capp", "zstd", "zstd-sys"],
    buildDependencies: ["cc", "pkg-config"],
  });
});

Deno.test("`readTree()` has a crate for the target and one for this machine, if both are built", () => {
  const tree = `a v1.0.0
\`-- libz-sys v1.0.0
    [build-dependencies]
    \`-- cc v1.0.0
[build-dependencies]
\`-- libz-sys v1.0.0
    [build-dependencies]
    \`-- cc v1.0.0 (*)
`;
  const found = readTree(tree).filter(({ name }) => name === "libz-sys");
  assert.deepEqual(found.map(({ host }) => host), [false, true]);
});

Deno.test("`readTree()` makes nothing of what is no tree", () => {
  assert.deepEqual(readTree(""), []);
  assert.deepEqual(readTree("[build-dependencies]\n\n"), []);
  assert.deepEqual(readTree("|   |-- orphan v1.0.0").map(({ path }) => path), [["orphan"]]);
});
