// Where krust's configuration and cache lie.
import assert from "node:assert/strict";
import { cacheDirectory, configPath, dataDirectory, valueOf } from "../../../src/config/xdg.ts";

type Variables = Readonly<Record<string, string>>;

const ROWS: readonly (readonly [env: Variables, config: string | undefined, cache?: string])[] = [
  [{ HOME: "/h" }, "/h/.config/krust/config.toml", "/h/.cache/krust"],
  [
    { HOME: "/h", XDG_CONFIG_HOME: "/c", XDG_CACHE_HOME: "/k" },
    "/c/krust/config.toml",
    "/k/krust",
  ],
  [{ XDG_CONFIG_HOME: "/c", XDG_CACHE_HOME: "/k" }, "/c/krust/config.toml", "/k/krust"],
  [
    { HOME: "/h", XDG_CONFIG_HOME: "c", XDG_CACHE_HOME: "./k" },
    "/h/.config/krust/config.toml",
    "/h/.cache/krust",
  ],
  [
    { HOME: "/h", XDG_CONFIG_HOME: "/c", KRUST_CONFIG: "/my.toml", KRUST_CACHE_DIR: "/my" },
    "/my.toml",
    "/my",
  ],
  [
    { HOME: "/h", KRUST_CONFIG: " ", KRUST_CACHE_DIR: "" },
    "/h/.config/krust/config.toml",
    "/h/.cache/krust",
  ],
  [{ HOME: "/h", KRUST_CONFIG: "my.toml", KRUST_CACHE_DIR: "../my" }, "/w/my.toml", "/my"],
  [{}, undefined],
  [{ HOME: "" }, undefined],
  [{ HOME: "relative" }, undefined],
];

const HOST = { cwd: "/w" };

for (const [env, config, cache] of ROWS) {
  Deno.test(`\`configPath()\` and \`cacheDirectory()\` with ${JSON.stringify(env)}`, () => {
    assert.equal(configPath((name) => env[name], HOST), config);
    assert.equal(cacheDirectory((name) => env[name], HOST), cache);
  });
}

Deno.test("`configPath()` asks for no working directory where nothing is relative to it", () => {
  const gone = {
    get cwd(): string {
      throw new Error("it is gone");
    },
  };
  assert.equal(
    configPath((name) => name === "KRUST_CONFIG" ? "/my.toml" : undefined, gone),
    "/my.toml",
  );
  assert.equal(
    cacheDirectory((name) => name === "HOME" ? "/h" : undefined, gone),
    "/h/.cache/krust",
  );
});

Deno.test("`valueOf()` takes a blank variable for unset and leaves others as they are", () => {
  const env: Variables = { A: " \t", B: " b " };
  assert.equal(valueOf((name) => env[name], "A"), undefined);
  assert.equal(valueOf((name) => env[name], "B"), " b ");
});

Deno.test("`dataDirectory()` is the specification's, below it krust", () => {
  const of = (env: Readonly<Record<string, string>>): string | undefined =>
    dataDirectory((name) => env[name]);
  assert.equal(of({ HOME: "/h" }), "/h/.local/share/krust");
  assert.equal(of({ HOME: "/h", XDG_DATA_HOME: "/d" }), "/d/krust");
  assert.equal(of({ HOME: "/h", XDG_DATA_HOME: "relative" }), "/h/.local/share/krust");
  assert.equal(of({}), undefined);
});
