// Rows of the fault matrix about large blobs on their way down: cut in the middle, or not what they were.
import assert from "node:assert/strict";
import { filesBelow } from "../../tools/source_tree.ts";
import { digestHex } from "../../src/core/digest.ts";
import { type Fault, type FaultAction, flipBit } from "../support/faults/fault.ts";
import { largeBase, MIB } from "./bases.ts";
import { fails, fine, type Play, type Played, plays, playsAt } from "./stage.ts";

const SIZE = 6 * MIB;
const HALF = SIZE / 2;
const LARGE = await largeBase(SIZE);
const DIGEST = LARGE.layers[1]?.descriptor.digest ?? assert.fail();

/** A fault of the large layer alone. */
function large(does: FaultAction, more: Partial<Fault> = {}): Fault {
  return { on: { kind: "get-blob", path: new RegExp(DIGEST) }, does, ...more };
}

const base = playsAt("base", { base: LARGE });

/** How the large layer was asked for, and what was answered. */
function pulls({ base }: Played): readonly (readonly [range: string | null, status: number])[] {
  return base.seen.filter(({ kind, path }) => kind === "get-blob" && path.includes(DIGEST))
    .map(({ headers, status }) => [headers.get("range"), status]);
}

const cut = (announced: boolean): Fault =>
  large({ kind: "cut", after: HALF, announced }, { times: 1 });
const REST = `bytes=${HALF}-`;

const resumed: readonly Play[] = [
  base(18, "a layer ends in its middle: the rest is asked for", [cut(true)], fine(/going on/), {
    also: (played) => assert.deepEqual(pulls(played), [[null, 200], [REST, 206]]),
  }),
  base(
    18,
    "a layer without a Content-Length ends in its middle: the rest is asked for",
    [cut(false)],
    fine(),
    { also: (played) => assert.deepEqual(pulls(played), [[null, 200], [REST, 206]]) },
  ),
  base(
    18,
    "a layer ends in its middle, and the registry knows no ranges: it comes whole",
    [cut(true), large({ kind: "asked", headers: { range: null } }, { times: 1 })],
    fine(/going on/),
    // A whole answer to a range is let go and asked for again, without.
    { also: (played) => assert.deepEqual(pulls(played), [[null, 200], [REST, 200], [null, 200]]) },
  ),
  base(
    18,
    "a layer ends in its middle, and the registry gives another range: it is not believed",
    [cut(true), large({ kind: "asked", headers: { range: "bytes=0-" } }, { times: 1 })],
    fine(/going on/),
    { also: (played) => assert.deepEqual(pulls(played), [[null, 200], [REST, 206], [null, 200]]) },
  ),
  base(
    18,
    "a layer ends too early whatever is asked for",
    [large({ kind: "cut", after: 0, announced: true })],
    fails("network-failed", new RegExp(`blob ${DIGEST} .* after 6 attempts`)),
  ),
];

/** Whether krust keeps the large layer in its cache. */
function kept({ machine }: Played): boolean {
  const hex = digestHex(DIGEST);
  return filesBelow(`${machine.home}/.cache/krust`, (name) => name.includes(hex)).length > 0;
}

const wrong = (more: Partial<Fault> = {}): Fault => large({ kind: "body", change: flipBit }, more);
const KEEPING = { args: ["--oci-layout", "out"] };

const flipped: readonly Play[] = [
  ...[{}, KEEPING].flatMap((more) => {
    const keeping = more === KEEPING;
    const how = keeping ? "that is kept" : "that streams through";
    return [
      base(20, `a large layer ${how} has one wrong bit, once`, [wrong({ times: 1 })], fine(), {
        ...more,
        also: (played) => {
          assert.equal(pulls(played).length, 2, "one fetch more");
          assert.equal(kept(played), keeping);
        },
      }),
      base(
        20,
        `a large layer ${how} has one wrong bit, always`,
        [wrong()],
        fails("digest-mismatch", new RegExp(`blob ${DIGEST} .*is not what its digest promises`)),
        {
          ...more,
          also: (played) => {
            assert.equal(pulls(played).length, 2, "one fetch more");
            assert.ok(!kept(played), "nothing wrong is kept");
          },
        },
      ),
    ];
  }),
];

await plays([...resumed, ...flipped]);
