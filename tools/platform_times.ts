// `deno task platform-times`: one build for several platforms against as many builds one after another,
// cold, after an edit, and with nothing to do. `--project DIR` measures a project of yours in place of a
// made-up one with 70 dependencies; `--rounds N`; `--platform A,B,C`. Wall-clock seconds, the median.
// deno-lint-ignore-file no-console
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { ROOT } from "./source_tree.ts";

const MANIFEST = `[package]
name = "measured"
version = "1.0.0"
edition = "2021"

[dependencies]
async-trait = "0.1"
axum = "0.7"
clap = { version = "4", features = ["derive"] }
serde = { version = "1", features = ["derive"] }
serde_json = "1"
thiserror = "2"
tokio = { version = "1", features = ["rt", "net", "macros"] }

[workspace]
`;

const SOURCE = `use axum::{routing::get, Json, Router};
use clap::Parser;

#[derive(Parser)]
struct Arguments {
    #[arg(long, default_value_t = 8080)]
    port: u16,
}

#[derive(serde::Serialize)]
struct Answer {
    port: u16,
}

fn main() {
    let Arguments { port } = Arguments::parse();
    let app: Router = Router::new().route("/", get(move || async move { Json(Answer { port }) }));
    drop(app);
}
`;

const { values } = parseArgs({
  args: Deno.args,
  options: {
    project: { type: "string" },
    rounds: { type: "string", default: "3" },
    platform: { type: "string", default: "linux/amd64,linux/arm64,linux/386" },
  },
});
const rounds = Number(values.rounds);
const platforms = values.platform.split(",");

async function run(
  program: string,
  args: readonly string[],
  cwd: string,
  target: string,
): Promise<void> {
  const { success, stderr } = await new Deno.Command(program, {
    args: [...args],
    cwd,
    env: { CARGO_TARGET_DIR: target },
    stdin: "null",
    stdout: "null",
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
}

function build(project: string, target: string, names: readonly string[]): Promise<void> {
  const krust = ["run", "-A", "--frozen", "--no-check", join(ROOT, "main.ts"), "build"];
  const options = ["--base", "builtin", "--no-push", "--quiet", "--platform", names.join(",")];
  return run(Deno.execPath(), [...krust, ...options, project], ROOT, target);
}

/** The two ways: all platforms in one run, and a run for each. */
const WAYS: Readonly<Record<string, (project: string, target: string) => Promise<void>>> = {
  "one build": (project, target) => build(project, target, platforms),
  "one after another": async (project, target) => {
    for (const platform of platforms) await build(project, target, [platform]);
  },
};

async function seconds(work: () => Promise<void>): Promise<number> {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
}

function median(times: readonly number[]): number {
  return times.toSorted((left, right) => left - right)[Math.floor(times.length / 2)] ?? NaN;
}

/** The times of one way: from nothing, with one source edited, and with nothing to do. */
async function measure(
  project: string,
  source: string,
  way: (project: string, target: string) => Promise<void>,
): Promise<Readonly<Record<string, number>>> {
  const [cold, edited, warm]: [number[], number[], number[]] = [[], [], []];
  for (let round = 0; round < rounds; round++) {
    const target = await Deno.makeTempDir({ prefix: "krust-times-" });
    try {
      cold.push(await seconds(() => way(project, target)));
      await Deno.utime(source, new Date(), new Date());
      edited.push(await seconds(() => way(project, target)));
      warm.push(await seconds(() => way(project, target)));
    } finally {
      await Deno.remove(target, { recursive: true });
    }
  }
  return { cold: median(cold), edited: median(edited), warm: median(warm) };
}

async function makeProject(folder: string): Promise<string> {
  await Deno.mkdir(join(folder, "src"));
  await Deno.writeTextFile(join(folder, "Cargo.toml"), MANIFEST);
  await Deno.writeTextFile(join(folder, "src/main.rs"), SOURCE);
  await run("cargo", ["fetch"], folder, join(folder, "target"));
  return folder;
}

const folder = await Deno.makeTempDir({ prefix: "krust-times-" });
try {
  const project = values.project === undefined
    ? await makeProject(folder)
    : resolve(values.project);
  const source = join(project, "src/main.rs");
  const times: Record<string, Readonly<Record<string, number>>> = {};
  for (const [name, way] of Object.entries(WAYS)) times[name] = await measure(project, source, way);
  console.log(`${platforms.length} platforms, ${rounds} round(s), median seconds:`);
  for (const what of ["cold", "edited", "warm"]) {
    const [one = NaN, several = NaN] = Object.keys(WAYS).map((name) => times[name]?.[what] ?? NaN);
    const ratio = (one / several).toFixed(2);
    console.log(
      `${what}: ${one.toFixed(2)} in one build, ${several.toFixed(2)} one after another: ${ratio}`,
    );
  }
} finally {
  await Deno.remove(folder, { recursive: true });
}
