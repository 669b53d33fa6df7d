// The stage on which the rows of the fault matrix are played: krust's own `main()` on a made-up machine,
// a base image on one registry, a target on another, faults armed on either; no time passes.
import assert from "node:assert/strict";
import { fetchTransport } from "../../src/core/http.ts";
import type { ErrorCode } from "../../src/core/error.ts";
import { EXIT_STATUS } from "../../src/core/error.ts";
import type { Image, Node } from "../../src/image/image.ts";
import { MemoryRegistry } from "../../src/registry/memory.ts";
import type { ServeOptions } from "../../src/registry/server.ts";
import { HELLO, type Machine, onMachine, type Ran } from "../integration/machine.ts";
import { pullValid } from "../integration/pulled.ts";
import type { Handler } from "../support/fake_host.ts";
import { type FaultRegistry, faultRegistry } from "../support/fault_registry.ts";
import type { Fault } from "../support/faults/fault.ts";
import { publish, syntheticImage } from "../support/images.ts";
import { type Lacking, requiring } from "../support/require.ts";

/** How a run must end. */
export type Ending =
  | { readonly kind: "ok"; readonly says?: RegExp }
  | { readonly kind: "fails"; readonly code: ErrorCode; readonly says: RegExp };

/** One row of the matrix, or one case of it. */
export interface Play {
  /** Number in `fault-matrix.md`, section 3. */
  readonly row: number;
  /** The fault in words. */
  readonly fault: string;
  /** Where it strikes: the registry of the base, or the one that is pushed to. */
  readonly at: "base" | "target";
  readonly faults: readonly Fault[];
  readonly ends: Ending;
  /** Most requests that the registry with the faults may get. */
  readonly requests?: number;
  /** Looks at what came of it beside what is always looked at. */
  readonly also?: (played: Played) => void | Promise<void>;
  /** Over sockets rather than in process. */
  readonly wire?: boolean;
  readonly serve?: ServeOptions;
  /** A password of `me` that docker's config.json has. */
  readonly password?: string;
  /** The base; if not given, an image of two small layers, or none where the target is struck. */
  readonly base?: Node;
  /** Whether the base lies on the target's registry, in another repository. */
  readonly near?: boolean;
  /** Whether that registry mounts nothing. */
  readonly mountless?: boolean;
  /** Servers of other names, given the target; not over sockets. */
  readonly servers?: (target: FaultRegistry) => Readonly<Record<string, Handler>>;
  /** Arguments more. */
  readonly args?: readonly string[];
  /** Why it cannot pass today. */
  readonly notYet?: string;
}

/** What came of a play. */
export interface Played {
  readonly ran: Ran;
  readonly base: FaultRegistry;
  readonly target: FaultRegistry;
  readonly machine: Machine;
}

/** Fine in the end; `says` is something on stderr. */
export function fine(says?: RegExp): Ending {
  return { kind: "ok", ...(says === undefined ? {} : { says }) };
}

/** A failure with its code and something on stderr. */
export function fails(code: ErrorCode, says: RegExp): Ending {
  return { kind: "fails", code, says };
}

/** Makes plays with faults at one of the two registries, which have `common` in common. */
export function playsAt(at: Play["at"], common: Partial<Play> = {}): (
  row: number,
  fault: string,
  faults: readonly Fault[],
  ends: Ending,
  more?: Partial<Play>,
) => Play {
  return (row, fault, faults, ends, more = {}) => ({
    row,
    fault,
    at,
    ...common,
    faults,
    ends,
    ...more,
  });
}

/** Registers the test of each play. */
export async function plays(list: readonly Play[]): Promise<void> {
  for (const play of list) {
    await rowTest(play.row, play.fault, () => act(play), play.notYet);
  }
}

/** Registers a test whose name says which row of the matrix it is of. */
export async function rowTest(
  row: number,
  fault: string,
  fn: () => Promise<void>,
  notYet?: Lacking,
): Promise<void> {
  await requiring(
    notYet === undefined ? undefined : `not built yet: ${notYet}`,
    `[row ${row}] ${fault}`,
    fn,
  );
}

const OLD = 7;

async function act(play: Play): Promise<void> {
  await onMachine(HELLO, async (machine) => {
    await using hosts = await open(play, machine);
    const { base, target } = hosts;
    const old = await syntheticImage({ seed: OLD, layers: 1 });
    await publish(target.memory, "app", old, "v1");
    if (play.near === true) await publish(target.memory, "base", await syntheticImage(), "v1");
    for (const [host, handler] of Object.entries(play.servers?.(target) ?? {})) {
      machine.serve(host, handler);
    }
    if (play.password !== undefined) await login(machine, hosts, play.password);
    const ran = await machine.krust([
      "build",
      ...["--base", baseName(play, hosts)],
      ...["--image", `${hosts.targetHost}/app:v1`],
      ...(play.args ?? []),
    ], { ...(play.wire === true ? { network: fetchTransport() } : {}) });
    await check(play, { ran, base, target, machine }, old);
  });
}

