// The row of the fault matrix about krust being killed while it pushes: the short version of
// `deno task kill-pushes`.
import assert from "node:assert/strict";
import { anySeed } from "../../support/chance.ts";
import { killPushes } from "../../support/killed_pushes.ts";
import { realRegistryAvailable, startRealRegistry } from "../../support/registry_server.ts";
import { firstLacking, lackingProgram, requiring } from "../../support/require.ts";
import { withTemporaryFolder } from "../../support/temporary_folder.ts";

await requiring(
  firstLacking(lackingProgram("cargo"), realRegistryAvailable()),
  "[row 77] pushes killed at random moments leave no tag without its image",
  () =>
    withTemporaryFolder(async (folder) => {
      await using registry = await startRealRegistry();
      const seed = anySeed();
      const { incomplete, wrong, stages } = await killPushes({
        count: 4,
        seed,
        port: Number(registry.host.split(":")[1]),
        folder,
        platforms: ["linux/amd64"],
      });
      assert.deepEqual([incomplete, wrong], [[], []], `seed ${seed}`);
      assert.ok([...stages.values()].reduce((sum, count) => sum + count, 0) >= 4);
    }),
);
