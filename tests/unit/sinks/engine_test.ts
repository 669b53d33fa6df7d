// Engines as programs that answer, refuse, or are not there; what is piped into them is unpacked.
import assert from "node:assert/strict";
import { digestHex } from "../../../src/core/digest.ts";
import { KrustError } from "../../../src/core/error.ts";
import type { Command, CommandResult, Host } from "../../../src/core/host.ts";
import { type Bytes, collect } from "../../../src/core/streams.ts";
import { readTar } from "../../../src/core/tar.ts";
import { engineSink, findEngine } from "../../../src/sinks/engine.ts";
import { SILENT } from "../../../src/report/reporter.ts";
import { syntheticImage, syntheticIndex } from "../../support/images.ts";
import { recordedReport } from "../../support/recorded_report.ts";

const TARGET = { name: "hello", tags: ["latest", "v1"] };

/** What each program answers when it is asked what it runs on; one that is not named is not there. */
type Answers = Readonly<Record<string, Partial<CommandResult>>>;

/** A machine with engines; what is loaded into one is kept in `loaded`. */
interface Machine extends Pick<Host, "run"> {
  readonly commands: readonly Command[];
  readonly loaded: Map<string, string>;
}

function machine(answers: Answers, load: Partial<CommandResult> = {}): Machine {
  const commands: Command[] = [];
  const loaded = new Map<string, string>();
  return {
    commands,
    loaded,
    async run(command): Promise<CommandResult> {
      commands.push(command);
      const answer = answers[command.program];
      if (answer === undefined) throw new Deno.errors.NotFound(command.program);
      const ended = { status: 0, stdout: "", stderr: "" };
      if (command.args[0] !== "load") return { ...ended, ...answer };
      assert.ok(typeof command.stdin === "object");
      await unpack(command.stdin, loaded);
      return { ...ended, stdout: "Loaded image: x\n", ...load };
    },
  };
}

async function unpack(bytes: Bytes, into: Map<string, string>): Promise<void> {
  for await (const entry of readTar(bytes, "what is loaded")) {
    if (entry.type !== "file") continue;
    const content = await collect(entry.body, 1e7, entry.path);
    into.set(entry.path, new TextDecoder().decode(content));
  }
}

function failure(pattern: RegExp): (error: unknown) => boolean {
  return (error) =>
    error instanceof KrustError && error.code === "engine-failed" &&
    pattern.test([error.message, error.cause, ...error.help].join("\n"));
}

Deno.test("`engineSink()` loads an image under its digest and each tag", async () => {
  const host = machine({ docker: { stdout: "linux/amd64\n" } });
  const image = await syntheticImage();
  const references = await engineSink({ host }).write(image, TARGET, { report: SILENT });
  const hex = digestHex(image.descriptor.digest);
  assert.deepEqual(references, [`krust.local/hello:${hex}`]);
  const [manifest] = JSON.parse(host.loaded.get("manifest.json") ?? "[]");
  assert.deepEqual(manifest.RepoTags, [
    `krust.local/hello:${hex}`,
    "krust.local/hello:latest",
    "krust.local/hello:v1",
  ]);
  assert.deepEqual(host.commands.map((command) => [command.program, ...command.args].join(" ")), [
    "docker version --format {{.Server.Os}}/{{.Server.Arch}}",
    "docker load",
  ]);
});

Deno.test("`engineSink()` keeps the engine's words from our standard output", async () => {
  const host = machine({ docker: { stdout: "linux/amd64" } });
  await engineSink({ host }).write(await syntheticImage(), TARGET, { report: SILENT });
  for (const command of host.commands) assert.notEqual(command.stdout, "inherit");
});

Deno.test("`engineSink()` loads the engine's platform of an index, under the index's digest", async () => {
  const host = machine({ docker: { stdout: "linux/arm64" } });
  const index = await syntheticIndex(["linux/amd64", "linux/arm64"]);
  const references = await engineSink({ host }).write(index, TARGET, { report: SILENT });
  assert.deepEqual(references, [`krust.local/hello:${digestHex(index.descriptor.digest)}`]);
  const [manifest] = JSON.parse(host.loaded.get("manifest.json") ?? "[]");
  assert.equal(JSON.parse(host.loaded.get(manifest.Config) ?? "{}").architecture, "arm64");
  const [entry] = JSON.parse(host.loaded.get("index.json") ?? "{}").manifests;
  assert.equal(entry.digest, index.manifests[1]?.descriptor.digest);
});

