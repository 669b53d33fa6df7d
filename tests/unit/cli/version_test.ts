import assert from "node:assert/strict";
import { installationOf } from "../../../src/cli/commands/version.ts";

const PLACES: readonly (readonly [address: string, standalone: boolean, installation: string])[] = [
  ["file:///tmp/deno-compile-krust/krust.js", true, "executable"],
  ["file:///opt/krust-1.0.0-linux-x64/lib/krust.js", false, "archive"],
  ["file:///home/me/krust/src/cli/commands/version.ts", false, "source"],
  ["https://jsr.test/@krust/cli/1.0.0/src/cli/commands/version.ts", false, "jsr"],
];

for (const [address, standalone, installation] of PLACES) {
  Deno.test(`installationOf() takes ${address} for ${installation}`, () => {
    assert.equal(installationOf(address, standalone), installation);
  });
}
