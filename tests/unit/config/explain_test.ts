// What `config show` says: values, origins, no secrets.
import assert from "node:assert/strict";
import { type ExplainedSetting, explainSettings } from "../../../src/config/explain.ts";
import { resolveSettings } from "../../../src/config/resolve_settings.ts";
import { SETTINGS } from "../../../src/config/settings.ts";
import { parseUserConfig } from "../../../src/config/user_config.ts";

function explain(
  flags: Readonly<Record<string, unknown>>,
  file = "",
): ReadonlyMap<string, ExplainedSetting> {
  const settings = resolveSettings({
    flags,
    env: () => undefined,
    file: parseUserConfig(file, "/c.toml"),
  });
  return new Map(explainSettings(settings).map((row) => [row.key, row]));
}

Deno.test("`explainSettings()` has a row for each setting of the table", () => {
  const keys = [...explain({}).keys()];
  assert.deepEqual(keys, [
    ...Object.values(SETTINGS).map(({ key }) => key),
    "default_registry",
    "build.cargo_args",
  ]);
});

Deno.test("`explainSettings()` shows values as they would be written, and their origins", () => {
  const rows = explain(
    { repo: "ghcr.io/me", push: false, tag: ["a,b"], label: ["a=b c", "d=e"] },
    'base_image = "scratch"\n[build]\ncargo_args = ["--features", "a b"]',
  );
  const shown = ["repo", "no-push", "tag", "label", "base", "build.cargo_args", "image", "libc"]
    .map((key) => Object.values(rows.get(key) ?? {}));
  assert.deepEqual(shown, [
    ["repo", "ghcr.io/me", "--repo"],
    ["no-push", "true", "--no-push"],
    ["tag", "a b", "--tag"],
    ["label", '"a=b c" d=e', "--label"],
    ["base", "scratch", "/c.toml"],
    ["build.cargo_args", '--features "a b"', "/c.toml"],
    ["image", "", "default"],
    ["libc", "musl", "default"],
  ]);
});

Deno.test("`explainSettings()` shows the tables of the user's file, and of passwords only that they are there", () => {
  const rows = explain(
    {},
    '[registries."ghcr.io"]\nusername = "me"\npassword = "hunter2"\nmirrors = ["m.test"]\n' +
      '[platforms."linux/arm64"]\nlinker = "ld"\nrustflags = ["-C", "x=y"]\n',
  );
  const shown = [...rows.values()].filter(({ key }) => /^(registries|platforms)/.test(key));
  assert.deepEqual(shown.map(({ key, value }) => `${key} = ${value}`), [
    'registries."ghcr.io".username = me',
    'registries."ghcr.io".password = ***',
    'registries."ghcr.io".mirrors = m.test',
    'platforms."linux/arm64".linker = ld',
    'platforms."linux/arm64".rustflags = -C x=y',
  ]);
  assert.ok(shown.every(({ origin }) => origin === "/c.toml"));
  assert.ok(!JSON.stringify([...rows]).includes("hunter2"));
});

const REFERENCES: readonly (readonly [value: string, shown: string])[] = [
  ["me:hunter2@ghcr.io/x", "***@ghcr.io/x"],
  ["https://me:hun/ter2@ghcr.io/x", "***@ghcr.io/x"],
  [`localhost:5000/x:v1@sha256:${"0".repeat(64)}`, `localhost:5000/x:v1@sha256:${"0".repeat(64)}`],
];

for (const [value, shown] of REFERENCES) {
  Deno.test(`\`explainSettings()\` shows ${value.slice(0, 32)} as ${shown.slice(0, 32)}`, () => {
    assert.equal(explain({ image: value }).get("image")?.value, shown);
  });
}
