// What is settled for a platform before cargo runs.
import assert from "node:assert/strict";
import { planTarget } from "../../../src/cargo/plan_target.ts";
import { KrustError } from "../../../src/core/error.ts";
import { parsePlatform } from "../../../src/oci/platform.ts";
import { type Fixture, planFor, withFixture } from "./fixture.ts";

const BOTH = ["x86_64-unknown-linux-musl", "aarch64-unknown-linux-musl"];

function plan({ context, project }: Fixture, platform: string): ReturnType<typeof planTarget> {
  const request = { project, plan: planFor(platform), files: [] };
  return planTarget(context, parsePlatform(platform), request);
}

Deno.test("`planTarget()` says that nothing can link, and what each rung lacks", async () => {
  await withFixture({ installed: BOTH, there: [], rustLld: false }, async (fixture) => {
    await assert.rejects(plan(fixture, "linux/amd64"), (error) => {
      assert.ok(error instanceof KrustError);
      assert.equal(error.code, "linker-missing");
      assert.match(error.message, /cc: no cc on PATH; .*rust-lld: does not come with this Rust/);
      return true;
    });
  });
});

Deno.test("`planTarget()` asks rustc for rust-lld only where rust-lld is to link", async () => {
  const asked = ({ host }: Fixture) => host.commands.filter(({ program }) => program === "rustc");
  for (const [there, times] of [[["cc"], 1], [["cc", "rustup"], 0]] as const) {
    await withFixture({ installed: BOTH, there }, async (fixture) => {
      for (const triple of BOTH) {
        await Deno.mkdir(`${fixture.project.targetDirectory}/${triple}`, { recursive: true });
      }
      await plan(fixture, "linux/amd64");
      assert.equal(asked(fixture).length, 0);
      await plan(fixture, "linux/arm64");
      assert.equal(asked(fixture).length, times);
    });
  }
});

Deno.test("`planTarget()` tells every rung with -v", async () => {
  await withFixture({ installed: BOTH }, async (fixture) => {
    await plan(fixture, "linux/arm64");
    const lines = fixture.report.messages.filter((text) => text.startsWith("debug:   "));
    assert.deepEqual(lines.map((line) => line.split(":")[1]?.trim()), [
      ...["configured", "cc", "cross-gcc", "rust-lld", "zig", "clang"],
    ]);
    assert.match(lines[3] ?? "", /rust-lld: chosen: rust-lld: comes with Rust/);
  });
});
