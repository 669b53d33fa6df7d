// `index`, `run`, `pack` and `cargo krust` with real parts: cargo, a registry server, a docker engine,
// and other people's tools as judges.
import assert from "node:assert/strict";
import { join } from "node:path";
import { sha256 } from "../../src/core/digest.ts";
import { lines } from "../../src/core/streams.ts";
import { dockerEngineAvailable, startDockerEngine } from "../support/docker_engine.ts";
import { KRUST, runKrust, spawnKrust } from "../support/krust_process.ts";
import { run } from "../support/program.ts";
import { realRegistryAvailable, startRealRegistry } from "../support/registry_server.ts";
import { firstLacking, lackingProgram, requiring } from "../support/require.ts";
import { withTemporaryFolder } from "../support/temporary_folder.ts";
import { FOREIGN, lackingStd, NATIVE, TOOLCHAIN } from "./cargo_toolchain.ts";

/** Exits with 7 once it has copied its input; given `wait`, sleeps until something ends it. */
const PROGRAM = `use std::io::{copy, stdin, stdout};
fn main() {
    if std::env::args().nth(1).as_deref() == Some("wait") {
        println!("ready");
        loop {
            std::thread::sleep(std::time::Duration::from_secs(60));
        }
    }
    copy(&mut stdin(), &mut stdout()).unwrap();
    eprintln!("{:?}", std::env::args().skip(1).collect::<Vec<_>>());
    std::process::exit(7);
}
`;

/** A project of that program, with folders beside it for what is made of it. */
function withProject(work: (top: string, project: string) => Promise<void>): Promise<void> {
  return withTemporaryFolder(async (top) => {
    const project = join(top, "project");
    await Deno.mkdir(join(project, "src"), { recursive: true });
    await Deno.writeTextFile(
      join(project, "Cargo.toml"),
      '[package]\nname = "seven"\nversion = "1.0.0"\nedition = "2021"\n',
    );
    await Deno.writeTextFile(join(project, "src/main.rs"), PROGRAM);
    await work(top, project);
  });
}

/** Runs krust with a cache and a target directory of its own, as on a machine of its own. */
async function krust(machine: string, ...args: readonly string[]): Promise<string> {
  const env = {
    ...TOOLCHAIN,
    KRUST_CACHE_DIR: join(machine, "cache"),
    CARGO_TARGET_DIR: join(machine, "target"),
  };
  const { status, stdout, stderr } = await runKrust(args, { env });
  assert.equal(status, 0, stderr);
  return stdout.trimEnd();
}

const lackingTargets = firstLacking(
  await lackingStd(NATIVE, "musl"),
  await lackingStd(FOREIGN, "musl"),
);

await requiring(
  firstLacking(lackingTargets, realRegistryAvailable(), lackingProgram("crane", "skopeo")),
  "`index` of what two processes pushed is the index of one build, and others' tools take it",
  () =>
    withProject(async (top, project) => {
      await using registry = await startRealRegistry();
      const { host } = registry;
      const both = `${NATIVE},${FOREIGN}`;
      const one = join(top, "one");
      const base = `${host}/bases/static:1`;
      await krust(one, "build", project, "--base", "builtin", "--platform", both, "-i", base);
      const build = (machine: string, platform: string): Promise<string> =>
        krust(
          join(top, machine),
          ...["build", project, "--base", base, "--platform", platform],
          "-i",
          `${host}/${machine}`,
        );
      const whole = await build("one", both);
      const parts = await Promise.all([build("two", FOREIGN), build("three", NATIVE)]);
      const joined = await krust(join(top, "four"), "index", `${host}/joined:v1`, ...parts);
      const [, digest = ""] = joined.split("@");
      assert.equal(digest, whole.split("@")[1]);
      await run("crane", ["validate", "--remote", joined]);
      const raw = await run("skopeo", [
        ...["inspect", "--raw", "--tls-verify=false", `docker://${host}/joined:v1`],
      ]);
      assert.equal(sha256(new TextEncoder().encode(raw)), digest);
    }),
);

