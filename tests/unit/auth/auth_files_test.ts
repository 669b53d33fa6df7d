// Which docker-style files are asked, in which order, and what of them must be there.
import assert from "node:assert/strict";
import { join } from "node:path";
import { authFiles } from "../../../src/auth/auth_files.ts";
import { KrustError } from "../../../src/core/error.ts";

type Variables = Readonly<Record<string, string>>;

const ORDER: readonly (readonly [env: Variables, labels: readonly string[]])[] = [
  [{}, []],
  [{ HOME: "/h" }, ["~/.docker/config.json"]],
  [{ HOME: "/h", DOCKER_CONFIG: "/d" }, ["/d/config.json"]],
  [{ HOME: "", DOCKER_CONFIG: " ", XDG_RUNTIME_DIR: "", REGISTRY_AUTH_FILE: "" }, []],
  [
    {
      XDG_RUNTIME_DIR: "/run/user/1",
      HOME: "/h",
      DOCKER_AUTH_CONFIG: "{}",
      REGISTRY_AUTH_FILE: "/a.json",
    },
    [
      "/a.json",
      "DOCKER_AUTH_CONFIG",
      "~/.docker/config.json",
      "/run/user/1/containers/auth.json",
    ],
  ],
];

for (const [env, labels] of ORDER) {
  Deno.test(`\`authFiles()\` with ${JSON.stringify(env)}`, () => {
    assert.deepEqual(authFiles((name) => env[name]).map(({ label }) => label), labels);
  });
}

/** The file at `~/.docker/config.json`, opened; `make` puts it there. */
async function opened(make: (path: string) => Promise<void>): Promise<unknown> {
  const home = await Deno.makeTempDir();
  try {
    await Deno.mkdir(join(home, ".docker"));
    await make(join(home, ".docker", "config.json"));
    const [file] = authFiles((name) => name === "HOME" ? home : undefined);
    return await file?.open();
  } finally {
    await Deno.remove(home, { recursive: true });
  }
}

Deno.test("`open()` gives nothing for a file that is not there", async () => {
  assert.equal(await opened(async () => {}), undefined);
  const [file] = authFiles((name) => name === "HOME" ? import.meta.filename : undefined);
  assert.equal(await file?.open(), undefined);
});

Deno.test("`open()` reads a file with a byte order mark", async () => {
  assert.notEqual(await opened((path) => Deno.writeTextFile(path, "\uFEFF{}")), undefined);
});

const BROKEN: readonly (readonly [string, (path: string) => Promise<void>, RegExp])[] = [
  ["a folder", (path) => Deno.mkdir(path), /^cannot read credentials from ".*config\.json"$/],
  ["bad JSON", (path) => Deno.writeTextFile(path, "{"), /config\.json:1:2: it is not JSON$/],
  [
    "a file of 5 MiB",
    (path) => Deno.writeTextFile(path, `{}${" ".repeat(5 * 1024 * 1024)}`),
    /^cannot read credentials from ".*config\.json"$/,
  ],
];

for (const [what, make, message] of BROKEN) {
  Deno.test(`\`open()\` refuses ${what}, naming the file, with exit status 2`, async () => {
    await assert.rejects(opened(make), (error: unknown) => {
      assert.ok(error instanceof KrustError);
      assert.match(error.message, message);
      assert.equal(error.exitStatus, 2);
      return true;
    });
  });
}
