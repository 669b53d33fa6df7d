// The two smallest sinks: several at once, and none.
import assert from "node:assert/strict";
import { SILENT } from "../../../src/report/reporter.ts";
import { digestOnly } from "../../../src/sinks/digest_only.ts";
import type { Sink } from "../../../src/sinks/sink.ts";
import { tee } from "../../../src/sinks/tee.ts";
import { syntheticImage } from "../../support/images.ts";

const TARGET = { name: "hello", tags: ["latest"] };

function noting(name: string, log: string[], failure?: Error): Sink {
  return {
    write(root, target): Promise<readonly string[]> {
      log.push(`${name} ${target.name} ${root.kind}`);
      return failure === undefined ? Promise.resolve([name]) : Promise.reject(failure);
    },
  };
}

Deno.test("`tee()` writes to each sink in turn and gives all references, the first's first", async () => {
  const log: string[] = [];
  const sink = tee([noting("a", log), digestOnly(), noting("b", log)]);
  const references = await sink.write(await syntheticImage(), TARGET, { report: SILENT });
  assert.deepEqual(references, ["a", "b"]);
  assert.deepEqual(log, ["a hello image", "b hello image"]);
});

Deno.test("`tee()` does not begin a sink when an earlier one fails", async () => {
  const log: string[] = [];
  const failure = new Error("full");
  const sink = tee([noting("a", log, failure), noting("b", log)]);
  await assert.rejects(
    async () => sink.write(await syntheticImage(), TARGET, { report: SILENT }),
    (error) => error === failure,
  );
  assert.deepEqual(log, ["a hello image"]);
});

Deno.test("`digestOnly()` gives no reference and opens nothing", async () => {
  const image = await syntheticImage();
  const untouchable = {
    ...image,
    layers: image.layers.map((layer) => ({
      ...layer,
      open: () => Promise.reject(new Error("opened")),
    })),
  };
  assert.deepEqual(await digestOnly().write(untouchable, TARGET, { report: SILENT }), []);
});
