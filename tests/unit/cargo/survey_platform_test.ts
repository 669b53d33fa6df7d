// What a build would find, as data.
import assert from "node:assert/strict";
import { surveyPlatform } from "../../../src/cargo/survey_platform.ts";
import { parsePlatform } from "../../../src/oci/platform.ts";
import { planFor, withFixture } from "./fixture.ts";

Deno.test("`surveyPlatform()` gives every rung, the linker, and whether std is there", async () => {
  await withFixture({ installed: ["x86_64-unknown-linux-musl"] }, async (fixture) => {
    const { platforms: _, ...plan } = planFor("linux/arm64");
    const survey = (platform: string) =>
      surveyPlatform(fixture.context, fixture.project, plan, parsePlatform(platform));
    const foreign = await survey("linux/arm64");
    assert.deepEqual(
      foreign.rungs.map(({ rung, verdict }) => [rung, verdict]),
      [
        ["configured", "passed-over"],
        ["cc", "passed-over"],
        ["cross-gcc", "passed-over"],
        ["rust-lld", "chosen"],
        ["zig", "not-needed"],
        ["clang", "not-needed"],
      ],
    );
    assert.deepEqual([foreign.linker, foreign.installed, foreign.needs], ["rust-lld", false, []]);
    const native = await survey("linux/amd64");
    assert.deepEqual([native.linker, native.installed], ["cc", true]);
    assert.ok(fixture.host.commands.every(({ program }) => program === "rustc"));
  });
});

Deno.test("`surveyPlatform()` says that nothing links, and refuses nothing", async () => {
  await withFixture({ there: [], rustLld: false }, async (fixture) => {
    const { platforms: _, ...plan } = planFor("linux/arm64");
    const platform = parsePlatform("linux/arm64");
    const survey = await surveyPlatform(fixture.context, fixture.project, plan, platform);
    assert.equal(survey.linker, undefined);
    assert.ok(survey.rungs.every(({ verdict }) => verdict === "passed-over"));
  });
});
