// The layers together: precedence, origins, joined pairs, contradictions.
import assert from "node:assert/strict";
import { parseProjectMetadata } from "../../../src/config/project_metadata.ts";
import { resolveSettings, type Settings } from "../../../src/config/resolve_settings.ts";
import { SETTING_NAMES, type SettingName, SETTINGS } from "../../../src/config/settings.ts";
import { parseUserConfig } from "../../../src/config/user_config.ts";
import { NO_USER_CONFIG } from "../../../src/config/user_settings.ts";
import { KrustError } from "../../../src/core/error.ts";

/** Layers as a test writes them. */
interface Layers {
  readonly flags?: Readonly<Record<string, unknown>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly package?: unknown;
  readonly workspace?: unknown;
  /** The text of config.toml. */
  readonly file?: string;
}

function resolve({ flags = {}, env = {}, file, ...tables }: Layers): Settings {
  const manifest = { path: "/p/Cargo.toml", text: "" };
  const layer = (table: "package" | "workspace") =>
    tables[table] === undefined ? undefined : parseProjectMetadata(table, manifest, tables[table]);
  return resolveSettings({
    flags,
    env: (name) => env[name],
    package: layer("package"),
    workspace: layer("workspace"),
    file: file === undefined ? NO_USER_CONFIG : parseUserConfig(file, "/c.toml"),
  });
}

Deno.test("`resolveSettings()` gives every setting its default where nobody sets it", () => {
  const settings = resolve({});
  for (const name of SETTING_NAMES) {
    assert.deepEqual(settings[name], {
      value: SETTINGS[name].default,
      origin: { kind: "default", label: "default" },
    });
  }
  assert.equal(settings.base.value, "gcr.io/distroless/static:nonroot");
  assert.deepEqual(settings.platform.value, ["linux/amd64"]);
  assert.deepEqual(settings.tag.value, ["latest"]);
  assert.equal(settings.libc.value, "musl");
  assert.equal(settings.profile.value, "release");
  assert.equal(settings.configPath, undefined);
});

Deno.test("`resolveSettings()` takes flags, environment, package, workspace, file, in this order", () => {
  const layers: readonly Layers[] = [
    { flags: { repo: "flag.test/r" } },
    { env: { KRUST_REPO: "env.test/r" } },
    { package: { repo: "package.test/r" } },
    { workspace: { repo: "workspace.test/r" } },
    { file: 'repo = "file.test/r"' },
  ];
  const found = layers.map((_, top) => {
    const { value, origin } = resolve(Object.assign({}, ...layers.slice(top))).repo;
    return [value, origin.kind, origin.label];
  });
  assert.deepEqual(found, [
    ["flag.test/r", "flag", "--repo"],
    ["env.test/r", "env", "KRUST_REPO"],
    ["package.test/r", "package", "Cargo.toml [package.metadata.krust]"],
    ["workspace.test/r", "workspace", "Cargo.toml [workspace.metadata.krust]"],
    ["file.test/r", "file", "/c.toml"],
  ]);
});

Deno.test("`resolveSettings()` counts a blank variable as unset", () => {
  const { repo, image } = resolve({
    env: { KRUST_REPO: "  ", KRUST_IMAGE: "" },
    file: 'repo = "file.test/r"',
  });
  assert.equal(repo.value, "file.test/r");
  assert.equal(image.value, undefined);
});

Deno.test("`resolveSettings()` lets a higher layer switch a flag off", () => {
  const { locked } = resolve({ package: { locked: false }, file: "locked = true" });
  assert.equal(locked.value, false);
  assert.equal(locked.origin.kind, "package");
});

Deno.test("`resolveSettings()` puts a higher list in the place of a lower one", () => {
  const { platform, tag } = resolve({
    flags: { platform: ["linux/arm64", "linux/amd64,linux/arm64"], tag: ["v1,v2", "v3"] },
    package: { platform: ["linux/386"], tag: "edge" },
  });
  assert.deepEqual(platform.value, ["linux/arm64", "linux/amd64"]);
  assert.deepEqual(tag.value, ["v1", "v2", "v3"]);
});

Deno.test("`resolveSettings()` joins the pairs of all layers, a key's highest layer deciding", () => {
  const { label } = resolve({
    flags: { label: ["a=flag"] },
    package: { label: { a: "package", b: "package" } },
    file: '[label]\nb = "file"\nc = "file"',
  });
  assert.deepEqual(label.value, { a: "flag", b: "package", c: "file" });
  assert.equal(label.origin.kind, "flag");
  assert.equal(label.origin.label, "--label, Cargo.toml [package.metadata.krust], /c.toml");
});

