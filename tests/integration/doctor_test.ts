// `krust doctor` on machines that are well, and that lack one thing each: its words, its status, and that
// it changes nothing.
import assert from "node:assert/strict";
import { join } from "node:path";
import * as v from "valibot";
import { listEntries } from "../../src/store/eviction.ts";
import { publish, syntheticIndex } from "../support/images.ts";
import type { Handler } from "../support/fake_host.ts";
import { fakeToolchain } from "../support/fake_toolchain.ts";
import { HELLO, type Machine, onMachine, type Ran, type RunOptions } from "./machine.ts";

const REGISTRY = "registry.test";
const USERS = { me: "s3cret-word" };

/** A project with nothing to ask cargo for. */
const PROJECT = {
  ...HELLO,
  "Cargo.lock": 'version = 4\n\n[[package]]\nname = "hello"\nversion = "1.2.3"\n',
};

const FINDING = v.object({
  check: v.string(),
  status: v.picklist(["ok", "note", "warning", "failure"]),
  what: v.string(),
  why: v.optional(v.string()),
  command: v.optional(v.string()),
  platform: v.optional(v.string()),
  details: v.optional(v.array(v.string())),
  fixable: v.boolean(),
});

const DIAGNOSIS = v.object({
  krust: v.string(),
  ready: v.boolean(),
  findings: v.array(FINDING),
  fixes: v.array(
    v.object({ command: v.string(), done: v.boolean(), said: v.optional(v.string()) }),
  ),
});

type Diagnosis = v.InferOutput<typeof DIAGNOSIS>;

/** An engine that answers. */
const docker = (call: { out(text: string): void }): number => {
  call.out("linux/amd64\n");
  return 0;
};

async function diagnose(
  machine: Machine,
  args: readonly string[] = [],
  options: RunOptions = {},
): Promise<Diagnosis & { readonly ran: Ran }> {
  const env = { KRUST_REPO: `${REGISTRY}/team`, ...options.env };
  const ran = await machine.krust(["doctor", "--json", ...args], { ...options, env });
  assert.equal(ran.stdout.split("\n").length, 2, ran.stderr);
  return { ...v.parse(DIAGNOSIS, JSON.parse(ran.stdout)), ran };
}

/** `status check: what` of all that is not well. */
function troubles({ findings }: Diagnosis): readonly string[] {
  return findings.filter(({ status }) => status === "warning" || status === "failure")
    .map(({ status, check, what }) => `${status} ${check}: ${what}`);
}

function finding({ findings }: Diagnosis, check: string): v.InferOutput<typeof FINDING> {
  const found = findings.find((one) => one.check === check);
  assert.ok(found !== undefined, `no ${check}`);
  return found;
}

/** A machine with a registry that holds a base, for which `--base` is set. */
function onReadyMachine(
  work: (machine: Machine) => Promise<void>,
  options: Parameters<Machine["registry"]>[1] = {},
  platforms: readonly string[] = ["linux/amd64", "linux/arm64"],
): Promise<void> {
  return onMachine(PROJECT, async (machine) => {
    const memory = machine.registry(REGISTRY, options);
    await publish(memory, "base", await syntheticIndex(platforms), "1");
    await work(machine);
  });
}

const BASE = ["--base", `${REGISTRY}/base:1`];

Deno.test("doctor finds a healthy machine ready, and changes nothing", async () => {
  await onReadyMachine(async (machine) => {
    const found = await diagnose(machine, BASE, { programs: { docker } });
    assert.deepEqual(troubles(found), []);
    assert.deepEqual([found.ran.status, found.ready], [0, true]);
    assert.deepEqual(
      found.findings.map(({ check }) => check),
      [
        ...["krust", "project", "cargo", "rustc", "toolchain", "target", "linker", "crates"],
        ...["engine", "registry", "base", "clock", "cache", "proxy"],
      ],
    );
    assert.equal(finding(found, "registry").what, `${REGISTRY}/team/hello: pull and push granted`);
    assert.match(finding(found, "base").why ?? "", /it has linux\/amd64, linux\/arm64$/);
    assert.match(finding(found, "linker").details?.join("\n") ?? "", /^cc: chosen: /m);
    // Neither the cache, nor a lock file, nor a manifest is there that was not before.
    assert.deepEqual(await listEntries(join(machine.home, ".cache/krust")), []);
    await assert.rejects(Deno.stat(join(machine.home, ".cache")), Deno.errors.NotFound);
    const names = [...Deno.readDirSync(machine.folder)].map(({ name }) => name).toSorted();
    assert.deepEqual(names, ["Cargo.lock", "Cargo.toml", "src"]);
    assert.equal(found.ran.host.commands.filter(({ args }) => args[0] === "build").length, 0);
  });
});

