// What is done with each real registry, one after the other: log in, push, push again, pull, mount, push
// an index and a blob in chunks, log out. Each leaves the registry as the next one wants it.
import assert from "node:assert/strict";
import { sha256 } from "../../src/core/digest.ts";
import type { Transport } from "../../src/core/http.ts";
import { bytesOf } from "../../src/core/streams.ts";
import { HttpRegistry } from "../../src/registry/client.ts";
import type { Credential } from "../../src/registry/credential.ts";
import type { Ran } from "../integration/machine.ts";
import { pullValid } from "../integration/pulled.ts";
import { noise } from "../support/images.ts";
import { drain } from "../support/streams.ts";
import { ALICE, BOB, ELSEWHERE, type Setting, type Stage } from "./real_registries.ts";

/** One of the things that are done. */
export interface Action {
  readonly title: string;
  /** Whether it means anything there; everywhere if not given. */
  readonly fits?: (setting: Setting) => boolean;
  /** Does it, and throws where it fails; gives a remark for the table, if any. */
  run(stage: Stage): Promise<string | void>;
}

const guarded = ({ guard }: Setting): boolean => guard !== "nobody";
const withTokens = ({ guard }: Setting): boolean => guard === "tokens";

/** What is done, in this order. */
export const ACTIONS: readonly Action[] = [
  { title: "login", fits: guarded, run: logIn },
  { title: "auth check", run: checkGranted },
  { title: "push", run: push },
  { title: "push again", run: pushAgain },
  { title: "pull", run: pull },
  { title: "mount", run: mount },
  { title: "index", run: pushIndex },
  { title: "chunks", run: pushInChunks },
  { title: "identity token", fits: withTokens, run: useIdentityToken },
  { title: "pull only", fits: withTokens, run: pullOnly },
  { title: "logout", fits: guarded, run: logOut },
];

const APP = "team/app";

function ended({ status, stderr }: Ran, wanted: number): void {
  assert.equal(status, wanted, stderr);
}

async function login(
  { krust, host }: Stage,
  username: string,
  password: string,
): Promise<Ran> {
  return await krust(["login", "-u", username, "--password-stdin", host], {
    stdin: `${password}\n`,
  });
}

async function keptLogins({ machine }: Stage): Promise<unknown> {
  try {
    return JSON.parse(await Deno.readTextFile(`${machine.home}/.docker/config.json`)).auths ?? {};
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return {};
    throw error;
  }
}

async function logIn(stage: Stage): Promise<void> {
  const refused = await login(stage, ALICE.username, "wrong");
  ended(refused, 4);
  assert.match(refused.stderr, /nothing was kept/);
  assert.deepEqual(await keptLogins(stage), {});
  ended(await login(stage, ALICE.username, ALICE.password), 0);
  const auth = new TextEncoder().encode(`${ALICE.username}:${ALICE.password}`).toBase64();
  assert.deepEqual(await keptLogins(stage), { [stage.host]: { auth } });
}

interface Checked {
  readonly pull: boolean;
  readonly push: boolean;
  readonly kind: string;
}

async function check({ krust, host }: Stage, wanted: number): Promise<Checked> {
  const ran = await krust(["auth", "check", `${host}/${APP}`, "--json"]);
  ended(ran, wanted);
  const { pull, push, credentials } = JSON.parse(ran.stdout);
  return { pull: pull.granted, push: push.granted, kind: credentials.kind };
}

async function checkGranted(stage: Stage): Promise<void> {
  const kind = guarded(stage.setting) ? "basic" : "anonymous";
  assert.deepEqual(await check(stage, 0), { pull: true, push: true, kind });
}

async function build(
  { krust, host }: Stage,
  args: readonly string[],
  repository = APP,
): Promise<Ran> {
  return await krust(["build", "--image", `${host}/${repository}:v1`, ...args]);
}

const PULLED = /^[^\s@]+@sha256:[0-9a-f]{64}\n$/;
const FIRST = ["--base", `${ELSEWHERE}/base:v1`];

/** What a run sent to the registry itself. */
function requestsOf({ host: { requests } }: Ran, { host }: Stage): readonly string[] {
  return requests.filter((one) => new URL(one.replace(/^\S+ /, "")).host === host);
}

/** The blobs that a run uploaded. */
function uploadsOf(ran: Ran, stage: Stage): readonly string[] {
  return requestsOf(ran, stage).filter((one) => /^PUT .*[?&]digest=/.test(one));
}

async function push(stage: Stage): Promise<void> {
  const ran = await build(stage, FIRST);
  ended(ran, 0);
  assert.match(ran.stdout, PULLED);
  // Two layers of the base, the program, the configuration.
  assert.equal(new Set(uploadsOf(ran, stage).map((one) => one.split("digest=")[1])).size, 4);
}

