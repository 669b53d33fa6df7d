// Entries of a layer: arranged in one way only, and refused where a layer would mean something else.
import assert from "node:assert/strict";
import fc from "fast-check";
import { sha256 } from "../../../src/core/digest.ts";
import { KrustError } from "../../../src/core/error.ts";
import { bodyOf } from "../../../src/core/streams.ts";
import {
  arrangeEntries,
  type LayerDirectory,
  type LayerEntry,
  type LayerFile,
} from "../../../src/image/layer_entry.ts";

function file(path: string, mode = 0o644): LayerFile {
  return { path, mode, digest: sha256(new Uint8Array(0)), body: bodyOf(new Uint8Array(0)) };
}

function directory(path: string, mode = 0o755): LayerDirectory {
  return { type: "directory", path, mode };
}

function listed(entries: readonly LayerEntry[]): readonly string[] {
  return arrangeEntries(entries).map(({ path }) => path);
}

Deno.test("`arrangeEntries()` lists each parent once, before what is in it", () => {
  assert.deepEqual(listed([file("/usr/share/doc/a"), file("usr/share/b"), file("/app/x")]), [
    "app",
    "app/x",
    "usr",
    "usr/share",
    "usr/share/b",
    "usr/share/doc",
    "usr/share/doc/a",
  ]);
});

Deno.test("`arrangeEntries()` gives parents to root, 0755, but keeps what must be otherwise", () => {
  const entries = arrangeEntries([
    file("/app/x"),
    file("/tmp/x"),
    file("/var/tmp/x"),
    file("/root/x"),
    file("/home/nonroot/x"),
  ]);
  const found = entries.filter((entry) => entry.type === "directory").map((entry) => [
    entry.path,
    entry.mode,
    entry.uid ?? 0,
    entry.gid ?? 0,
  ]);
  assert.deepEqual(found, [
    ["app", 0o755, 0, 0],
    ["home", 0o755, 0, 0],
    ["home/nonroot", 0o700, 65532, 65532],
    ["root", 0o700, 0, 0],
    ["tmp", 0o1777, 0, 0],
    ["var", 0o755, 0, 0],
    ["var/tmp", 0o1777, 0, 0],
  ]);
});

Deno.test("`arrangeEntries()` knows no parent by the name of an object's own member", () => {
  for (const name of ["constructor", "toString", "__proto__"]) {
    const [parent] = arrangeEntries([file(`/${name}/x`)]);
    assert.deepEqual(parent, { type: "directory", path: name, mode: 0o755 });
  }
});

Deno.test("`arrangeEntries()` keeps a directory that was given, whatever the order", () => {
  for (
    const entries of [[directory("/a", 0o700), file("a/b")], [file("a/b"), directory("a/", 0o700)]]
  ) {
    const [parent] = arrangeEntries(entries);
    assert.deepEqual(parent, { type: "directory", path: "a", mode: 0o700 });
  }
});

const REFUSED: readonly (readonly [name: string, entries: readonly LayerEntry[], why: RegExp])[] = [
  ["two files of one path", [file("/a/b"), file("a//b")], /"a\/\/b".*there are two of it/],
  ["a file and a directory of one path", [directory("a"), file("./a")], /there are two of it/],
  ["a file below a file", [file("a"), file("a/b/c")], /"\/a" is not a directory/],
  [
    "a file below a link",
    [{ type: "symlink", path: "a", target: "/etc" }, file("a/passwd")],
    /"\/a" is not a directory/,
  ],
  ["a path that climbs out", [file("/a/../../b")], /holds \.\./],
  ["the root itself", [directory("/")], /the path is empty/],
  ["a NUL", [file("a\0b")], /NUL/],
  ["a file that deletes another", [file("/etc/.wh.passwd")], /deletes files of the base/],
  ["a folder that empties another", [file("/.wh..wh..opq/x")], /deletes files of the base/],
  ["setuid", [file("/a", 0o4755)], /mode 4755 is beyond 1777/],
];

for (const [name, entries, why] of REFUSED) {
  Deno.test(`\`arrangeEntries()\` refuses ${name}`, () => {
    assert.throws(() => arrangeEntries(entries), (error) => {
      assert.ok(error instanceof KrustError);
      assert.equal(error.code, "config-invalid");
      assert.match(error.message, why);
      return true;
    });
  });
}

Deno.test("`arrangeEntries()` gives the same for any order of the same entries", () => {
  const part = fc.constantFrom("a", "b", "b-", "b0", "é");
  const paths = fc.uniqueArray(
    fc.array(part, { minLength: 1, maxLength: 4 }).map((p) => p.join("/")),
  );
  fc.assert(
    fc.property(paths, fc.infiniteStream(fc.nat()), (given, keys) => {
      const files = given.filter((path) => !given.some((other) => other.startsWith(`${path}/`)))
        .map((path) => file(path));
      const shuffled = files.map((entry) => ({ entry, key: keys.next().value ?? 0 }))
        .toSorted((left, right) => left.key - right.key).map(({ entry }) => entry);
      const found = listed(files);
      assert.deepEqual(listed(shuffled), found);
      assert.equal(new Set(found).size, found.length);
      for (const [at, path] of found.entries()) {
        const parent = path.slice(0, Math.max(0, path.lastIndexOf("/")));
        if (parent !== "") assert.ok(found.indexOf(parent) < at, `${parent} before ${path}`);
      }
    }),
  );
});
