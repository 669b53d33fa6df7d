// The base `scratch`: nothing, for any platform.
import assert from "node:assert/strict";
import { validateImage } from "../../../src/image/validate.ts";
import { parsePlatform, SUPPORTED_PLATFORMS } from "../../../src/oci/platform.ts";
import { scratchSource } from "../../../src/sources/scratch.ts";

Deno.test("`scratchSource()` gives an image without layers for every platform", async () => {
  const base = await scratchSource().open();
  assert.deepEqual([base.name, base.digest, base.platforms], [undefined, undefined, undefined]);
  const digests = new Set<string>();
  for (const platform of SUPPORTED_PLATFORMS.map(parsePlatform)) {
    const image = await base.image(platform);
    await validateImage(image, { deep: true });
    assert.deepEqual(image.layers, []);
    assert.deepEqual(image.config.config, {});
    assert.equal(image.config.architecture, platform.architecture);
    digests.add(image.descriptor.digest);
  }
  assert.equal(digests.size, SUPPORTED_PLATFORMS.length);
});
