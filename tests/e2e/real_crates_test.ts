// A published crate, as its author published it; `deno task real-crates` builds more of them.
import assert from "node:assert/strict";
import { join } from "node:path";
import { lackingGoProgram } from "../support/go_programs.ts";
import { buildAndRun, RUNNERS } from "../support/real_crates.ts";
import { firstLacking, lackingProgram, lackingTarget, requiring } from "../support/require.ts";
import { serveFolder } from "../support/served_registry.ts";
import { withTemporaryFolder } from "../support/temporary_folder.ts";

const PLATFORMS = ["linux/amd64", "linux/arm64"];

await requiring(
  firstLacking(
    lackingProgram("cargo", "tar", ...Object.values(RUNNERS).flat()),
    lackingGoProgram("crane"),
    await lackingTarget("x86_64-unknown-linux-musl"),
    await lackingTarget("aarch64-unknown-linux-musl"),
  ),
  "a crate with 28 others is built for two platforms, pushed as an index, pulled by digest and run",
  () =>
    withTemporaryFolder(async (folder) => {
      await using registry = await serveFolder(join(folder, "registry"));
      const place = join(folder, "place");
      await Deno.mkdir(place);
      const choose = { title: "choose", crates: ["choose@1.3.7"], shows: "pure Rust" };
      const built = await buildAndRun(choose, {
        folder: place,
        registry: registry.host,
        platforms: PLATFORMS,
        // That it is fast is not what is looked at.
        env: { CARGO_PROFILE_RELEASE_OPT_LEVEL: "0", CARGO_PROFILE_RELEASE_LTO: "off" },
      });
      assert.match(built.references.join(), /^127\.0\.0\.1:\d+\/real\/choose@sha256:[0-9a-f]{64}$/);
      assert.deepEqual(built.platforms.map(({ said }) => said), [
        ["choose 1.3.7"],
        ["choose 1.3.7"],
      ]);
    }),
);
