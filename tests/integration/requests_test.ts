// How many requests a push takes. docs/reliability.md has the table.
import assert from "node:assert/strict";
import { join } from "node:path";
import { HELLO, type Machine, onMachine } from "./machine.ts";
import { type FaultRegistry, faultRegistry } from "../support/fault_registry.ts";

const LOGIN = { alice: "secret" };

interface Case {
  readonly what: string;
  /** Whether a token is wanted. */
  readonly tokens: boolean;
  readonly platforms: string;
}

/** Requests of a first push, of one with nothing changed, and of one with another program. */
interface Counts {
  readonly first: number;
  readonly again: number;
  readonly changed: number;
}

const EXPECTED: readonly (readonly [Case, Counts])[] = [
  [
    { what: "one platform", tokens: false, platforms: "linux/amd64" },
    { first: 12, again: 1, changed: 10 },
  ],
  [
    { what: "one platform, with a token", tokens: true, platforms: "linux/amd64" },
    { first: 15, again: 3, changed: 13 },
  ],
  [
    { what: "two platforms", tokens: false, platforms: "linux/amd64,linux/arm64" },
    { first: 20, again: 1, changed: 18 },
  ],
];

for (const [{ what, tokens, platforms }, expected] of EXPECTED) {
  Deno.test(`requests of a push: ${what}`, async () => {
    await onMachine(HELLO, async (machine) => {
      const registry = faultRegistry(tokens ? { auth: { bearer: { users: LOGIN } } } : {});
      const [[user, password] = []] = Object.entries(LOGIN);
      const auths = { "registry.test": { auth: btoa(`${user}:${password}`) } };
      await Deno.mkdir(join(machine.home, ".docker"));
      await Deno.writeTextFile(
        join(machine.home, ".docker/config.json"),
        JSON.stringify({ auths }),
      );
      machine.serve("registry.test", registry.handler);
      const first = await requestsOf(machine, registry, platforms);
      const again = await requestsOf(machine, registry, platforms);
      await machine.write({ "src/main.rs": "fn main() { println!(); }\n" });
      const changed = await requestsOf(machine, registry, platforms);
      assert.deepEqual({ first, again, changed }, expected);
      assert.ok(again <= 5);
    });
  });
}

async function requestsOf(
  machine: Machine,
  registry: FaultRegistry,
  platforms: string,
): Promise<number> {
  const before = registry.seen.length;
  const args = ["build", "--base", "builtin", "--platform", platforms];
  const { status, stderr } = await machine.krust(args, {
    env: { KRUST_REPO: "registry.test/team" },
  });
  assert.equal(status, 0, stderr);
  return registry.seen.length - before;
}
