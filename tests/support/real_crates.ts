// Published crates as projects: fetched by cargo, built for two platforms, pushed as an index, pulled by
// digest with other people's tools, and run.
import { join } from "node:path";
import { isFolder } from "../../src/core/files.ts";
import { goProgram } from "./go_programs.ts";
import { type KrustRun, runKrust } from "./krust_process.ts";
import { run } from "./program.ts";

/** Something to build out of published crates. */
export interface RealCrate {
  /** What the table calls it. */
  readonly title: string;
  /** `NAME@VERSION`; several become members of one workspace, and are built one after the other. */
  readonly crates: readonly string[];
  /** Programs of the package, the entrypoint first; its only one if not given. */
  readonly bins?: readonly string[];
  /** Whether the source lies in a git repository of its own, with one commit. */
  readonly git?: boolean;
  /** What it is there for. */
  readonly shows: string;
}

/** What came of it. */
export interface RealBuild {
  /** References by digest, one a crate. */
  readonly references: readonly string[];
  /** How many crates cargo compiled, on one platform or both or for this machine. */
  readonly compiled: number;
  /** Seconds from the start of krust to its end, all crates together. */
  readonly seconds: number;
  /** By platform, in order. */
  readonly platforms: readonly BuiltPlatform[];
}

/** One platform of what was built. */
export interface BuiltPlatform {
  /** The rung of the ladder that linked it. */
  readonly rung: string;
  /** Bytes of the programs. */
  readonly programs: number;
  /** Bytes of the layer as it is pushed. */
  readonly layer: number;
  /** What its programs said to `--version`, one line each. */
  readonly said: readonly string[];
}

/** Where things are done. */
export interface Place {
  /** A folder that is empty. */
  readonly folder: string;
  /** Host and port of a registry. */
  readonly registry: string;
  readonly platforms: readonly string[];
  /** Variables for krust and cargo. */
  readonly env?: Readonly<Record<string, string>>;
}

/** How programs of a platform are run here: by the processor itself, or under qemu. */
export const RUNNERS: Readonly<Record<string, readonly string[]>> = {
  [Deno.build.arch === "x86_64" ? "linux/amd64" : "linux/arm64"]: [],
  [Deno.build.arch === "x86_64" ? "linux/arm64" : "linux/amd64"]: [
    Deno.build.arch === "x86_64" ? "qemu-aarch64-static" : "qemu-x86_64-static",
  ],
};

/** Builds, pushes, pulls and runs; throws where any of that fails, with all that was said. */
export async function buildAndRun(real: RealCrate, place: Place): Promise<RealBuild> {
  const project = await unpack(real, place.folder);
  const references: string[] = [];
  let [seconds, said] = [0, ""];
  for (const crate of real.crates) {
    const started = performance.now();
    const { status, stdout, stderr } = await build(real, nameOf(crate), project, place);
    seconds += (performance.now() - started) / 1000;
    if (status !== 0) throw new Error(`krust ended with ${status}:\n${stderr}`);
    said += stderr;
    references.push(stdout.trimEnd());
  }
  const rungs = [...said.matchAll(/ {2}(\S+): chosen:/g)].map(([, rung = ""]) => rung);
  const platforms: BuiltPlatform[] = [];
  for (const [at, platform] of place.platforms.entries()) {
    const pulled: Pulled[] = [];
    for (const each of references) pulled.push(await pull(each, platform, place.folder));
    platforms.push({
      rung: rungs[at] ?? "unknown",
      programs: pulled.reduce((sum, { programs }) => sum + programs, 0),
      layer: pulled.reduce((sum, { layer }) => sum + layer, 0),
      said: pulled.flatMap((each) => each.said),
    });
  }
  const compiled = said.match(/\bCompiling \S+ v/g)?.length ?? 0;
  return { references, compiled, seconds, platforms };
}

function nameOf(crate: string): string {
  return crate.slice(0, crate.lastIndexOf("@"));
}

