// Rows of the fault matrix about bases whose layers or configurations are not what they claim to be.
import assert from "node:assert/strict";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { sha256 } from "../../src/core/digest.ts";
import { bytesOf } from "../../src/core/streams.ts";
import { makeImage, makeIndex } from "../../src/image/image.ts";
import { MEDIA_TYPE } from "../../src/oci/media_type.ts";
import { isRecord } from "../support/faults/json.ts";
import { syntheticImage } from "../support/images.ts";
import { MIB, withGzip, withLayer, withListed, withType } from "./bases.ts";
import { fails, fine, type Play, plays } from "./stage.ts";

/** A play with a base that is at fault itself. */
function base(row: number, fault: string, base: Play["base"], ends: Play["ends"]): Play {
  return {
    row,
    fault,
    at: "base",
    faults: [],
    ends,
    ...(base === undefined ? {} : { base }),
    also: ({ ran }) => {
      for (const one of ran.host.requests) {
        assert.match(one, /https:\/\/(bases|registry)\.test\//, "nobody else is asked");
      }
    },
  };
}

const OPAQUE = new TextEncoder().encode("a layer that krust cannot read");
const TRAP = ["https://trap.test/layer", "http://169.254.169.254/latest/meta-data/"];
const FOREIGN = "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip";

const withUrls = (one: unknown): unknown => isRecord(one) ? { ...one, urls: TRAP } : one;

const elsewhere: readonly Play[] = [
  base(
    28,
    "a layer of an unknown type is copied as it is",
    await withType(OPAQUE, "application/vnd.example.layer.v1"),
    fine(),
  ),
  ...await Promise.all(
    ["application/vnd.example.layer.v1", FOREIGN].map(async (type) =>
      base(
        28,
        `a layer of type ${type} says where else it is: it is copied by its digest`,
        withListed(await withType(OPAQUE, type), (layers) => layers.map(withUrls)),
        fine(),
      )
    ),
  ),
  base(
    28,
    "a layer says where else it is, and is nowhere else",
    withListed(await syntheticImage(), (layers) => [
      ...layers.slice(0, 1),
      withUrls({ mediaType: FOREIGN, digest: sha256(OPAQUE), size: OPAQUE.length }),
    ]),
    fails("registry-rejected", /blob sha256:[0-9a-f]{64} from bases\.test\/base/),
  ),
];

const ARM = await syntheticImage({ platform: "linux/arm64" });
const AMD = await syntheticImage({ platform: "linux/amd64" });
const contradicting = makeIndex([AMD]);

/** An index that lists an image of another processor as one for linux/amd64. */
function mislabelled(): Play["base"] {
  const text = new TextDecoder().decode(contradicting.raw)
    .replaceAll(AMD.descriptor.digest, ARM.descriptor.digest)
    .replace(`"size":${AMD.descriptor.size}`, `"size":${ARM.descriptor.size}`);
  const raw = new TextEncoder().encode(text);
  const descriptor = { ...contradicting.descriptor, digest: sha256(raw), size: raw.length };
  return { ...contradicting, manifests: [ARM], raw, descriptor };
}

const [FIRST, SECOND] = AMD.layers;
assert.ok(FIRST !== undefined && SECOND !== undefined);

const contradictions: readonly Play[] = [
  base(
    34,
    "an index lists an image for another processor than its configuration names",
    mislabelled(),
    fails("document-invalid", /configuration is for linux\/arm64, its index says linux\/amd64/),
  ),
  base(
    34,
    "a configuration has fewer diff_ids than there are layers",
    withListed(AMD, (layers) => [...layers, ...layers]),
    fails("document-invalid", /it has 4 layers, its configuration 2 diff_ids/),
  ),
  base(
    34,
    "a configuration has the diff_ids in another order than the layers",
    makeImage({
      ...AMD.config,
      rootfs: { type: "layers", diff_ids: [SECOND.diffID, FIRST.diffID] },
    }, [{ ...FIRST, diffID: SECOND.diffID }, { ...SECOND, diffID: FIRST.diffID }]),
    fails("digest-mismatch", /content of layer sha256:[0-9a-f]{64} .*is not what its digest/),
  ),
  base(
    34,
    "a layer that is not compressed has another diff_id than digest",
    await withLayer(OPAQUE, {
      descriptor: { mediaType: MEDIA_TYPE.layer, digest: sha256(OPAQUE), size: OPAQUE.length },
      diffID: sha256(new Uint8Array()),
    }),
    fails("digest-mismatch", /content of layer sha256:[0-9a-f]{64}/),
  ),
];

const ZEROS = new Uint8Array(96 * MIB);
const TAR = new Uint8Array(1024);

/** A layer of two gzip members, as eStargz and pigz make them. */
const MEMBERS = new Uint8Array([...gzipSync(TAR), ...gzipSync(TAR.subarray(512))]);

const compressions: readonly Play[] = [
  base(
    35,
    "a layer of two gzip members",
    await withLayer(MEMBERS, { diffID: sha256(new Uint8Array(1536)) }),
    fine(),
  ),
  base(
    35,
    "a layer that grows more than a thousand times",
    await withGzip(ZEROS),
    fails("document-invalid", /grows more than 1000 times/),
  ),
  base(
    35,
    "a layer with something behind its gzip",
    await withGzip(TAR, new TextEncoder().encode("and more of it")),
    fails("document-invalid", /cannot decompress layer sha256:[0-9a-f]{64}/),
  ),
  base(
    35,
    "a layer whose gzip is cut short",
    await withType(new Uint8Array(gzipSync(OPAQUE)).slice(0, 30), MEDIA_TYPE.layerGzip),
    fails("document-invalid", /cannot decompress layer sha256:[0-9a-f]{64}/),
  ),
  base(
    35,
    "a layer of zstd is copied as it is",
    await withZstd(TAR),
    fine(),
  ),
];

async function withZstd(content: Uint8Array<ArrayBuffer>): Promise<Play["base"]> {
  const raw = new Uint8Array(zstdCompressSync(content));
  return await withLayer(raw, {
    descriptor: { mediaType: MEDIA_TYPE.layerZstd, digest: sha256(raw), size: raw.length },
    diffID: sha256(content),
    open: () => Promise.resolve(bytesOf(raw)),
  });
}

await plays([...elsewhere, ...contradictions, ...compressions]);
