// Machines that share what they compile: sccache as RUSTC_WRAPPER, with a real Redis as its store.
import assert from "node:assert/strict";
import { join } from "node:path";
import { lines } from "../../src/core/streams.ts";
import { runKrust } from "../support/krust_process.ts";
import { run } from "../support/program.ts";
import { firstLacking, lackingProgram, lackingTarget, wishing } from "../support/require.ts";
import { withTemporaryFolder } from "../support/temporary_folder.ts";

const { HOME = "/", XDG_CACHE_HOME = join(HOME, ".cache") } = Deno.env.toObject();
const CACHED = join(XDG_CACHE_HOME, "krust-dev/bin/sccache");
const SCCACHE = await Deno.stat(CACHED).then(() => CACHED, () => "sccache");

const library = (name: string): string =>
  `[package]\nname = "${name}"\nversion = "0.1.0"\nedition = "2021"\n`;

const PROJECT: Readonly<Record<string, string>> = {
  "Cargo.toml": `${library("app")}[dependencies]\none = { path = "one" }\ntwo = { path = "two" }\n`,
  "src/main.rs": 'fn main() { println!("{}{}", one::name(), two::name()); }\n',
  "one/Cargo.toml": library("one"),
  "one/src/lib.rs": 'pub fn name() -> &\'static str { "one" }\n',
  "two/Cargo.toml": library("two"),
  "two/src/lib.rs": 'pub fn name() -> &\'static str { "two" }\n',
};

/** A port that was free a moment ago. */
function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

/** Starts a Redis without a disk and waits until it takes connections. */
async function startRedis(): Promise<{ readonly port: number } & AsyncDisposable> {
  const port = freePort();
  const server = new Deno.Command("redis-server", {
    args: ["--port", String(port), "--bind", "127.0.0.1", "--save", "", "--daemonize", "no"],
    stdin: "null",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  for await (const line of lines(server.stdout)) {
    if (line.includes("Ready to accept connections")) break;
  }
  return {
    port,
    async [Symbol.asyncDispose](): Promise<void> {
      server.kill("SIGKILL");
      await server.status;
    },
  };
}

/** How often sccache found what it was asked for, and how often not. */
async function build(
  project: string,
  redis: number,
): Promise<{ readonly hits: number; readonly digest: string }> {
  // Each machine has a daemon of its own, which remembers nothing when it ends.
  const env = {
    RUSTC_WRAPPER: SCCACHE,
    SCCACHE_REDIS_ENDPOINT: `tcp://127.0.0.1:${redis}`,
    SCCACHE_SERVER_PORT: String(freePort()),
    KRUST_CACHE_DIR: join(project, "cache"),
  };
  await Deno.remove(join(project, "target"), { recursive: true }).catch(() => {});
  const metadata = join(project, "built.json");
  try {
    const { status, stderr } = await runKrust([
      ...["build", "--base", "scratch", "--no-push", "--metadata-file", metadata, project],
    ], { env });
    assert.equal(status, 0, stderr);
    const stats = JSON.parse(
      await run(SCCACHE, ["--show-stats", "--stats-format", "json"], { env }),
    );
    const counts: Readonly<Record<string, number>> = stats.stats.cache_hits.counts;
    return {
      hits: Object.values(counts).reduce((sum, count) => sum + count, 0),
      digest: JSON.parse(await Deno.readTextFile(metadata))["containerimage.digest"],
    };
  } finally {
    await run(SCCACHE, ["--stop-server"], { env }).catch(() => {});
  }
}

wishing(
  firstLacking(
    SCCACHE === CACHED ? undefined : lackingProgram("sccache"),
    lackingProgram("redis-server", "cargo"),
    await lackingTarget("x86_64-unknown-linux-musl"),
  ),
  "what one machine compiled another takes from Redis, and makes the same image",
  () =>
    withTemporaryFolder(async (folder) => {
      await using redis = await startRedis();
      const project = join(folder, "project");
      for (const [path, text] of Object.entries(PROJECT)) {
        await Deno.mkdir(join(project, path, ".."), { recursive: true });
        await Deno.writeTextFile(join(project, path), text);
      }
      const first = await build(project, redis.port);
      const second = await build(project, redis.port);
      assert.deepEqual([first.hits, second.hits], [0, 2]);
      assert.equal(second.digest, first.digest);
    }),
);
