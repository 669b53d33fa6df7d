import assert from "node:assert/strict";
import { unusedSettings } from "../../../src/cli/unused_settings.ts";
import { settingsOf } from "./settings.ts";

Deno.test("unusedSettings() names each value that nothing heeds, and no other", () => {
  const file = `[registries."a.test"]
ca = "/ca.pem"
[registries."b.test"]
mirrors = ["m.test"]
insecure = true
[platforms."linux/arm64"]
base = "x.test/arm"
linker = "ld"
[platforms."linux/amd64"]
rustflags = ["-O"]
`;
  assert.deepEqual(unusedSettings(settingsOf({ file })), [
    '/config.toml: platforms."linux/arm64".base is not used yet',
  ]);
});

Deno.test("unusedSettings() has nothing to say of a file that says nothing", () => {
  assert.deepEqual(unusedSettings(settingsOf()), []);
  assert.deepEqual(unusedSettings(settingsOf({ file: 'base = "scratch"\n' })), []);
});
