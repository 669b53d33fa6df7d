import assert from "node:assert/strict";
import { type Image, imagePlatform, imagesOf } from "../../../src/image/image.ts";
import { joinImages } from "../../../src/image/join.ts";
import { withAnnotations } from "../../../src/image/mutate.ts";
import type { Annotations } from "../../../src/oci/descriptor.ts";
import { formatPlatform } from "../../../src/oci/platform.ts";
import { syntheticImage } from "../../support/images.ts";

async function images(
  notes: Readonly<Record<string, Annotations>>,
): Promise<readonly Image[]> {
  return await Promise.all(
    Object.entries(notes).map(async ([platform, annotations]) =>
      withAnnotations(await syntheticImage({ platform, layers: 0 }), annotations)
    ),
  );
}

Deno.test("joinImages() orders platforms as krust lists them, strangers last by name", async () => {
  const given = ["linux/mips", "linux/arm/v6", "linux/arm64", "linux/a", "linux/amd64"];
  const made = await images(Object.fromEntries(given.map((platform) => [platform, {}])));
  const root = joinImages(made);
  assert.deepEqual(imagesOf(root).map((image) => formatPlatform(imagePlatform(image))), [
    "linux/amd64",
    "linux/arm64",
    "linux/arm/v6",
    "linux/a",
    "linux/mips",
  ]);
  assert.equal(joinImages(made.toReversed()).descriptor.digest, root.descriptor.digest);
});

Deno.test("joinImages() says what all images say alike, and what it is told", async () => {
  const root = joinImages(
    await images({
      "linux/amd64": { title: "x", version: "1", only: "amd64", note: "theirs" },
      "linux/arm64": { title: "x", version: "2", note: "theirs" },
    }),
    { note: "mine" },
  );
  assert.deepEqual(root.annotations, { title: "x", note: "mine" });
});

Deno.test("joinImages() takes the base's index for the base's digest", async () => {
  const key = "org.opencontainers.image.base.digest";
  const root = joinImages(
    await images({
      "linux/amd64": { [key]: "sha256:a", "dev.krust.base.index": "sha256:i" },
      "linux/arm64": { [key]: "sha256:b", "dev.krust.base.index": "sha256:i" },
    }),
  );
  assert.deepEqual(root.annotations, { [key]: "sha256:i" });
});

Deno.test("joinImages() gives the image itself where there is but one, however often", async () => {
  const [image] = await images({ "linux/amd64": { a: "b" } });
  assert.ok(image !== undefined);
  assert.equal(joinImages([image, image], { note: "mine" }), image);
});

Deno.test("joinImages() refuses two images of one platform, naming both", async () => {
  const two = [
    ...await images({ "linux/arm64": {} }),
    ...await images({ "linux/arm64": { a: "b" } }),
  ];
  assert.throws(() => joinImages(two), {
    code: "images-mismatch",
    message: /linux\/arm64/,
    cause: new RegExp(two.map(({ descriptor }) => descriptor.digest).join(" and ")),
  });
});

Deno.test("joinImages() refuses no image", () => {
  assert.throws(() => joinImages([]), { code: "images-mismatch" });
});
