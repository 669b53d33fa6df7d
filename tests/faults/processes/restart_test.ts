// The row of the fault matrix about a registry that is killed in the middle of a push and comes back.
import assert from "node:assert/strict";
import { join } from "node:path";
import { closureOf } from "../../support/closure.ts";
import { realRegistryAvailable, startRealRegistry } from "../../support/registry_server.ts";
import { firstLacking, lackingProgram, requiring } from "../../support/require.ts";
import { withTemporaryFolder } from "../../support/temporary_folder.ts";
import { threeLayers } from "../../support/three_layers.ts";
import { stallingRegistry } from "../../support/stalling_registry.ts";
import { withKrust } from "../../support/watched_krust.ts";

const lacking = firstLacking(lackingProgram("cargo", "sh"), realRegistryAvailable());

for (
  const [what, keeps] of [
    ["with what it had", true],
    ["with an empty store", false],
  ] as const
) {
  await requiring(
    lacking,
    `[row 72] the registry is killed after a blob and comes back ${what}`,
    () =>
      withTemporaryFolder(async (folder) => {
        const before = join(folder, "before");
        const after = keeps ? before : join(folder, "after");
        for (const place of [before, after]) await Deno.mkdir(place, { recursive: true });
        await using bases = stallingRegistry(() => false);
        const image = await threeLayers(folder, bases.host, ["linux/amd64"], { layer: 6_000_000 });
        const first = await startRealRegistry({ folder: before });
        const port = Number(first.host.split(":")[1]);
        await withKrust([...image.push(first.host, "app"), "-v"], folder, async (running) => {
          await running.says(/^DEBUG (layer|config) sha256:[0-9a-f]{64}: uploaded/);
          await first[Symbol.asyncDispose]();
          // Some seconds on; the next try is the one that finds it again.
          await running.says(/trying again in .* s \(3 of \d+\)/);
          await using second = await startRealRegistry({ folder: after, port });
          const { status, stdout, stderr } = await running.ended;
          assert.equal(status, 0, stderr);
          const { manifests, missing } = await closureOf(second.host, "app", ["latest"]);
          assert.deepEqual(missing, []);
          assert.equal(stdout, `${second.host}/app@${manifests.get("latest")}\n`);
        });
      }),
  );
}