Deno.test("`resolveSettings()` reads SOURCE_DATE_EPOCH, the flag before it", () => {
  assert.equal(resolve({ env: { SOURCE_DATE_EPOCH: "42" } }).sourceDateEpoch.value, 42);
  const both = { flags: { sourceDateEpoch: "7" }, env: { SOURCE_DATE_EPOCH: "garbage" } };
  assert.equal(resolve(both).sourceDateEpoch.value, 7);
});

Deno.test("`resolveSettings()` hands on what only the user's file can hold", () => {
  const settings = resolve({
    file: 'default_registry = "ghcr.io"\n[build]\ncargo_args = ["-v"]\n' +
      '[registries."ghcr.io"]\ninsecure = true\n[platforms.arm64]\nlinker = "ld"\n',
  });
  assert.equal(settings.configPath, "/c.toml");
  assert.equal(settings.defaultRegistry.value, "ghcr.io");
  assert.deepEqual(settings.cargoArgs.value, ["-v"]);
  assert.equal(settings.registries[0]?.host, "ghcr.io");
  assert.equal(settings.platforms[0]?.platform, "linux/arm64");
});

const REFUSED: readonly (readonly [what: string, layers: Layers, code: string, message: RegExp])[] =
  [
    [
      "a bad choice",
      { flags: { libc: "x" } },
      "usage",
      /^--libc: expected musl, gnu, gnu-dynamic, auto, found "x"$/,
    ],
    [
      "a bad platform",
      { flags: { platform: ["vax"] } },
      "platform-unknown",
      /^Unsupported platform: vax$/,
    ],
    [
      "all beside others",
      { flags: { platform: ["all", "amd64"] } },
      "usage",
      /^--platform: "all" stands/,
    ],
    [
      "a label without =",
      { flags: { label: ["x"] } },
      "usage",
      /^--label: expected K=V, found "x"$/,
    ],
    ["an empty value", { flags: { repo: "" } }, "usage", /^--repo: expected text, found none$/],
    [
      "a bad variable",
      { env: { SOURCE_DATE_EPOCH: "1.5" } },
      "config-invalid",
      /^SOURCE_DATE_EPOCH: expected whole seconds since 1970, .* found "1\.5"$/,
    ],
    [
      "contradicting flags",
      { flags: { quiet: true, verbose: true } },
      "usage",
      /^--quiet: it contradicts --verbose$/,
    ],
    [
      "a contradicting file",
      { file: "verbose = true\nquiet = true" },
      "config-invalid",
      /^\/c\.toml:2:1: quiet: it contradicts verbose$/,
    ],
    [
      "a binary and an example",
      { flags: { bin: ["a"], example: "b" } },
      "usage",
      /^--bin: it contradicts --example$/,
    ],
  ];

for (const [what, layers, code, message] of REFUSED) {
  Deno.test(`\`resolveSettings()\` refuses ${what} with exit status 2`, () => {
    assert.throws(() => resolve(layers), (error: unknown) => {
      assert.ok(error instanceof KrustError);
      assert.equal(error.code, code);
      assert.match(error.message, message);
      assert.equal(error.exitStatus, 2);
      return true;
    });
  });
}

const VOIDED: readonly (readonly [layers: Layers, holds: SettingName, voided: SettingName])[] = [
  [{ flags: { quiet: true }, file: "verbose = true" }, "quiet", "verbose"],
  [{ flags: { verbose: true }, file: "quiet = true" }, "verbose", "quiet"],
  [{ flags: { example: "e" }, package: { bin: ["b"] } }, "example", "bin"],
  [{ flags: { bin: ["b"] }, workspace: { example: "e" } }, "bin", "example"],
];

for (const [layers, holds, voided] of VOIDED) {
  Deno.test(`\`resolveSettings()\` lets ${holds} of a higher layer void ${voided}`, () => {
    const settings = resolve(layers);
    assert.equal(settings[holds].origin.kind, "flag");
    assert.equal(settings[voided].origin.kind, "default");
    assert.deepEqual(settings[voided].value, SETTINGS[voided].default);
  });
}

Deno.test("`resolveSettings()` sees no contradiction in what is switched off", () => {
  const { quiet, bin } = resolve({
    flags: { quiet: true, example: "e" },
    package: { bin: [] },
    file: "verbose = false",
  });
  assert.equal(quiet.value, true);
  assert.deepEqual(bin.value, []);
});
