// The table of settings: the mission's options to the letter, and what holds for every row.
import assert from "node:assert/strict";
import { helpLine, type Setting } from "../../../src/config/setting.ts";
import { CONTRADICTIONS, SETTING_NAMES, SETTINGS } from "../../../src/config/settings.ts";

Deno.test("the mission's options have its flags and its words", () => {
  const { image, platform, noPush, repo, verbose } = SETTINGS;
  const shown = [image, platform, noPush, repo, verbose].map((setting: Setting<unknown>) =>
    `${setting.flags}  ${helpLine(setting)}`
  );
  assert.deepEqual(shown, [
    "-i, --image <IMAGE>  Target image reference (overrides KRUST_REPO)",
    "--platform <PLATFORM>  Target platform [default: linux/amd64]",
    "--no-push  Skip pushing the image to registry",
    "--repo <REPO>  Repository prefix (uses KRUST_REPO env var)",
    "-v, --verbose  Enable verbose logging",
  ]);
});

for (const name of SETTING_NAMES) {
  const setting: Setting<unknown> = SETTINGS[name];
  Deno.test(`setting ${name} is declared as commander and files need it`, () => {
    assert.equal(
      name,
      setting.key.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase()),
    );
    assert.match(setting.flags, /^(?:-[a-z], )?--[a-z-]+(?: <[^<>]+>)?$/);
    assert.equal(setting.kind === "flag", !setting.flags.includes("<"));
    assert.match(setting.help, /^[A-Z][^\n]*[^.]$/);
    if (setting.env !== undefined && name !== "image") {
      assert.ok(setting.help.endsWith(`(uses ${setting.env} env var)`));
    }
  });
}

Deno.test("no two settings share a flag, a key, an alias or a variable", () => {
  const all = Object.values<Setting<unknown>>(SETTINGS);
  const words = all.flatMap(({ flags, key, aliases = [], env }) => [
    ...flags.split(", ").filter((part) => /^-[a-z],?$/.test(part)),
    key,
    ...aliases,
    ...(env === undefined ? [] : [env]),
  ]);
  assert.deepEqual(words.filter((word, at) => words.indexOf(word) !== at), []);
});

Deno.test("every default can be read back by its own setting", () => {
  for (const setting of Object.values<Setting<unknown>>(SETTINGS)) {
    if (setting.default === undefined) continue;
    const read = setting.read(setting.default, (reason) => {
      throw new Error(`${setting.key}: ${reason}`);
    });
    assert.deepEqual(read, setting.default);
  }
});

Deno.test("a project may set nothing that reaches beyond its image", () => {
  const trusted = Object.values<Setting<unknown>>(SETTINGS)
    .filter(({ scope }) => scope !== "project")
    .map(({ key }) => key);
  assert.deepEqual(trusted, [
    "package",
    "tag-only",
    "no-push",
    "local",
    "oci-layout",
    "tarball",
    "metadata-file",
    "image-refs",
    "jobs",
    "no-cache",
    "offline",
    "cache-size",
    "insecure-registry",
    "dry-run",
    "progress",
    "quiet",
    "verbose",
  ]);
});

Deno.test("no setting contradicts itself", () => {
  for (const [one, other] of CONTRADICTIONS) assert.notEqual(one, other);
});
