import assert from "node:assert/strict";
import { formatPlatform } from "../../../src/oci/platform.ts";
import { settlePlatforms } from "../../../src/cli/platforms.ts";

const ROWS: readonly (readonly [names: readonly string[], expected: string])[] = [
  [["linux/amd64"], "linux/amd64"],
  [["linux/arm64", "linux/amd64"], "linux/arm64 linux/amd64"],
  [["host"], "linux/riscv64"],
  [["linux/riscv64", "host", "linux/386"], "linux/riscv64 linux/386"],
  [["host", "linux/riscv64"], "linux/riscv64"],
  [["linux/arm64", "linux/arm64/v8", "aarch64"], "linux/arm64"],
];

for (const [names, expected] of ROWS) {
  Deno.test(`settlePlatforms() makes ${expected} of ${names.join(", ")} on riscv64`, () => {
    const platforms = settlePlatforms(names, "riscv64");
    assert.notEqual(platforms, "all");
    if (platforms !== "all") {
      assert.equal(platforms.map(formatPlatform).join(" "), expected);
    }
  });
}

Deno.test("settlePlatforms() leaves all to the base", () => {
  assert.equal(settlePlatforms(["all"], "amd64"), "all");
});

Deno.test("settlePlatforms() refuses a host that krust cannot build for", () => {
  assert.throws(() => settlePlatforms(["host"], "loong64"), /Unsupported platform: linux\/loong64/);
});