Deno.test("`engineSink()` lists what an index holds when the engine's platform is not in it", async () => {
  const host = machine({ docker: { stdout: "linux/s390x" } });
  const index = await syntheticIndex(["linux/amd64", "linux/arm/v7"]);
  await assert.rejects(
    engineSink({ host }).write(index, TARGET, { report: SILENT }),
    failure(/runs linux\/s390x, and the index holds linux\/amd64, linux\/arm\/v7/),
  );
  assert.equal(host.loaded.size, 0);
});

Deno.test("`engineSink()` loads a single image for another platform, with a warning", async () => {
  const host = machine({ docker: { stdout: "linux/amd64" } });
  const report = recordedReport();
  await engineSink({ host }).write(await syntheticImage({ platform: "linux/arm64" }), TARGET, {
    report,
  });
  assert.ok(host.loaded.has("manifest.json"));
  assert.ok(
    report.messages.includes("warn: the image is for linux/arm64, and docker runs linux/amd64"),
  );
});

Deno.test("`engineSink()` passes on why the engine refused", async () => {
  const host = machine({ docker: { stdout: "linux/amd64" } }, {
    status: 1,
    stderr: "no space left\u001b[31m on device\n",
  });
  await assert.rejects(
    engineSink({ host }).write(await syntheticImage(), TARGET, { report: SILENT }),
    failure(/^docker: cannot load the image\nno space left on device/),
  );
});

Deno.test("`findEngine()` takes the first engine that answers", async (t) => {
  const dead = { status: 1, stderr: "Cannot connect to the daemon" };
  const cases: Readonly<Record<string, [Answers, string, string]>> = {
    "docker before podman": [
      { docker: { stdout: "linux/amd64\n" }, podman: { stdout: "linux/arm64" } },
      "docker",
      "amd64",
    ],
    "podman where docker does not answer": [
      { docker: dead, podman: { stdout: "linux/arm64\n" } },
      "podman",
      "arm64",
    ],
    "nerdctl in the kernel's words": [
      { nerdctl: { stdout: "linux/x86_64\n" } },
      "nerdctl",
      "amd64",
    ],
  };
  for (const [name, [answers, program, architecture]] of Object.entries(cases)) {
    await t.step(name, async () => {
      assert.deepEqual(await findEngine({ host: machine(answers) }), {
        program,
        platform: { os: "linux", architecture },
      });
    });
  }
});

Deno.test("`findEngine()` asks no other program than the one it is given", async () => {
  const answers = { docker: { stdout: "linux/amd64" }, "/opt/podman": { stdout: "linux/arm64" } };
  const host = machine(answers);
  assert.equal((await findEngine({ host, program: "/opt/podman" })).program, "/opt/podman");
  assert.deepEqual(host.commands.map((command) => command.args[0]), ["info"]);
  await assert.rejects(
    findEngine({ host, program: "nerdctl" }),
    failure(/no container engine found: looked for nerdctl\n/),
  );
});

Deno.test("`findEngine()` says what it looked for where there is no engine", async () => {
  await assert.rejects(
    findEngine({ host: machine({}) }),
    failure(/looked for docker, podman, nerdctl\n.*install/s),
  );
});

Deno.test("`findEngine()` says what a program answered that reaches no engine", async (t) => {
  const cases: Readonly<Record<string, [Partial<CommandResult>, RegExp]>> = {
    "not running": [
      { status: 1, stderr: "Cannot connect to the Docker daemon\n" },
      /docker: the engine does not answer\nCannot connect.*\nstart the engine/,
    ],
    "silent": [{ status: 7 }, /exit status 7/],
    "no platform": [{ stdout: "<no value>/<no value>" }, /does not answer\n<no value>/],
  };
  for (const [name, [answer, pattern]] of Object.entries(cases)) {
    await t.step(
      name,
      () => assert.rejects(findEngine({ host: machine({ docker: answer }) }), failure(pattern)),
    );
  }
});

Deno.test("`findEngine()` takes an architecture that it does not know as it is", async () => {
  const { platform } = await findEngine({
    host: machine({ docker: { stdout: "linux/constructor" } }),
  });
  assert.deepEqual(platform, { os: "linux", architecture: "constructor" });
});

Deno.test("`findEngine()` rejects with the signal's reason when cancelled", async () => {
  const stop = new AbortController();
  const reason = new KrustError("interrupted", "interrupted");
  const host = {
    run: (): Promise<CommandResult> => {
      stop.abort(reason);
      return Promise.reject(reason);
    },
  };
  await assert.rejects(
    findEngine({ host }, { signal: stop.signal }),
    (error) => error === reason,
  );
});
