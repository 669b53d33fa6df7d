// Builds with nothing to do, start-up, memory: krust beside what does the like.
import { join } from "node:path";
import { ROOT } from "../tools/source_tree.ts";
import { KRUST, type Machine } from "./machine.ts";
import { type Run, series, type Taken, timed } from "./measure.ts";
import { writePayload } from "./payload.ts";
import { FLOOR, type Row } from "./table.ts";

const TARGET = "x86_64-unknown-linux-musl";

/** Runs several tools in turn, one uncounted round first. */
async function inTurn(
  name: string,
  tools: Readonly<Record<string, Run>>,
  rounds: number,
): Promise<readonly Row[]> {
  const taken = new Map<string, Taken[]>(Object.keys(tools).map((tool) => [tool, []]));
  for (let round = -1; round < rounds; round++) {
    for (const [tool, run] of Object.entries(tools)) {
      const took = await timed(run);
      if (round >= 0) taken.get(tool)?.push(took);
    }
  }
  return [...taken].map(([tool, runs]) => ({ name, tool, took: series(runs) }));
}

/** A build and push of the example with nothing changed; the floor is cargo by itself. */
export async function measureNothingChanged(
  machine: Machine,
  rounds: number,
): Promise<readonly Row[]> {
  const { host, base, env, folder, peers } = machine;
  const project = join(folder, "hello");
  await copyFolder(join(ROOT, "example/hello-krust"), project);
  await Deno.writeTextFile(join(project, ".gitignore"), "target/\n");
  const krust = (image: string, directory: string): Run => ({
    argv: [...KRUST, "build", "-q", "--base", base, "--image", `${host}/${image}`],
    cwd: directory,
    env,
  });
  const cargo = (cwd: string): Run => ({
    argv: ["cargo", "build", "-q", "--release", "--target", TARGET],
    cwd,
  });
  const tools: Record<string, Run> = {
    "krust build": krust("nothing/krust", project),
    [FLOOR]: cargo(project),
  };
  if (peers.some(({ name }) => name.startsWith("docker"))) {
    tools["docker build + push"] = await dockerBuild(machine, project);
  }
  if (peers.some(({ name }) => name.startsWith("ko"))) {
    tools["ko"] = {
      argv: ["ko", "build", "--bare", "--sbom=none", "--insecure-registry", "."],
      cwd: join(folder, "peers/main"),
      env: {
        ...env,
        KO_DOCKER_REPO: `${host}/nothing/ko`,
        KO_DEFAULTBASEIMAGE: base,
        KOCACHE: join(folder, "kocache"),
      },
    };
  }
  const workspace = await writeWorkspace(join(folder, "workspace"), 100);
  return [
    ...await inTurn("nothing changed, example", tools, rounds),
    ...await inTurn("nothing changed, 100 crates", {
      "krust build": krust("nothing/workspace", workspace),
      [FLOOR]: cargo(workspace),
    }, rounds),
  ];
}

/** What docker does where nothing changed: it looks at the files, and asks for the layers. */
async function dockerBuild({ base, host, env, folder }: Machine, project: string): Promise<Run> {
  const context = join(folder, "docker-context");
  await Deno.mkdir(context);
  await timed({ argv: ["cargo", "build", "-q", "--release", "--target", TARGET], cwd: project });
  await Deno.copyFile(
    join(project, "target", TARGET, "release/hello-krust"),
    join(context, "hello"),
  );
  await Deno.writeTextFile(join(context, "Dockerfile"), `FROM ${base}\nCOPY hello /app/hello\n`);
  const image = `${host}/nothing/docker:latest`;
  const script = `docker build -q -t ${image} . && docker push -q ${image}`;
  return { argv: ["bash", "-c", script], cwd: context, env };
}

/** A workspace of libraries that depend on each other, and one program that has them all. */
async function writeWorkspace(folder: string, crates: number): Promise<string> {
  const write = async (path: string, text: string): Promise<void> => {
    await Deno.mkdir(join(folder, path, ".."), { recursive: true });
    await Deno.writeTextFile(join(folder, path), text);
  };
  const names = Array.from({ length: crates }, (_, number) => `part${number}`);
  await write("Cargo.toml", '[workspace]\nmembers = ["*"]\nexclude = ["target"]\nresolver = "2"\n');
  await write(".gitignore", "target/\n");
  for (const [number, name] of names.entries()) {
    const below = names.slice(Math.max(0, number - 2), number);
    const dependencies = below.map((each) => `${each} = { path = "../${each}" }\n`).join("");
    await write(`${name}/Cargo.toml`, manifest(name, dependencies));
    await write(`${name}/src/lib.rs`, "pub fn value() -> u32 { 1 }\n");
  }
  const all = names.map((name) => `${name} = { path = "../${name}" }\n`).join("");
  await write("server/Cargo.toml", manifest("server", all));
  const sum = names.map((name) => `${name}::value()`).join(" + ");
  await write("server/src/main.rs", `fn main() { println!("{}", ${sum}) }\n`);
  return join(folder, "server");
}

function manifest(name: string, dependencies: string): string {
  return `[package]\nname = "${name}"\nversion = "0.1.0"\nedition = "2021"\n\n[dependencies]\n${dependencies}`;
}

/** How long it takes to say what version one is; the floor is the runtime with nothing to run. */
export async function measureStart(machine: Machine, rounds: number): Promise<readonly Row[]> {
  const empty = join(machine.folder, "empty.ts");
  await Deno.writeTextFile(empty, "");
  const cwd = machine.folder;
  const tools: Record<string, Run> = {
    "krust version": { argv: [...KRUST, "version"], cwd },
    "krust build --help": { argv: [...KRUST, "build", "--help"], cwd },
    [FLOOR]: { argv: [Deno.execPath(), "run", "-A", "--no-check", empty], cwd },
  };
  for (const [tool, ...args] of [["crane", "version"], ["ko", "version"], ["docker", "-v"]]) {
    if (tool !== undefined && machine.peers.some(({ needs }) => needs.includes(tool))) {
      tools[tool] = { argv: [tool, ...args], cwd };
    }
  }
  return await inTurn("start", tools, rounds);
}

/** Memory of packing and pushing executables of growing size. */
export async function measureMemory(machine: Machine, rounds: number): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (const mebibytes of [5, 64, 256, 2048]) {
    const runs: Taken[] = [];
    for (let round = 0; round < rounds; round++) {
      const binary = join(machine.folder, "large");
      const size = mebibytes * 1024 ** 2;
      await writePayload(binary, { seed: machine.seed, size, number: 1_000 + round });
      const image = `${machine.host}/memory/${mebibytes}`;
      runs.push(
        await timed({
          argv: [...KRUST, "pack", "-q", "--base", machine.base, "--image", image, binary],
          cwd: machine.folder,
          env: machine.env,
        }),
      );
      await Deno.remove(binary);
    }
    rows.push({ name: `memory, ${mebibytes} MiB`, tool: "krust pack", took: series(runs) });
  }
  return rows;
}

async function copyFolder(from: string, to: string): Promise<void> {
  await Deno.mkdir(to, { recursive: true });
  for await (const { name, isDirectory } of Deno.readDir(from)) {
    if (name === "target") continue;
    if (isDirectory) await copyFolder(join(from, name), join(to, name));
    else await Deno.copyFile(join(from, name), join(to, name));
  }
}
