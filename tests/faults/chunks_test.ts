// Rows of the fault matrix about blobs that a registry takes in chunks only, each by rules of its own.
import assert from "node:assert/strict";
import type { FaultRegistry } from "../support/fault_registry.ts";
import { answers, type Fault, type FaultAction } from "../support/faults/fault.ts";
import { largeBase, MIB } from "./bases.ts";
import { fails, fine, type Play, plays, playsAt } from "./stage.ts";

const LARGE = await largeBase(18 * MIB);

/** No blob is taken whole. */
const CHUNKS_ONLY: Fault = { on: { kind: "finish-upload", sends: true }, does: answers(413) };

/** Chunks of more than so many bytes are too large. */
function atMost(bytes: number): Fault {
  return { on: { kind: "append-upload", larger: bytes }, does: answers(413) };
}

/** Sessions open with a least size of chunks. */
function atLeast(value: string): Fault {
  return {
    on: { kind: "start-upload" },
    does: { kind: "headers", headers: { "oci-chunk-min-length": value } },
  };
}

function chunk(does: FaultAction, more: Partial<Fault> = {}): Fault {
  return { on: { kind: "append-upload" }, does, ...more };
}

const target = playsAt("target", { base: LARGE, requests: 200 });

/** The sizes of the chunks of more than 64 KiB that were taken, in MiB. */
function taken({ seen }: FaultRegistry): readonly number[] {
  return seen.filter(({ kind, size, status }) =>
    kind === "append-upload" && status < 300 && size > MIB / 16
  ).map(({ size }) => size / MIB);
}

function inChunksOf(...sizes: readonly number[]): NonNullable<Play["also"]> {
  return ({ target }) => assert.deepEqual(taken(target), sizes);
}

await plays([
  target(62, "OCI-Chunk-Min-Length is 10 MiB", [CHUNKS_ONLY, atLeast(`${10 * MIB}`)], fine(), {
    also: inChunksOf(10, 8),
  }),
  target(
    62,
    "OCI-Chunk-Min-Length is more than is kept",
    [
      CHUNKS_ONLY,
      atLeast(`${17 * MIB}`),
    ],
    fine(),
    { also: inChunksOf(17, 1) },
  ),
  target(62, "OCI-Chunk-Min-Length is no number", [CHUNKS_ONLY, atLeast("abc")], fine(), {
    also: inChunksOf(4, 4, 4, 4, 2),
  }),
  target(62, "OCI-Chunk-Min-Length is 1 TiB", [atLeast(`${2 ** 40}`)], fine(), {
    also: ({ target }) => {
      assert.deepEqual(taken(target), []);
      assert.ok(
        target.seen.some(({ kind, size }) => kind === "finish-upload" && size === 18 * MIB),
      );
    },
  }),
  target(
    62,
    "OCI-Chunk-Min-Length is 1 TiB, and the blob is not taken whole",
    [CHUNKS_ONLY, atLeast(`${2 ** 40}`)],
    fine(),
    { also: inChunksOf(18) },
  ),
  target(
    62,
    "chunks of more than 4 MiB are refused, as by GHCR",
    [CHUNKS_ONLY, atMost(4 * MIB)],
    fine(),
    { also: inChunksOf(4, 4, 4, 4, 2) },
  ),
  target(62, "chunks of more than 1 MiB are refused", [CHUNKS_ONLY, atMost(MIB)], fine(), {
    also: inChunksOf(...Array.from({ length: 18 }, () => 1)),
  }),
  target(
    62,
    "a chunk is answered 416, once: it goes on where the registry stands",
    [CHUNKS_ONLY, chunk(answers(416), { after: 2, times: 1 })],
    fine(),
    {
      also: ({ target }) => {
        assert.deepEqual(taken(target), [4, 4, 4, 4, 2]);
        assert.ok(target.seen.some(({ kind }) => kind === "get-upload"));
      },
    },
  ),
  target(
    62,
    "chunks are answered 416 for ever",
    [CHUNKS_ONLY, chunk(answers(416))],
    fails("registry-rejected", /HTTP 416/),
  ),
  target(
    60,
    "PUT of a large blob is answered 413: it goes up in chunks",
    [CHUNKS_ONLY],
    fine(),
    { also: inChunksOf(4, 4, 4, 4, 2) },
  ),
  target(
    60,
    "PUT and PATCH of a large blob are answered 413, however small",
    [CHUNKS_ONLY, chunk(answers(413))],
    fails("registry-rejected", /HTTP 413(.|\n)*raise the limit on request bodies/),
  ),
]);
