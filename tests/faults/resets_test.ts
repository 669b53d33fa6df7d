// Rows of the fault matrix about connections that are reset: what was not received yet is lost with them.
import assert from "node:assert/strict";
import { answers, type Fault } from "../support/faults/fault.ts";
import { largeBase, MIB } from "./bases.ts";
import { fails, fine, type Play, plays } from "./stage.ts";

const LARGE = await largeBase(8 * MIB);
const DIGEST = LARGE.layers[1]?.descriptor.digest ?? assert.fail();
const PULL = { kind: "get-blob", path: new RegExp(DIGEST) } as const;
const PUT = { kind: "finish-upload", larger: MIB } as const;

function wired(
  row: number,
  fault: string,
  at: Play["at"],
  faults: readonly Fault[],
  ends: Play["ends"],
  more: Partial<Play> = {},
): Play {
  return { row, fault, at, faults, ends, base: LARGE, wire: true, requests: 80, ...more };
}

await plays([
  wired(
    8,
    "a layer of 8 MiB is reset after 3 MiB, once: the rest is asked for",
    "base",
    [{ on: PULL, times: 1, does: { kind: "cut", after: 3 * MIB, announced: true, reset: true } }],
    fine(/going on after [1-9]\d* bytes/),
    {
      also: ({ base, ran }) => {
        const pulls = base.seen.filter(({ kind, path }) =>
          kind === "get-blob" && path.includes(DIGEST)
        );
        assert.equal(pulls.length, 2);
        assert.match(pulls[1]?.headers.get("range") ?? "", /^bytes=[1-9]\d*-$/);
        assert.equal(pulls[1]?.status, 206);
        assert.equal(ran.stderr.match(/^warning: /gm)?.length, 1, "one line of a retry");
      },
    },
  ),
  wired(
    8,
    "a layer of 8 MiB is reset again and again, with nothing of it",
    "base",
    [
      { on: PULL, times: 1, does: { kind: "cut", after: 3 * MIB, announced: true, reset: true } },
      { on: PULL, does: { kind: "cut", after: 0, announced: true, reset: true } },
    ],
    fails("network-failed", new RegExp(`blob ${DIGEST} .* after \\d+ attempts`)),
  ),
  wired(
    8,
    "a layer of 8 MiB is reset again and again, with some of it",
    "base",
    [{ on: PULL, does: { kind: "cut", after: MIB / 4, announced: true, reset: true } }],
    fails("network-failed", new RegExp(`blob ${DIGEST} .* after \\d+ attempts`)),
  ),
  wired(
    8,
    "a PUT of 8 MiB is reset after 1 MiB, once",
    "target",
    [{ on: PUT, times: 1, does: { kind: "bite", bytes: MIB, then: "reset" } }],
    fine(/trying again in/),
    { also: ({ ran }) => assert.equal(ran.stderr.match(/^warning: /gm)?.length, 1) },
  ),
  wired(
    8,
    "a PUT of 8 MiB is reset after 1 MiB, always, and no chunk is taken",
    "target",
    [
      { on: PUT, does: { kind: "bite", bytes: MIB, then: "reset" } },
      { on: { kind: "append-upload" }, does: answers(405, ["UNSUPPORTED"]) },
    ],
    fails("network-failed", new RegExp(`blob ${DIGEST}.* after 6 attempts`)),
  ),
  wired(
    60,
    "a PUT of 8 MiB is answered 413 early, and the connection reset: it goes up in chunks",
    "target",
    [{ on: PUT, does: { ...answers(413), early: true } }],
    fine(),
    {
      also: ({ target }) => {
        const chunks = target.seen.filter(({ kind, status }) =>
          kind === "append-upload" && status === 202
        );
        assert.ok(chunks.length >= 2, `${chunks.length} chunks`);
      },
    },
  ),
  wired(
    60,
    "a PUT of 8 MiB and each chunk are answered 413 early, and the connection reset",
    "target",
    [
      { on: { kind: "finish-upload", sends: true }, does: { ...answers(413), early: true } },
      { on: { kind: "append-upload" }, does: { ...answers(413), early: true } },
    ],
    fails("registry-rejected", /HTTP 413(.|\n)*raise the limit on request bodies/),
    { requests: 120 },
  ),
  wired(
    60,
    "chunks of more than 256 KiB are answered 413 early, and the connection reset",
    "target",
    [
      { on: { kind: "finish-upload", sends: true }, does: { ...answers(413), early: true } },
      {
        on: { kind: "append-upload", larger: MIB / 4 },
        does: { ...answers(413), early: true },
      },
    ],
    fine(),
    { requests: 120 },
  ),
]);