async function pushAgain(stage: Stage): Promise<string> {
  const ran = await build(stage, FIRST);
  ended(ran, 0);
  const requests = requestsOf(ran, stage).length;
  assert.ok(requests <= 5, `${requests} requests`);
  assert.deepEqual(uploadsOf(ran, stage), []);
  return `${requests} ${requests === 1 ? "request" : "requests"}`;
}

/** Pulls what is tagged as a base, to the other registry, where all of it is verified. */
async function pullThere(
  { krust, host, elsewhere }: Stage,
  args: readonly string[],
): Promise<string> {
  const image = `${ELSEWHERE}/pulled:v1`;
  const ran = await krust(["build", "--base", `${host}/${APP}:v1`, "--image", image, ...args]);
  ended(ran, 0);
  return (await pullValid(elsewhere, ran.stdout.trim())).kind;
}

async function pull(stage: Stage): Promise<void> {
  assert.equal(await pullThere(stage, []), "image");
}

async function mount(stage: Stage): Promise<string> {
  const ran = await build(stage, ["--base", `${stage.host}/${APP}:v1`], "team/other");
  ended(ran, 0);
  const mounts = requestsOf(ran, stage).filter((one) => /^POST .*[?&]mount=sha256/.test(one));
  // The configuration is new; the layers are all there, and the program's with them.
  assert.ok(uploadsOf(ran, stage).length <= 2, uploadsOf(ran, stage).join("\n"));
  return mounts.length === 0 ? "not needed" : `${mounts.length} mounts`;
}

async function pushIndex(stage: Stage): Promise<void> {
  const platforms = ["--platform", "linux/amd64,linux/arm64"];
  const ran = await build(stage, ["--base", "scratch", ...platforms]);
  ended(ran, 0);
  assert.match(ran.stdout, PULLED);
  assert.equal(await pullThere(stage, platforms), "index");
}

/** The transport, which itself refuses whole uploads as a proxy with a limit does. */
function refusingWhole(transport: Transport): Transport {
  return async (request, options) =>
    request.method === "PUT" && (request.body?.size ?? 0) > 0
      ? new Response(null, { status: 413 })
      : await transport(request, options);
}

async function pushInChunks({ host, transport, setting }: Stage): Promise<string> {
  const content = noise(11, 9 * 1024 * 1024);
  const descriptor = {
    mediaType: "application/octet-stream",
    digest: sha256(content),
    size: content.length,
  };
  const credential: Credential = guarded(setting)
    ? { kind: "basic", ...ALICE, source: "a test" }
    : { kind: "anonymous", source: "a test" };
  let patches = 0;
  const registry = new HttpRegistry(host, {
    transport: refusingWhole((request, options) => {
      if (request.method === "PATCH") patches++;
      return transport(request, options);
    }),
    keychain: { resolve: () => Promise.resolve(credential) },
  });
  const open = (): Promise<ReturnType<typeof bytesOf>> => Promise.resolve(bytesOf(content));
  assert.equal(await registry.pushBlob(APP, { descriptor, open }), "uploaded");
  const back = await drain(await registry.getBlob(APP, descriptor));
  assert.equal(sha256(back), descriptor.digest);
  assert.equal(patches, 3);
  return `${patches} chunks`;
}

/** Replaces the logins that docker's file has. */
async function keep({ machine, host }: Stage, entry: unknown): Promise<void> {
  const path = `${machine.home}/.docker/config.json`;
  await Deno.writeTextFile(path, JSON.stringify({ auths: { [host]: entry } }));
}

async function useIdentityToken(stage: Stage): Promise<void> {
  await keep(stage, { auth: "", identitytoken: ALICE.refreshToken });
  assert.deepEqual(await check(stage, 0), { pull: true, push: true, kind: "identity" });
  ended(await build(stage, FIRST), 0);
}

async function pullOnly(stage: Stage): Promise<void> {
  ended(await login(stage, BOB.username, BOB.password), 0);
  assert.deepEqual(await check(stage, 4), { pull: true, push: false, kind: "basic" });
  const ran = await build(stage, ["--base", "scratch"]);
  ended(ran, 4);
  assert.equal(ran.stdout, "");
  assert.match(ran.stderr, /^error\[auth-(?:required|denied)\]: /m);
  assert.equal(await pullThere(stage, []), "image");
}

async function logOut(stage: Stage): Promise<void> {
  ended(await stage.krust(["logout", stage.host]), 0);
  assert.deepEqual(await keptLogins(stage), {});
  assert.deepEqual(await check(stage, 4), { pull: false, push: false, kind: "anonymous" });
}