/** Lays the source out as its author has it; gives the folder to build in. */
async function unpack(real: RealCrate, folder: string): Promise<string> {
  const sources = await Promise.all(real.crates.map((crate) => fetchCrate(crate, folder)));
  const project = join(folder, "project");
  const [only = "", ...others] = sources;
  if (others.length === 0) await run("cp", ["-r", only, project]);
  else {
    await Deno.mkdir(project);
    const members = real.crates.map(nameOf);
    for (const [at, member] of members.entries()) {
      await run("cp", ["-r", sources[at] ?? "", join(project, member)]);
    }
    const manifest = `[workspace]\nresolver = "2"\nmembers = ${JSON.stringify(members)}\n`;
    await Deno.writeTextFile(join(project, "Cargo.toml"), manifest);
  }
  if (real.git === true) {
    const git = ["-c", "user.name=krust", "-c", "user.email=krust@example.com"];
    for (const args of [["init", "-q"], ["add", "-A"], [...git, "commit", "-q", "-m", "Source"]]) {
      await run("git", args, { cwd: project });
    }
  }
  return project;
}

/** Has cargo fetch and unpack a crate, into its home; gives the folder. */
async function fetchCrate(crate: string, folder: string): Promise<string> {
  const name = nameOf(crate);
  const version = crate.slice(name.length + 1);
  const wanting = join(folder, `wants-${name}`);
  await Deno.mkdir(join(wanting, "src"), { recursive: true });
  await Deno.writeTextFile(join(wanting, "src/lib.rs"), "");
  const manifest = `[package]\nname = "wants"\nversion = "0.0.0"\nedition = "2021"\n\n` +
    `[dependencies]\n${name} = "=${version}"\n`;
  await Deno.writeTextFile(join(wanting, "Cargo.toml"), manifest);
  await run("cargo", ["fetch", "--quiet"], { cwd: wanting });
  const { CARGO_HOME = join(Deno.env.get("HOME") ?? "/", ".cargo") } = Deno.env.toObject();
  const found = join(CARGO_HOME, "registry/src");
  for await (const registry of Deno.readDir(found)) {
    const source = join(found, registry.name, `${name}-${version}`);
    if (await isFolder(source)) return source;
  }
  throw new Error(`cargo fetched ${crate}, but there is none in ${found}`);
}

async function build(
  { crates, bins = [] }: RealCrate,
  name: string,
  project: string,
  { folder, registry, platforms, env: more = {} }: Place,
): Promise<KrustRun> {
  const args = [
    ...["build", "-v", "--base", "builtin", "--platform", platforms.join(",")],
    ...["--image", `${registry}/real/${name}:latest`],
    ...(crates.length === 1 ? [] : ["--package", name]),
    ...bins.flatMap((bin) => ["--bin", bin]),
    project,
  ];
  const env = {
    KRUST_CACHE_DIR: join(folder, "cache"),
    CARGO_TARGET_DIR: join(folder, "target"),
    NO_COLOR: "1",
    ...more,
  };
  return await runKrust(args, { cwd: folder, env });
}

interface Pulled {
  readonly programs: number;
  readonly layer: number;
  readonly said: readonly string[];
}

/** Fetches one platform of an index with crane, and runs each program of it. */
async function pull(reference: string, platform: string, folder: string): Promise<Pulled> {
  const crane = goProgram("crane") ?? "crane";
  const tar = join(folder, "pulled.tar");
  const files = join(folder, "pulled");
  await run(crane, ["validate", "--remote", reference]);
  const manifest = JSON.parse(await run(crane, ["manifest", "--platform", platform, reference]));
  await run(crane, ["export", "--platform", platform, reference, tar]);
  await Deno.mkdir(files);
  await run("tar", ["-xf", tar, "-C", files, "app"]);
  const said: string[] = [];
  let programs = 0;
  for await (const { name } of Deno.readDir(join(files, "app"))) {
    const path = join(files, "app", name);
    programs += (await Deno.stat(path)).size;
    const [program = path, ...args] = [...RUNNERS[platform] ?? [], path, "--version"];
    said.push((await run(program, args)).split("\n")[0] ?? "");
  }
  await Deno.remove(files, { recursive: true });
  return { programs, layer: manifest.layers.at(-1).size, said: said.toSorted() };
}