Deno.test("doctor's table has the same, and the verdict last", async () => {
  await onReadyMachine(async (machine) => {
    const env = { KRUST_REPO: `${REGISTRY}/team` };
    const ran = await machine.krust(["doctor", ...BASE], { env });
    assert.equal(ran.status, 0, ran.stderr);
    assert.match(ran.stdout, /^ok {7}cargo {6}cargo 1\.90\.0$/m);
    assert.match(
      ran.stdout,
      /^note {5}engine {5}no container engine found: [^\n]*\n {20}only --local [^\n]*\n {20}\$ apt/m,
    );
    assert.match(ran.stdout, /\n\nA build would go through\n$/);
    assert.ok(!ran.stdout.includes("\u001b"));
    const verbose = await machine.krust(["doctor", "-v", ...BASE], { env });
    assert.match(verbose.stdout, /^ {20}rust-lld: not needed: one before it serves$/m);
    const coloured = await machine.krust(["doctor", ...BASE], { env: { ...env }, terminal: true });
    assert.ok(coloured.stdout.includes("\u001b[1;32mok\u001b[0m "));
  });
});

Deno.test("doctor without rustup is ready where the targets are there, and not where one is not", async () => {
  await onReadyMachine(async (machine) => {
    const programs = { rustup: absent };
    const there = await diagnose(machine, BASE, { programs });
    assert.deepEqual([there.ran.status, troubles(there)], [0, []]);
    assert.equal(finding(there, "toolchain").what, "no rustup");
    const lacking = await diagnose(machine, ["--base", "scratch", "--platform", "linux/s390x"], {
      programs,
    });
    assert.equal(lacking.ran.status, 3);
    assert.deepEqual(troubles(lacking), [
      "failure target: target s390x-unknown-linux-musl may not be installed, which linux/s390x takes",
    ]);
    assert.match(finding(lacking, "target").command ?? "", /rustup target add s390x/);
    assert.match(lacking.ran.stderr, /^error\[not-ready\]: a build would not go through: target /m);
  });
});

Deno.test("doctor warns of a target that a build would add; offline it is a failure", async () => {
  await onReadyMachine(async (machine) => {
    const args = ["--base", "scratch", "--platform", "linux/s390x"];
    const online = await diagnose(machine, args);
    assert.equal(online.ran.status, 0);
    const { status, command, fixable } = finding(online, "target");
    assert.deepEqual(
      [status, command, fixable],
      ["warning", "rustup target add s390x-unknown-linux-musl", true],
    );
    const offline = await diagnose(machine, [...args, "--offline"]);
    assert.equal(offline.ran.status, 3);
    assert.equal(finding(offline, "target").status, "failure");
    assert.deepEqual(offline.ran.host.requests, []);
  });
});

Deno.test("doctor looks at all eight platforms, but spares those that the base has not", async () => {
  await onReadyMachine(async (machine) => {
    const every = await diagnose(machine, ["--base", "scratch", "--platform", "all"]);
    assert.equal(every.findings.filter(({ check }) => check === "target").length, 8);
    assert.equal(every.findings.filter(({ check }) => check === "linker").length, 8);
    assert.equal(troubles(every).length, 6);
    const held = await diagnose(machine, [...BASE, "--platform", "all"]);
    assert.deepEqual(troubles(held), []);
    assert.equal(held.findings.filter(({ check }) => check === "target").length, 8);
  });
});

Deno.test("doctor without cargo says how to get it, and still looks at the rest", async () => {
  await onReadyMachine(async (machine) => {
    const programs = { cargo: absent, rustc: absent, rustup: absent };
    const found = await diagnose(machine, BASE, { programs });
    assert.equal(found.ran.status, 3);
    assert.deepEqual(troubles(found), [
      'failure cargo: cargo not found: "cargo"',
      'failure rustc: rustc not found: "rustc"',
    ]);
    assert.match(finding(found, "cargo").command ?? "", /sh\.rustup\.rs \| sh$/);
    assert.equal(finding(found, "project").status, "note");
    assert.equal(finding(found, "registry").status, "ok");
  });
});

Deno.test("doctor names the toolchain that a project wants and rustup has not", async () => {
  await onReadyMachine(async (machine) => {
    const refuse = (call: { err(text: string): void }): number => {
      call.err("error: toolchain '1.80.0-x86_64-unknown-linux-gnu' is not installed\n");
      return 1;
    };
    const programs = { cargo: refuse, rustc: refuse, rustup: refuse };
    const found = await diagnose(machine, BASE, { programs });
    assert.equal(found.ran.status, 3);
    assert.equal(
      finding(found, "cargo").command,
      "rustup toolchain install 1.80.0-x86_64-unknown-linux-gnu",
    );
    const asked = found.ran.host.commands.filter(({ program }) => program === "cargo");
    assert.ok(asked.length > 0);
    for (const { env } of asked) assert.equal(env?.["RUSTUP_AUTO_INSTALL"], "0");
  });
});