function baseName({ at, near, base }: Play, { baseHost, targetHost }: Hosts): string {
  if (near === true) return `${targetHost}/base:v1`;
  return at === "base" || base !== undefined ? `${baseHost}/base:v1` : "scratch";
}

/** A registry that says of every mount that it cannot be. */
class Mountless extends MemoryRegistry {
  override mountBlob(): Promise<boolean> {
    return Promise.resolve(false);
  }
}

interface Hosts extends AsyncDisposable {
  readonly base: FaultRegistry;
  readonly target: FaultRegistry;
  readonly baseHost: string;
  readonly targetHost: string;
}

async function open(play: Play, machine: Machine): Promise<Hosts> {
  const make = (at: Play["at"], host: string): FaultRegistry =>
    faultRegistry({
      memory: play.mountless === true ? new Mountless(host) : new MemoryRegistry(host),
      ...(play.at === at ? { ...play.serve, faults: play.faults } : {}),
    });
  const base = make("base", "bases.test");
  const target = make("target", "registry.test");
  await publish(base.memory, "base", play.base ?? await syntheticImage(), "v1");
  if (play.wire !== true) {
    machine.serve("bases.test", base.handler);
    machine.serve("registry.test", target.handler);
    return {
      base,
      target,
      baseHost: "bases.test",
      targetHost: "registry.test",
      [Symbol.asyncDispose]: () => Promise.resolve(),
    };
  }
  const [baseServer, targetServer] = [base.listen(), target.listen()];
  return {
    base,
    target,
    baseHost: baseServer.host,
    targetHost: targetServer.host,
    async [Symbol.asyncDispose](): Promise<void> {
      await baseServer[Symbol.asyncDispose]();
      await targetServer[Symbol.asyncDispose]();
    },
  };
}

/** docker's config.json with the password of `me` for both registries. */
async function login(machine: Machine, hosts: Hosts, password: string): Promise<void> {
  const auth = new TextEncoder().encode(`me:${password}`).toBase64();
  await Deno.mkdir(`${machine.home}/.docker`, { recursive: true });
  await Deno.writeTextFile(
    `${machine.home}/.docker/config.json`,
    JSON.stringify({ auths: { [hosts.baseHost]: { auth }, [hosts.targetHost]: { auth } } }),
  );
}

/** What holds in every row: reliability.md, I1 to I4, and the client's side of the spec. */
async function check(play: Play, played: Played, old: Image): Promise<void> {
  const { ran, base, target } = played;
  const { status, stdout, stderr } = ran;
  const struck = play.at === "base" ? base : target;
  const trace = `${stderr}\n${
    struck.seen.map(({ method, path, status }) => `${method} ${path} ${status}`).join("\n")
  }`;
  assert.deepEqual([...base.violations, ...target.violations], [], trace);
  assert.doesNotMatch(stderr, /^\s+at .*\.ts:\d+/m, "no stack trace");
  if (play.password !== undefined) assert.ok(!stderr.includes(play.password), "no secret");
  if (play.ends.kind === "ok") {
    assert.equal(status, 0, trace);
    if (play.ends.says !== undefined) assert.match(stderr, play.ends.says, trace);
    assert.match(stdout, /^[^\s@]+\/app@sha256:[0-9a-f]{64}\n$/);
    await pullValid(target.memory, `registry.test/${stdout.trim().split("/").slice(1).join("/")}`);
    const tagged = await target.memory.getManifest("app", "v1");
    assert.ok(stdout.includes(tagged.descriptor.digest), "the digest printed is the tag's");
  } else {
    assert.equal(status, EXIT_STATUS[play.ends.code], trace);
    assert.match(stderr, new RegExp(`^error\\[${play.ends.code}\\]: `, "m"), trace);
    assert.match(stderr, play.ends.says, trace);
    assert.equal(stdout, "");
    const tagged = await target.memory.getManifest("app", "v1");
    assert.equal(tagged.descriptor.digest, old.descriptor.digest, "the tag has not moved");
  }
  assert.ok(
    struck.seen.length <= (play.requests ?? 40),
    `${struck.seen.length} requests\n${trace}`,
  );
  await play.also?.(played);
}
