// The stage on which the quirks of hosted registries are played: krust's own `main()` pushes to a registry
// that goes by the service's own name and is as that service is.
import assert from "node:assert/strict";
import { EXIT_STATUS } from "../../src/core/error.ts";
import type { Node } from "../../src/image/image.ts";
import { MemoryRegistry } from "../../src/registry/memory.ts";
import { HELLO, type Machine, onMachine, type Ran } from "../integration/machine.ts";
import { pullValid } from "../integration/pulled.ts";
import { type FaultRegistry, faultRegistry } from "../support/fault_registry.ts";
import { PASSWORD } from "../support/faults/quirk.ts";
import { type Quirk, type QuirkName, QUIRKS } from "../support/faults/quirks.ts";
import { publish, syntheticImage } from "../support/images.ts";
import type { Ending } from "./stage.ts";

/** A push to a service that has a quirk. */
export interface HostedPlay {
  readonly quirk: QuirkName;
  /** The service's host, as images name it. */
  readonly host: string;
  /** The host at which requests arrive, where that is another. */
  readonly at?: string;
  /** Who is logged in, with {@linkcode PASSWORD}; nobody if not given. */
  readonly user?: string;
  /** What docker's config.json has for the host in place of that. */
  readonly login?: unknown;
  /** Where docker's config.json keeps it, where that is not the host. */
  readonly key?: string;
  /** Repository of the base on the same registry; the base is elsewhere if not given. */
  readonly near?: string;
  /** The base as it is named, where that is not `HOST/near:v1`. */
  readonly base?: string;
  /** The base's content; two small layers if not given. */
  readonly content?: () => Promise<Node>;
  /** The command; `build` with the image's name if not given. */
  readonly run?: (stage: HostedStage) => Promise<Ran>;
  readonly ends: Ending;
  readonly also?: (stage: HostedStage, ran: Ran) => void | Promise<void>;
}

/** What a play can look at. */
export interface HostedStage {
  readonly machine: Machine;
  readonly registry: FaultRegistry;
  /** Pushes with more arguments. */
  push(args?: readonly string[]): Promise<Ran>;
}

/** The repository that is pushed to. */
export const APP = "team/app";

const ELSEWHERE = "bases.test";

/** Plays one, and throws where it does not end as it should. */
export async function playHosted(play: HostedPlay): Promise<void> {
  await onMachine(HELLO, async (machine) => {
    const registry = faultRegistry({
      memory: new MemoryRegistry(play.host),
      quirks: [play.quirk],
    });
    serve(machine, play, registry);
    await logIn(machine, play);
    const content = await (play.content ?? syntheticImage)();
    if (play.near === undefined) await publish(machine.registry(ELSEWHERE), "base", content, "v1");
    else await publish(registry.memory, play.near, content, "v1");
    const base = play.base ??
      (play.near === undefined ? `${ELSEWHERE}/base:v1` : `${play.host}/${play.near}:v1`);
    const push = (args: readonly string[] = []): Promise<Ran> =>
      machine.krust(["build", "--base", base, "--image", `${play.host}/${APP}:v1`, ...args]);
    const stage = { machine, registry, push };
    const ran = await (play.run?.(stage) ?? push());
    check(play, registry, ran);
    if (play.ends.kind === "ok" && play.run === undefined) {
      await pullValid(registry.memory, ran.stdout.trim());
    }
    await play.also?.(stage, ran);
  });
}

/** Serves the registry under its name, and its token server wherever the challenge says it is. */
function serve(machine: Machine, { quirk, host, at = host }: HostedPlay, registry: FaultRegistry) {
  machine.serve(at, registry.handler);
  const { serve }: Quirk = QUIRKS[quirk];
  const auth = serve?.auth;
  if (auth === undefined || "basic" in auth || auth.bearer.realm === undefined) return;
  const realm = new URL(auth.bearer.realm);
  machine.serve(realm.host, (request) => {
    const url = new URL(request.url);
    if (url.pathname !== realm.pathname) return registry.handler(request);
    return registry.handler(new Request(new URL(`/token${url.search}`, url), request));
  });
}

async function logIn(
  { home }: Machine,
  { host, key = host, user, login }: HostedPlay,
): Promise<void> {
  const auth = { auth: new TextEncoder().encode(`${user}:${PASSWORD}`).toBase64() };
  const entry = login ?? (user === undefined ? undefined : auth);
  if (entry === undefined) return;
  await Deno.mkdir(`${home}/.docker`, { recursive: true });
  const config = JSON.stringify({ auths: { [key]: entry } });
  await Deno.writeTextFile(`${home}/.docker/config.json`, config);
}

/** What holds in every play: how it ends, what the client may not do, and that no secret is told. */
function check({ ends, run }: HostedPlay, registry: FaultRegistry, ran: Ran): void {
  const { status, stdout, stderr } = ran;
  const seen = registry.seen.map(({ method, path, status }) => `${method} ${path} ${status}`);
  const trace = `${stderr}\n${seen.join("\n")}`;
  assert.deepEqual(registry.violations, [], trace);
  assert.ok(!`${stdout}${stderr}`.includes(PASSWORD), "no secret");
  for (const { kind, path } of registry.seen) {
    if (kind === "token") assertScopesOnce(path);
  }
  if (ends.says !== undefined) assert.match(stderr, ends.says, trace);
  if (ends.kind === "ok") {
    assert.equal(status, 0, trace);
    if (run === undefined) assert.match(stdout, /^[^\s@]+\/team\/app@sha256:[0-9a-f]{64}\n$/);
  } else {
    assert.equal(status, EXIT_STATUS[ends.code], trace);
    assert.match(stderr, new RegExp(`^error\\[${ends.code}\\]: `, "m"), trace);
    assert.equal(stdout, "");
  }
}

/** Some token servers take the last of two scopes for one repository alone. */
function assertScopesOnce(path: string): void {
  const scopes = new URL(path, "https://t.test").searchParams.getAll("scope")
    .flatMap((scope) => scope.split(" "));
  const names = scopes.map((scope) => scope.replace(/:[^:]*$/, ""));
  assert.equal(new Set(names).size, names.length, scopes.join(" "));
}