await requiring(
  firstLacking(await lackingStd(NATIVE, "musl"), await dockerEngineAvailable()),
  "`run` has the program's streams, status and signals; `pack` makes what docker runs",
  (t) =>
    withProject(async (_top, project) => {
      await using engine = await startDockerEngine();
      const env = { ...TOOLCHAIN, DOCKER_HOST: engine.dockerHost };
      const common = ["--base", "scratch", "--run-arg=--network=none", "--run-arg=--pid=host"];
      await t.step("`run` passes arguments, and the program's status and output", async () => {
        const ran = await runKrust(["run", project, ...common, "--", "-x", "a b"], {
          env,
          permissions: "tools",
        });
        assert.equal(ran.status, 7, ran.stderr);
        assert.equal(ran.stdout, "");
        assert.match(ran.stderr, /^\["-x", "a b"\]$/m);
      });
      await t.step("`run` passes SIGTERM, which ends the program", async () => {
        const child = spawnKrust(["run", project, ...common, "--", "wait"], {
          env,
          permissions: "tools",
        });
        const [watched, kept] = child.stdout.tee();
        for await (const line of lines(watched)) {
          assert.equal(line, "ready");
          child.kill("SIGTERM");
        }
        await kept.cancel();
        const [{ code }, stderr] = await Promise.all([
          child.status,
          new Response(child.stderr).text(),
        ]);
        assert.equal(code, 143, stderr);
        assert.doesNotMatch(stderr, /error\[/);
      });
      await t.step("`docker run $(krust pack --local)` runs the binary", async () => {
        const triple = NATIVE === "linux/amd64" ? "x86_64" : "aarch64";
        const binary = join(project, `target/${triple}-unknown-linux-musl/release/seven`);
        const reference = await krustLocal(binary, env);
        const { code, stderr } = await new Deno.Command("docker", {
          args: ["run", "--rm", "--network=none", reference, "packed"],
          env,
        }).output();
        assert.equal(code, 7);
        assert.equal(new TextDecoder().decode(stderr), '["packed"]\n');
      });
    }),
);

async function krustLocal(
  binary: string,
  env: Readonly<Record<string, string>>,
): Promise<string> {
  const packed = await runKrust(["pack", binary, "--base", "scratch", "--local"], {
    env,
    permissions: "tools",
  });
  assert.equal(packed.status, 0, packed.stderr);
  return packed.stdout.trimEnd();
}

await requiring(
  await lackingStd(NATIVE, "musl"),
  "cargo runs krust as `cargo krust`",
  () =>
    withProject(async (top, project) => {
      const script = join(top, "bin/cargo-krust");
      await Deno.mkdir(join(top, "bin"));
      // cargo sets it for its commands, and Deno hands it on only for those who may run everything.
      await Deno.writeTextFile(
        script,
        `#!/bin/sh\nunset LD_LIBRARY_PATH\nexec ${Deno.execPath()} ${KRUST.join(" ")} "$@"\n`,
      );
      await Deno.chmod(script, 0o755);
      const env = { ...TOOLCHAIN, PATH: `${join(top, "bin")}:${Deno.env.get("PATH") ?? ""}` };
      const cargo = (...args: readonly string[]): Promise<string> =>
        run("cargo", ["krust", ...args], { env, cwd: project });
      assert.match(await cargo("version"), /^krust \d/);
      assert.match(await cargo("build", "--help"), /^Usage: cargo krust build \[OPTIONS\]/m);
      const layout = join(top, "layout");
      const options = ["--base", "scratch", "--no-push", "--oci-layout", layout];
      assert.equal(await cargo("build", ...options, "--", "--quiet"), "");
      assert.ok((await Deno.stat(join(layout, "index.json"))).isFile);
    }),
);
