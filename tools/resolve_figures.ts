// `deno task resolve-figures`: what `krust resolve` costs on this machine, beside building each project
// by itself, one after another, as upstream krust does. Real cargo, a registry on loopback, krust as a
// process of its own. `--projects N` (50), `--references N` (1000).
// deno-lint-ignore-file no-console
import { parseArgs } from "node:util";
import { join } from "node:path";
import { MemoryRegistry } from "../src/registry/memory.ts";
import { serveRegistry } from "../src/registry/server.ts";
import { ROOT } from "./source_tree.ts";

/** What some runs of krust cost. */
interface Cost {
  readonly seconds: number;
  readonly builds: number;
  readonly requests: number;
  readonly stdout: string;
}

/** A registry on loopback that counts what it is asked. */
interface CountedRegistry extends AsyncDisposable {
  readonly host: string;
  /** Requests since the last time that this was asked. */
  taken(): number;
}

function serve(): CountedRegistry {
  let count = 0;
  const handle = serveRegistry(new MemoryRegistry("127.0.0.1"));
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, (request) => {
    count++;
    return handle(request);
  });
  return {
    host: `127.0.0.1:${server.addr.port}`,
    taken(): number {
      const now = count;
      count = 0;
      return now;
    },
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

/** A workspace of small services that share a library. */
async function writeWorkspace(folder: string, projects: number): Promise<readonly string[]> {
  const names = Array.from({ length: projects }, (_, index) => `service-${index + 1}`);
  const write = async (path: string, text: string): Promise<void> => {
    await Deno.mkdir(join(folder, path, ".."), { recursive: true });
    await Deno.writeTextFile(join(folder, path), text);
  };
  const members = ["common", ...names].map((name) => `"${name}"`).join(", ");
  await write("Cargo.toml", `[workspace]\nresolver = "2"\nmembers = [${members}]\n`);
  const head = (name: string): string =>
    `[package]\nname = "${name}"\nversion = "0.1.0"\nedition = "2021"\n`;
  await write("common/Cargo.toml", head("common"));
  await write("common/src/lib.rs", 'pub fn hello(name: &str) { println!("hello from {name}"); }\n');
  for (const name of names) {
    await write(
      `${name}/Cargo.toml`,
      `${head(name)}[dependencies]\ncommon = { path = "../common" }\n`,
    );
    await write(`${name}/src/main.rs`, `fn main() { common::hello("${name}") }\n`);
  }
  return names;
}

/** Runs krust once for each list of arguments, one after another. */
async function run(
  folder: string,
  registry: CountedRegistry,
  runs: readonly (readonly string[])[],
): Promise<Cost> {
  registry.taken();
  const started = performance.now();
  let stdout = "";
  let builds = 0;
  for (const args of runs) {
    const { code, ...said } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-check", join(ROOT, "main.ts"), ...args],
      cwd: folder,
      env: {
        CI: "true",
        KRUST_REPO: `${registry.host}/figures`,
        KRUST_BASE: "builtin",
        KRUST_LIBC: "auto",
        KRUST_CACHE_DIR: join(folder, "cache"),
      },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).output();
    const stderr = new TextDecoder().decode(said.stderr);
    if (code !== 0) throw new Error(`krust ${args.join(" ")} ended with ${code}:\n${stderr}`);
    stdout += new TextDecoder().decode(said.stdout);
    builds += stderr.match(/^Running cargo build/gm)?.length ?? 0;
  }
  const seconds = (performance.now() - started) / 1_000;
  return { seconds, builds, requests: registry.taken(), stdout };
}

function tell(what: string, { seconds, builds, requests }: Cost): void {
  const figures = `${seconds.toFixed(1).padStart(7)} s ${String(builds).padStart(6)} builds`;
  console.log(`${what.padEnd(48)}${figures} ${String(requests).padStart(6)} requests`);
}

const { values } = parseArgs({
  options: {
    projects: { type: "string", default: "50" },
    references: { type: "string", default: "1000" },
  },
});
const [projects, references] = [Number(values.projects), Number(values.references)];
const folder = await Deno.makeTempDir({ prefix: "krust-figures-" });
try {
  await using registry = serve();
  const names = await writeWorkspace(folder, projects);
  const pods = names.map((name) =>
    `---\nkind: Pod\nspec: {containers: [{image: krust://${name}}]}\n`
  );
  await Deno.writeTextFile(join(folder, "all.yaml"), pods.join(""));
  await Deno.writeTextFile(join(folder, "same.yaml"), (pods[0] ?? "").repeat(references));
  const clean = async (): Promise<void> => {
    for (const name of ["target", "cache"]) {
      await Deno.remove(join(folder, name), { recursive: true }).catch(() => {});
    }
  };
  const resolve = [["resolve", "-f", "all.yaml"]];
  const each = names.map((name) => ["build", "-p", name]);
  const all = `${projects} references to ${projects} programs`;
  const first = await run(folder, registry, resolve);
  tell(`${all}, nothing built`, first);
  const again = await run(folder, registry, resolve);
  tell(`${all}, again`, again);
  if (first.stdout !== again.stdout) throw new Error("the second run printed something else");
  tell(
    `${references} references to one program, again`,
    await run(folder, registry, [["resolve", "-f", "same.yaml"]]),
  );
  await clean();
  await using other = serve();
  tell("one build and push after another, nothing built", await run(folder, other, each));
  tell("one build and push after another, again", await run(folder, other, each));
} finally {
  await Deno.remove(folder, { recursive: true });
}
