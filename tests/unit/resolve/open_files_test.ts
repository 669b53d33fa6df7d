// Which files `-f` means, in which order, and what is said where it means none.
import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { FILE_LIMIT, openFiles } from "../../../src/resolve/open_files.ts";
import { fakeHost } from "../../support/fake_host.ts";
import { withTemporaryFolder } from "../../support/temporary_folder.ts";

const FILES = [
  ...["k8s/b.yaml", "k8s/a.yml", "k8s/c.json", "k8s/notes.md", "k8s/.a.yml.swp", "k8s/a.yaml~"],
  ...["k8s/sub/d.yaml", "k8s/B.yaml", "k8s/über.yaml", "single.txt", "docs/readme.md"],
];

/** The names of the files that paths mean. */
async function opened(
  paths: readonly string[],
  options: { readonly recursive?: boolean; readonly stdin?: string } = {},
): Promise<readonly string[]> {
  let names: readonly string[] = [];
  await withTemporaryFolder(async (top) => {
    for (const file of FILES) {
      await Deno.mkdir(dirname(join(top, file)), { recursive: true });
      await Deno.writeTextFile(join(top, file), file);
    }
    // A link that leads back, one that leads to a file, and one that leads nowhere.
    await Deno.symlink(".", join(top, "k8s/sub/loop"));
    await Deno.symlink("../b.yaml", join(top, "k8s/sub/link.yaml"));
    const host = fakeHost({ cwd: top, stdin: options.stdin ?? "" });
    const files = await openFiles(paths, host, { recursive: options.recursive ?? false });
    names = files.map(({ name }) => name);
  });
  return names;
}

Deno.test("`openFiles()` reads a folder's YAML and JSON by name", async () => {
  assert.deepEqual(await opened(["k8s"]), [
    ...["k8s/B.yaml", "k8s/a.yml", "k8s/b.yaml", "k8s/c.json", "k8s/über.yaml"],
  ]);
});

Deno.test("`openFiles()` reads folders within folders where asked, and follows no link to a folder", async () => {
  assert.deepEqual(await opened(["k8s/"], { recursive: true }), [
    ...["k8s/B.yaml", "k8s/a.yml", "k8s/b.yaml", "k8s/c.json"],
    ...["k8s/sub/d.yaml", "k8s/sub/link.yaml", "k8s/über.yaml"],
  ]);
});

Deno.test("`openFiles()` keeps the order of what is named, whatever a file is called", async () => {
  assert.deepEqual(await opened(["single.txt", "k8s/sub", "-", "k8s/b.yaml"], { stdin: "x" }), [
    ...["single.txt", "k8s/sub/d.yaml", "k8s/sub/link.yaml", "-", "k8s/b.yaml"],
  ]);
});

const REFUSED: readonly (readonly [paths: readonly string[], message: RegExp])[] = [
  [["nowhere"], /^Path does not exist: nowhere$/],
  [["docs"], /^No YAML files found in directory docs$/],
  [["-", "-"], /standard input can be read once/],
];

for (const [paths, message] of REFUSED) {
  Deno.test(`\`openFiles()\` refuses ${paths.join(" and ")}`, async () => {
    await assert.rejects(opened(paths), { code: "usage", message });
  });
}

Deno.test("`openFiles()` keeps a byte order mark and every character", async () => {
  const text = "\ufeffa: 🦀\r\n\u2028";
  const host = fakeHost({ cwd: "/", stdin: text });
  const [file] = await openFiles(["-"], host, { recursive: false });
  assert.equal(file?.text, text);
  assert.equal(file?.directory, undefined);
});

Deno.test("`openFiles()` refuses what is not UTF-8 and what is too large, by name", async () => {
  await withTemporaryFolder(async (top) => {
    const host = fakeHost({ cwd: top });
    await Deno.writeFile(join(top, "a.yaml"), Uint8Array.from([0xff, 0xfe, 0x61, 0]));
    await assert.rejects(openFiles(["a.yaml"], host, { recursive: false }), {
      code: "yaml-invalid",
      message: "a.yaml: it is not UTF-8",
    });
    await Deno.truncate(join(top, "a.yaml"), FILE_LIMIT + 1);
    await assert.rejects(openFiles(["a.yaml"], host, { recursive: false }), {
      code: "yaml-invalid",
      message: /^a\.yaml: it has more than \d+ bytes$/,
    });
  });
});