Deno.test("doctor names a docker config that cannot be read, and does not repeat it", async () => {
  await onReadyMachine(async (machine) => {
    const folder = join(machine.home, ".docker");
    await Deno.mkdir(folder);
    await Deno.writeTextFile(join(folder, "config.json"), `{"auths": {"x": "${USERS.me}"`);
    const found = await diagnose(machine, BASE);
    assert.equal(found.ran.status, 3);
    assert.deepEqual(troubles(found), [
      `failure registry: ${REGISTRY}/team/hello: credentials cannot be read`,
      `failure base: ${REGISTRY}/base: credentials cannot be read`,
    ]);
    assert.equal(
      finding(found, "registry").command,
      `mv ${folder}/config.json ${folder}/config.json.broken`,
    );
    assertNoSecret(found.ran);
  });
});

Deno.test("doctor tells an engine that is not there, that is silent, and that is needed", async () => {
  await onReadyMachine(async (machine) => {
    const none = await diagnose(machine, BASE);
    assert.deepEqual([none.ran.status, finding(none, "engine").status], [0, "note"]);
    const silent = (call: { err(text: string): void }): number => {
      call.err("Cannot connect to the Docker daemon\n");
      return 1;
    };
    const deaf = await diagnose(machine, BASE, { programs: { docker: silent } });
    assert.equal(finding(deaf, "engine").command, "docker info");
    assert.match(finding(deaf, "engine").why ?? "", /Cannot connect to the Docker daemon/);
    const needed = await diagnose(machine, [...BASE, "--local"]);
    assert.equal(needed.ran.status, 3);
    assert.match(troubles(needed).join(), /^failure engine: no container engine found/);
  });
});

Deno.test("doctor tells a wrong password from one that is right", async () => {
  await onReadyMachine(async (machine) => {
    const login = (password: string): Promise<void> =>
      machine.write({
        "config.toml": `[registries."${REGISTRY}"]\nusername = "me"\npassword = "${password}"\n`,
      });
    const env = { KRUST_CONFIG: join(machine.folder, "config.toml") };
    await login("wrong-s3cret-word");
    await Deno.chmod(env.KRUST_CONFIG, 0o600);
    const wrong = await diagnose(machine, ["--base", "builtin"], { env });
    assert.equal(wrong.ran.status, 3);
    assert.deepEqual(troubles(wrong), [`failure registry: ${REGISTRY}/team/hello: no push`]);
    assert.match(finding(wrong, "registry").why ?? "", /refused.*credentials: .*config\.toml$/);
    assert.equal(
      finding(wrong, "registry").command,
      `krust login -u USER --password-stdin ${REGISTRY}`,
    );
    assertNoSecret(wrong.ran);
    await login(USERS.me);
    const right = await diagnose(machine, BASE, { env });
    assert.deepEqual([right.ran.status, troubles(right)], [0, []]);
    assertNoSecret(right.ran);
  }, { auth: { basic: USERS } });
});

Deno.test("doctor tells a base that lacks a platform, one that is gone, and one nobody serves", async () => {
  await onReadyMachine(
    async (machine) => {
      const lacking = await diagnose(machine, [...BASE, "--platform", "linux/arm64"]);
      assert.equal(lacking.ran.status, 3);
      assert.deepEqual(troubles(lacking), [
        `failure base: ${REGISTRY}/base:1: has no linux/arm64`,
      ]);
      assert.equal(finding(lacking, "base").command, "krust build --base builtin");
      const gone = await diagnose(machine, ["--base", `${REGISTRY}/base:2`]);
      assert.deepEqual(troubles(gone), [`failure base: ${REGISTRY}/base:2: is not there`]);
      const nobody = await diagnose(machine, ["--base", "nobody.invalid/base:2"]);
      assert.deepEqual(troubles(nobody), [
        "failure base: nobody.invalid/base: nobody.invalid cannot be reached",
      ]);
      assert.deepEqual(nobody.ran.host.waits, [], "nothing is tried twice");
      const here = { KRUST_REPO: "127.0.0.1:5000/team" };
      const closed = await diagnose(machine, BASE, { env: here });
      assert.equal(finding(closed, "registry").command, "curl -sSI http://127.0.0.1:5000/v2/");
    },
    {},
    ["linux/amd64"],
  );
});

