// Where krust's configuration and cache lie.
import assert from "node:assert/strict";
import { cacheDirectory, configPath, valueOf } from "../../../src/config/xdg.ts";

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
  [{}, undefined],
  [{ HOME: "" }, undefined],
  [{ HOME: "relative" }, undefined],
];

for (const [env, config, cache] of ROWS) {
  Deno.test(`\`configPath()\` and \`cacheDirectory()\` with ${JSON.stringify(env)}`, () => {
    assert.equal(configPath((name) => env[name]), config);
    assert.equal(cacheDirectory((name) => env[name]), cache);
  });
}

Deno.test("`valueOf()` takes a blank variable for unset and leaves others as they are", () => {
  const env: Variables = { A: " \t", B: " b " };
  assert.equal(valueOf((name) => env[name], "A"), undefined);
  assert.equal(valueOf((name) => env[name], "B"), " b ");
});
