// The judge of killed pushes must see what is missing.
import assert from "node:assert/strict";
import { encodeJson } from "../../../src/core/json.ts";
import { sha256 } from "../../../src/core/digest.ts";
import { closureOf, countBlobs } from "../../support/closure.ts";
import { digestsOf, publish, syntheticIndex } from "../../support/images.ts";
import { faultRegistry } from "../../support/fault_registry.ts";
import { stallingRegistry } from "../../support/stalling_registry.ts";

const index = await syntheticIndex(["linux/amd64", "linux/arm64"]);

Deno.test("closureOf() finds all of an index, and nothing missing", async () => {
  await using registry = stallingRegistry(() => false);
  await publish(registry.memory, "app", index, "v1");
  const { manifests, blobs, missing } = await closureOf(registry.host, "app", ["v1", "v2"]);
  assert.deepEqual(missing, []);
  assert.equal(manifests.get("v1"), index.descriptor.digest);
  assert.equal(manifests.has("v2"), false);
  const found = [...manifests.values(), ...blobs];
  assert.deepEqual(new Set(found), digestsOf(index));
  assert.equal(await countBlobs(registry.host, "app", blobs), blobs.size);
  assert.equal(await countBlobs(registry.host, "other", blobs), 0);
});

Deno.test("closureOf() tells of blobs and manifests that are not there or not themselves", async () => {
  const [image] = index.manifests;
  assert.ok(image !== undefined && "layers" in image);
  const [layer] = image.layers;
  const gone = layer?.descriptor.digest ?? assert.fail();
  const { memory, listen } = faultRegistry({
    faults: [
      { on: { path: new RegExp(`blobs/${gone}`) }, does: { kind: "answer", status: 404 } },
      {
        on: { path: new RegExp(`manifests/${image.descriptor.digest}`), method: "GET" },
        does: { kind: "body", change: () => encodeJson({ layers: [{ digest: gone }] }) },
      },
    ],
  });
  await publish(memory, "app", index, "v1");
  await using server = listen();
  const { missing } = await closureOf(server.host, "app", ["v1"]);
  assert.deepEqual(missing, [image.descriptor.digest, gone]);
  assert.notEqual(sha256(encodeJson({ layers: [{ digest: gone }] })), image.descriptor.digest);
});