Deno.test("doctor warns of a clock that differs by more than five minutes", async () => {
  await onReadyMachine(async (machine) => {
    const now = new Date("2026-01-02T03:04:05Z");
    const serve = (date: Date): Handler => () =>
      Promise.resolve(
        new Response(null, {
          status: 404,
          headers: { date: date.toUTCString() },
        }),
      );
    machine.serve("skewed.test", serve(new Date(now.getTime() + 20 * 60_000)));
    const skewed = await diagnose(machine, BASE, { env: { KRUST_REPO: "skewed.test/team" }, now });
    const { status, what, command } = finding(skewed, "clock");
    assert.deepEqual(
      [status, what, command],
      ["warning", "20 min behind skewed.test", "sudo timedatectl set-ntp true"],
    );
    machine.serve("near.test", serve(new Date(now.getTime() - 60_000)));
    const near = await diagnose(machine, BASE, { env: { KRUST_REPO: "near.test/team" }, now });
    assert.deepEqual(
      [finding(near, "clock").status, finding(near, "clock").what],
      ["ok", "60 s ahead of near.test"],
    );
  });
});

Deno.test("doctor outside a project looks at what does not depend on one; a named folder must be one", async () => {
  await onMachine({ "notes.txt": "" }, async (machine) => {
    machine.registry(REGISTRY);
    const here = await diagnose(machine, ["--base", "builtin"]);
    assert.deepEqual([here.ran.status, troubles(here)], [0, []]);
    assert.equal(finding(here, "project").status, "note");
    const named = await diagnose(machine, [".", "--base", "builtin"]);
    assert.equal(named.ran.status, 3);
    assert.match(troubles(named).join(), /^failure project: /);
    const nameless = await diagnose(machine, ["--base", "builtin"], { env: { KRUST_REPO: "" } });
    assert.deepEqual([nameless.ran.status, troubles(nameless).length], [0, 1]);
    assert.equal(
      finding(nameless, "registry").command,
      "export KRUST_REPO=registry.example.com/team",
    );
  });
});

Deno.test("doctor shows proxies without their passwords", async () => {
  await onReadyMachine(async (machine) => {
    const args = ["--base", "builtin", "--no-push"];
    const env = { HTTPS_PROXY: "http://me:s3cret-word@proxy.test:3128", NO_PROXY: "registry.test" };
    const good = await diagnose(machine, args, { env });
    assert.deepEqual(
      [finding(good, "proxy").what, finding(good, "proxy").why],
      ["https by proxy.test:3128 (HTTPS_PROXY)", "straight to registry.test"],
    );
    assertNoSecret(good.ran);
    const bad = await diagnose(machine, args, { env: { HTTPS_PROXY: "s3cret-word proxy" } });
    assert.deepEqual([bad.ran.status, finding(bad, "proxy").command], [3, "unset HTTPS_PROXY"]);
    assertNoSecret(bad.ran);
  });
});

Deno.test("doctor --fix adds targets, makes the cache's folder, and says what it ran", async () => {
  await onReadyMachine(async (machine) => {
    const cache = join(machine.folder, "there/cache");
    const env = { KRUST_CACHE_DIR: cache };
    const args = ["--base", "scratch", "--platform", "linux/s390x", "--fix"];
    const refused = await diagnose(machine, args, { env });
    assert.deepEqual(refused.fixes, [
      {
        command: "rustup target add s390x-unknown-linux-musl",
        done: false,
        said: "could not download file: could not reach its host",
      },
      { command: `mkdir -p ${cache}`, done: true },
    ]);
    // A build would try the same, and fail.
    assert.equal(refused.ran.status, 3);
    assert.match(finding(refused, "target").why ?? "", /^rustup could not add it: could not /);
    assert.ok((await Deno.stat(cache)).isDirectory);
    const shown = await machine.krust(["doctor", ...args], { env });
    assert.match(shown.stdout, /^failed: rustup target add s390x-unknown-linux-musl \(could not /m);
    assert.match(shown.stderr, /^Adding target s390x-unknown-linux-musl with rustup$/m);
    const addable = ["s390x-unknown-linux-musl"];
    const { rustup } = fakeToolchain({ sysroot: join(machine.folder, "../rust"), addable });
    assert.ok(rustup !== undefined);
    const added = await diagnose(machine, args, { env, programs: { rustup } });
    assert.deepEqual([added.ran.status, troubles(added)], [0, []]);
    assert.deepEqual(added.fixes, [
      { command: "rustup target add s390x-unknown-linux-musl", done: true },
    ]);
  });
});

/** A program that is not there. */
function absent(): number {
  throw new Deno.errors.NotFound("Failed to spawn: entity not found");
}

function assertNoSecret({ stdout, stderr }: Ran): void {
  assert.doesNotMatch(stdout + stderr, /s3cret/);
}
