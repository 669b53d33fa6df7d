// A layer that is unpacked as it passes: the bytes stay, and the end waits for what they unpack to.
import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { sha256 } from "../../../src/core/digest.ts";
import { KrustError } from "../../../src/core/error.ts";
import type { Bytes } from "../../../src/core/streams.ts";
import { DOCKER_MEDIA_TYPE, MEDIA_TYPE } from "../../../src/oci/media_type.ts";
import { checkedLayer } from "../../../src/sources/checked_layer.ts";
import { cut, drain, noise } from "../../support/streams.ts";

const CONTENT = noise(300_000);
const GZIP = new Uint8Array(gzipSync(CONTENT));

function checked(raw: Uint8Array<ArrayBuffer>, mediaType: string, diffID = sha256(CONTENT)): Bytes {
  const descriptor = { mediaType, digest: sha256(raw), size: raw.length };
  return checkedLayer(cut(raw, 10_000), descriptor, diffID);
}

function fails(code: string, says: RegExp): (error: unknown) => boolean {
  return (error) => error instanceof KrustError && error.code === code && says.test(error.message);
}

Deno.test("`checkedLayer()` passes on what unpacks to its diffID, byte for byte", async () => {
  for (const type of [MEDIA_TYPE.layerGzip, DOCKER_MEDIA_TYPE.layerGzip]) {
    assert.deepEqual(await drain(checked(GZIP, type)), GZIP);
  }
  for (const type of [MEDIA_TYPE.layer, DOCKER_MEDIA_TYPE.layer]) {
    assert.deepEqual(await drain(checked(CONTENT, type)), CONTENT);
  }
});

Deno.test("`checkedLayer()` does not judge what it cannot read", async () => {
  for (const type of [MEDIA_TYPE.layerZstd, "application/vnd.example.layer.v1"]) {
    assert.deepEqual(await drain(checked(CONTENT, type, sha256(GZIP))), CONTENT);
  }
});

Deno.test("`checkedLayer()` fails where the content is another", async () => {
  const other = sha256(new Uint8Array());
  for (const raw of [GZIP, CONTENT]) {
    const type = raw === GZIP ? MEDIA_TYPE.layerGzip : MEDIA_TYPE.layer;
    await assert.rejects(
      drain(checked(raw, type, other)),
      fails(
        "digest-mismatch",
        /^the content of layer sha256:\w+ is not what .* expected sha256:e3b0/,
      ),
    );
  }
});

Deno.test("`checkedLayer()` fails at the end for what is no gzip, or has much behind it", async () => {
  const behind = new Uint8Array([...GZIP, ...noise(3_000_000, 2)]);
  for (const raw of [behind, CONTENT, GZIP.slice(0, -9)]) {
    await assert.rejects(
      drain(checked(raw, MEDIA_TYPE.layerGzip)),
      fails("document-invalid", /^cannot decompress layer sha256:/),
    );
  }
});

Deno.test("`checkedLayer()` lets the source's own failure come first", async () => {
  const broken: Bytes = new ReadableStream({
    pull(controller): void {
      controller.enqueue(CONTENT.slice(0, 10));
      controller.error(new KrustError("network-failed", "broke off"));
    },
  }, { highWaterMark: 0 });
  const descriptor = { mediaType: MEDIA_TYPE.layerGzip, digest: sha256(GZIP), size: GZIP.length };
  await assert.rejects(
    drain(checkedLayer(broken, descriptor, sha256(CONTENT))),
    fails("network-failed", /broke off/),
  );
});

Deno.test("`checkedLayer()` that is cancelled closes its source", async () => {
  let cancelled: unknown;
  const source: Bytes = new ReadableStream({
    pull: (controller): void => controller.enqueue(GZIP.slice(0, 1_000)),
    cancel: (reason): void => void (cancelled = reason),
  }, { highWaterMark: 0 });
  const descriptor = { mediaType: MEDIA_TYPE.layerGzip, digest: sha256(GZIP), size: GZIP.length };
  const reader = checkedLayer(source, descriptor, sha256(CONTENT)).getReader();
  assert.equal((await reader.read()).value?.length, 1_000);
  await reader.cancel("enough");
  assert.equal(cancelled, "enough");
});
