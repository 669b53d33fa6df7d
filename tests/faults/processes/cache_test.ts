// The row of the fault matrix about a cache whose entries are not what they were.
import assert from "node:assert/strict";
import { join } from "node:path";
import { sha256 } from "../../../src/core/digest.ts";
import type { Image } from "../../../src/image/image.ts";
import { HELLO, type Machine, onMachine, type Ran } from "../../integration/machine.ts";
import { publish, syntheticImage } from "../../support/images.ts";
import { flipBit } from "../../support/faults/fault.ts";
import { run } from "../../support/program.ts";
import { lackingProgram, requiring } from "../../support/require.ts";
import { rowTest } from "../stage.ts";

/** What may become of a file in the cache. */
const HARMS: readonly (readonly [what: string, harm: (path: string) => Promise<void>])[] = [
  ["a bit of it wrong", async (path) => {
    await Deno.writeFile(path, flipBit(await Deno.readFile(path)));
  }],
  ["cut short", (path) => Deno.truncate(path, 100)],
  ["a link to another file of the same size", async (path) => {
    const elsewhere = `${path}.elsewhere`;
    await Deno.writeFile(elsewhere, flipBit(await Deno.readFile(path)));
    await Deno.remove(path);
    await Deno.symlink(elsewhere, path);
  }],
  ["a folder", async (path) => {
    await Deno.remove(path);
    await Deno.mkdir(join(path, "with-something-in-it"), { recursive: true });
  }],
];

/** Builds into a layout of its own. */
function buildInto(machine: Machine, layout: string): Promise<Ran> {
  return machine.krust([
    ...["build", "--base", "bases.test/base:v1", "--no-push"],
    ...["--oci-layout", layout],
  ]);
}

/** Runs `harm` on each of the base's layers in the cache, between two builds. */
async function harmed(
  harm: (path: string) => Promise<void>,
  then: (machine: Machine, base: Image, again: () => Promise<Ran>) => Promise<void>,
): Promise<void> {
  await onMachine(HELLO, async (machine) => {
    const base = await syntheticImage();
    await publish(machine.registry("bases.test"), "base", base, "v1");
    const first = await buildInto(machine, "first");
    assert.equal(first.status, 0, first.stderr);
    for (const { descriptor } of base.layers) await harm(cached(machine, descriptor.digest));
    await then(machine, base, () => buildInto(machine, "second"));
  });
}

function cached({ home }: Machine, digest: string): string {
  return join(home, ".cache/krust/blobs/sha256", digest.replace("sha256:", ""));
}

/** All blobs of a layout are what their names say. */
async function assertIntact(layout: string): Promise<void> {
  const blobs = join(layout, "blobs/sha256");
  const names = [...Deno.readDirSync(blobs)].map(({ name }) => name);
  assert.ok(names.length >= 5, "layers, configuration and manifest");
  for (const name of names) {
    assert.equal(sha256(await Deno.readFile(join(blobs, name))), `sha256:${name}`);
  }
}

async function assertMended(machine: Machine, base: Image, ran: Ran): Promise<void> {
  assert.equal(ran.status, 0, ran.stderr);
  await assertIntact(join(machine.folder, "second"));
  for (const { descriptor } of base.layers) {
    const path = cached(machine, descriptor.digest);
    assert.ok((await Deno.lstat(path)).isFile, "the cache has a file again");
    assert.equal(sha256(await Deno.readFile(path)), descriptor.digest);
  }
}

for (const [what, harm] of HARMS) {
  await rowTest(
    85,
    `a base layer in the cache, ${what}: it is fetched again`,
    () =>
      harmed(harm, async (machine, base, again) => {
        await assertMended(machine, base, await again());
      }),
  );

  await rowTest(
    85,
    `a base layer in the cache, ${what}, and its registry is gone`,
    () =>
      harmed(harm, async (machine, _base, again) => {
        machine.serve("bases.test", () => Promise.resolve(new Response(null, { status: 404 })));
        const { status, stdout } = await again();
        assert.notEqual(status, 0);
        assert.equal(stdout, "");
        await assert.rejects(Deno.stat(join(machine.folder, "second/index.json")), {
          code: "ENOENT",
        });
      }),
  );
}

await requiring(
  lackingProgram("mkfifo"),
  "[row 85] a base layer in the cache, a pipe: it is fetched again",
  () =>
    harmed(async (path) => {
      await Deno.remove(path);
      await run("mkfifo", [path]);
    }, async (machine, base, again) => {
      await assertMended(machine, base, await again());
    }),
);
