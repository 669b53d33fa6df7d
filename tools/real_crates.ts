// `deno task real-crates`: crates that people really publish, fetched by cargo, built by krust for two
// platforms, pushed to a registry that krust serves, pulled by digest with crane, and run; foreign programs
// under qemu-user. Writes docs/real-crates.md, one row a crate, each as soon as it is known: `--only NAME`
// (repeated) does those alone, and leaves the other rows as they are. Needs Rust, crane and qemu-user-static.
// deno-lint-ignore-file no-console
import { join } from "node:path";
import { parseArgs } from "node:util";
import { buildAndRun, type RealBuild, type RealCrate } from "../tests/support/real_crates.ts";
import { run } from "../tests/support/program.ts";
import { serveFolder } from "../tests/support/served_registry.ts";
import { withTemporaryFolder } from "../tests/support/temporary_folder.ts";
import { ROOT } from "./source_tree.ts";

const DOCUMENT = join(ROOT, "docs/real-crates.md");
const PLATFORMS = ["linux/amd64", "linux/arm64"] as const;
const BEGIN = "<!-- rows -->";

/** What is built; the document shows them in this order. */
const CRATES: readonly RealCrate[] = [
  { title: "choose", crates: ["choose@1.3.7"], shows: "regex" },
  { title: "hexyl", crates: ["hexyl@0.17.0"], shows: "clap derive" },
  { title: "sd", crates: ["sd@1.0.0"], shows: "a build script" },
  {
    title: "workspace",
    crates: ["choose@1.3.7", "hexyl@0.17.0", "sd@1.0.0"],
    shows: "those three as members of a virtual workspace, three images",
  },
  { title: "zoxide", crates: ["zoxide@0.10.0"], shows: "askama: templates by procedural macro" },
  {
    title: "mini-redis",
    crates: ["mini-redis@0.4.1"],
    bins: ["mini-redis-server", "mini-redis-cli"],
    shows: "tokio; two binaries in one image",
  },
  { title: "jwt-cli", crates: ["jwt-cli@6.2.0"], shows: "ring: C and assembly; serde derive" },
  { title: "zeekstd_cli", crates: ["zeekstd_cli@0.4.5"], shows: "zstd-sys: C" },
  {
    title: "ripgrep",
    crates: ["ripgrep@15.2.0"],
    git: true,
    shows: "a git commit in its version; jemalloc on musl: configure and make",
  },
  { title: "gping", crates: ["gping@1.21.0"], git: true, shows: "shadow-rs: git commit and time" },
  { title: "jaq", crates: ["jaq@3.1.2"], shows: "mimalloc: C" },
  { title: "just", crates: ["just@1.59.0"], shows: "clap and serde derive" },
  { title: "tokei", crates: ["tokei@15.0.0"], shows: "code made by a build script" },
];

const { values } = parseArgs({
  args: Deno.args,
  options: { only: { type: "string", multiple: true } },
});

const HEAD = ["what", "shows", "crates compiled", "seconds"];
const TITLES = [...HEAD, ...PLATFORMS.flatMap((name) => [name, "program, layer"]), "says"];

/** The rows that the document has, by title. */
async function readRows(): Promise<Map<string, string>> {
  const text = await Deno.readTextFile(DOCUMENT);
  const rows = text.slice(text.indexOf(BEGIN)).split("\n").filter((line) => line.startsWith("| "));
  return new Map(rows.slice(2).map((row) => [row.split("|")[1]?.trim() ?? "", row]));
}

async function writeRows(rows: ReadonlyMap<string, string>): Promise<void> {
  const text = await Deno.readTextFile(DOCUMENT);
  const table = [
    `| ${TITLES.join(" | ")} |`,
    `| ${TITLES.map(() => "---").join(" | ")} |`,
    ...CRATES.flatMap(({ title }) => rows.get(title) ?? []),
  ];
  const before = text.slice(0, text.indexOf(BEGIN) + BEGIN.length);
  await Deno.writeTextFile(DOCUMENT, `${before}\n\n${table.join("\n")}\n`);
  await run("deno", ["fmt", "-q", DOCUMENT], { cwd: ROOT });
}

function mebibytes(bytes: number): string {
  return (bytes / 2 ** 20).toFixed(1);
}

function rowOf({ title, shows, crates }: RealCrate, built: RealBuild): string {
  const name = crates.length === 1 ? crates[0]?.replace("@", " ") : undefined;
  const says = [...new Set(built.platforms.flatMap(({ said }) => said))].join("; ");
  const cells = [
    ...[title, name === undefined ? shows : `${name}: ${shows}`],
    ...[String(built.compiled), built.seconds.toFixed(0)],
    ...built.platforms.flatMap(({ rung, programs, layer }) => [
      rung,
      `${mebibytes(programs)}, ${mebibytes(layer)}`,
    ]),
    says,
  ];
  return `| ${cells.join(" | ")} |`;
}

const wanted = CRATES.filter(({ title }) => values.only?.includes(title) ?? true);
let failures = 0;
await withTemporaryFolder(async (folder) => {
  await using registry = await serveFolder(join(folder, "registry"));
  for (const real of wanted) {
    const place = join(folder, "place");
    await Deno.mkdir(place);
    try {
      const built = await buildAndRun(real, {
        folder: place,
        registry: registry.host,
        platforms: PLATFORMS,
      });
      const row = rowOf(real, built);
      console.log(row);
      await writeRows((await readRows()).set(real.title, row));
    } catch (error) {
      failures++;
      console.error(`${real.title}: ${error}`);
    }
    await Deno.remove(place, { recursive: true });
  }
});
if (failures > 0) Deno.exit(1);
