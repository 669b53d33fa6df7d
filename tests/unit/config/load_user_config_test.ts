// The user's config.toml on disk: where it is looked for, and what of it is worth a warning.
import assert from "node:assert/strict";
import { join } from "node:path";
import { type LoadedUserConfig, loadUserConfig } from "../../../src/config/load_user_config.ts";
import { KrustError } from "../../../src/core/error.ts";
import { ROOT } from "../../../tools/source_tree.ts";

/** Loads with a home that `prepare` fills; `env` may name things in it. */
async function load(
  prepare: (home: string) => Promise<void>,
  env: (home: string) => Readonly<Record<string, string>> = (home) => ({ HOME: home }),
): Promise<LoadedUserConfig> {
  const home = await Deno.makeTempDir();
  try {
    await prepare(home);
    const variables = env(home);
    return await loadUserConfig((name) => variables[name], { cwd: home });
  } finally {
    await Deno.remove(home, { recursive: true });
  }
}

async function put(path: string, text: string | Uint8Array, mode = 0o600): Promise<void> {
  await Deno.mkdir(join(path, ".."), { recursive: true });
  await Deno.writeFile(path, typeof text === "string" ? new TextEncoder().encode(text) : text);
  await Deno.chmod(path, mode);
}

const SECRET = '[registries."ghcr.io"]\nusername = "me"\npassword = "hunter2"\n';

Deno.test("`loadUserConfig()` reads ~/.config/krust/config.toml", async () => {
  const config = await load((home) => put(join(home, ".config/krust/config.toml"), 'base = "x"'));
  assert.equal(config.layer("base")?.raw, "x");
  assert.ok(config.path?.endsWith("/.config/krust/config.toml"));
  assert.deepEqual(config.warnings, []);
});

Deno.test("`loadUserConfig()` reads the file that KRUST_CONFIG names", async () => {
  const config = await load(async (home) => {
    await put(join(home, ".config/krust/config.toml"), 'base = "x"');
    await put(join(home, "mine.toml"), 'base = "y"');
  }, (home) => ({ HOME: home, KRUST_CONFIG: join(home, "mine.toml") }));
  assert.equal(config.layer("base")?.raw, "y");
});

Deno.test("`loadUserConfig()` takes a relative KRUST_CONFIG from the host's working directory", async () => {
  const config = await load(
    (home) => put(join(home, "mine.toml"), 'base = "y"'),
    (home) => ({ HOME: home, KRUST_CONFIG: "./mine.toml" }),
  );
  assert.equal(config.layer("base")?.raw, "y");
});

Deno.test("`loadUserConfig()` does without a file, a home, or a home that is a folder", async () => {
  const homes: readonly ((home: string) => Readonly<Record<string, string>>)[] = [
    (home) => ({ HOME: home }),
    () => ({}),
    () => ({ HOME: join(ROOT, "deno.json") }),
  ];
  for (const env of homes) {
    const config = await load(async () => {}, env);
    assert.equal(config.path, undefined);
    assert.equal(config.layer("base"), undefined);
  }
});

Deno.test("`loadUserConfig()` takes /dev/null for an empty file", async () => {
  const config = await load(async () => {}, () => ({ KRUST_CONFIG: "/dev/null" }));
  assert.equal(config.layer("base"), undefined);
});

Deno.test("`loadUserConfig()` refuses a file named by KRUST_CONFIG that is not there", async () => {
  await assert.rejects(
    load(async () => {}, (home) => ({ KRUST_CONFIG: join(home, "none.toml") })),
    { code: "config-invalid", message: /^cannot read ".*none\.toml": there is no such file$/ },
  );
});

Deno.test("`loadUserConfig()` refuses what is no text file, naming it", async () => {
  const contents: readonly (readonly [(path: string) => Promise<void>, RegExp])[] = [
    [(path) => Deno.mkdir(path, { recursive: true }), /^cannot read ".*config\.toml"$/],
    [(path) => put(path, new Uint8Array([0x61, 0xff])), /^cannot read ".*config\.toml"$/],
    [(path) => put(path, `# ${"x".repeat(1024 * 1024)}`), /config\.toml: it is larger than/],
  ];
  for (const [make, message] of contents) {
    await assert.rejects(
      load((home) => make(join(home, ".config/krust/config.toml"))),
      (error: unknown) => {
        assert.ok(error instanceof KrustError);
        assert.equal(error.code, "config-invalid");
        assert.match(error.message, message);
        return true;
      },
    );
  }
});

const MODES: readonly (readonly [text: string, mode: number, warned: boolean])[] = [
  [SECRET, 0o600, false],
  [SECRET, 0o400, false],
  [SECRET, 0o640, true],
  [SECRET, 0o604, true],
  ['base = "x"', 0o644, false],
  ['[registries."ghcr.io"]\ninsecure = true', 0o644, false],
];

for (const [text, mode, warned] of MODES) {
  const what = `${JSON.stringify(text.slice(0, 12))}… with mode ${mode.toString(8)}`;
  Deno.test(`\`loadUserConfig()\` ${warned ? "warns" : "does not warn"} of ${what}`, async () => {
    const { warnings } = await load((home) =>
      put(join(home, ".config/krust/config.toml"), text, mode)
    );
    assert.equal(warnings.length, warned ? 1 : 0);
    if (warned) assert.match(warnings[0] ?? "", /config\.toml" holds a password .* chmod 600/);
    assert.ok(!warnings.join().includes("hunter2"));
  });
}
