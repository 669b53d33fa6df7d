// One session for many images: what `resolve` does with the parts that `build` is made of.
import assert from "node:assert/strict";
import { buildProject } from "../../src/cli/build_project.ts";
import { openSession } from "../../src/cli/session.ts";
import type { FakeProgram } from "../support/fake_host.ts";
import { fakeCargo } from "../support/fake_toolchain.ts";
import { publish, syntheticImage } from "../support/images.ts";
import { onMachine } from "./machine.ts";
import { pullValid } from "./pulled.ts";

const WORKSPACE = {
  "Cargo.toml": '[workspace]\nmembers = ["one", "two"]\n',
  "one/Cargo.toml": '[package]\nname = "one"\nversion = "0.1.0"\n',
  "one/src/main.rs": "fn main() {}\n",
  "two/Cargo.toml": '[package]\nname = "two"\nversion = "0.1.0"\n',
  "two/src/bin/a.rs": "fn main() {}\n",
  "two/src/bin/b.rs": "fn main() {}\n// b\n",
};

/** cargo, with a note of when each build begins and ends. */
function observedCargo(events: string[]): FakeProgram {
  const cargo = fakeCargo();
  return async (call) => {
    if (call.args[0] !== "build") return await cargo(call);
    const name = call.args[call.args.indexOf("--bin") + 1];
    events.push(`begin ${name}`);
    await Promise.resolve();
    const status = await cargo(call);
    await new Promise((resolve) => setTimeout(resolve));
    events.push(`end ${name}`);
    return status;
  };
}

Deno.test("a session builds several projects at once, cargo one after the other", async () => {
  await onMachine(WORKSPACE, async ({ registry, host: hostOf }) => {
    const memory = registry("registry.test");
    await publish(memory, "base", await syntheticImage({ layers: 1 }), "v1");
    const events: string[] = [];
    const host = hostOf({ programs: { cargo: observedCargo(events) } });
    const flags = { base: "registry.test/base:v1", repo: "registry.test/team" };
    const { signal } = new AbortController();
    await using session = await openSession({ flags }, { host, signal, present: () => {} });
    const wanted = [
      { directory: "one", bin: "one" },
      { directory: "two", bin: "a" },
      { directory: "two", bin: "b" },
    ];
    const built = await Promise.all(
      wanted.map(({ directory, bin }) =>
        buildProject(session, { directory, cargoArgs: [], flags: { ...flags, bin: [bin] } })
      ),
    );
    const begun = events.filter((event) => event.startsWith("begin "));
    assert.deepEqual(begun.toSorted(), ["begin a", "begin b", "begin one"]);
    assert.deepEqual(events, begun.flatMap((event) => [event, event.replace("begin", "end")]));
    const references = built.flatMap((one) => one?.result.references ?? []);
    assert.equal(new Set(references).size, 3);
    for (const reference of references) await pullValid(memory, reference);
    const asked = host.requests.filter((request) => request.endsWith("/base/manifests/v1"));
    assert.equal(asked.length, 2, "one HEAD and one GET for the base of all three");
  });
});

Deno.test("a session whose settings are wrong opens nothing", async () => {
  await onMachine(WORKSPACE, async ({ host }) => {
    const { signal } = new AbortController();
    const context = { host: host(), signal, present: (): void => {} };
    await assert.rejects(openSession({ flags: { platform: ["mips"] } }, context), {
      code: "platform-unknown",
    });
  });
});
