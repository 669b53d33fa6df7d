// `deno task fuzz:differential [--count N] [--seed N] [--write FILE]`: references and challenges, read by
// krust and by other people's parsers in Go (built in a temporary folder; needs Go and its modules). Every
// difference is of a class that tools/differences.ts explains, or a finding: exits 1 where there is one.
// deno-lint-ignore-file no-console
import fc from "fast-check";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { parseReference } from "../src/oci/reference.ts";
import { parseChallenges } from "../src/registry/challenge.ts";
import { CHALLENGES, REFERENCES } from "../tests/fuzz/text_targets.ts";
import {
  type Difference,
  DISTRIBUTION_DIFFERENCES,
  DOCKER_DIFFERENCES,
  GGCR_DIFFERENCES,
  type ReadChallenge,
  type ReadReference,
  REGCLIENT_DIFFERENCES,
} from "./differences.ts";
import { run } from "../tests/support/program.ts";
import { ROOT } from "./source_tree.ts";

const SOURCES = join(ROOT, "tools/differential");
const GGCR = "github.com/google/go-containerregistry@v0.20.6";
const REFERENCE = "github.com/distribution/reference@v0.6.0";
const REGCLIENT = "github.com/regclient/regclient@v0.11.7";
const DISTRIBUTION = "github.com/docker/distribution@v2.8.3+incompatible";

/** Characters that are read of an input: what only length decides is for `deno task fuzz`. */
const LONGEST = 1_200;

/** Builds the reader of references; gives its path. */
async function buildReferences(folder: string): Promise<string> {
  const cwd = join(folder, "references");
  await Deno.mkdir(cwd);
  await Deno.copyFile(join(SOURCES, "references.go"), join(cwd, "main.go"));
  await run("go", ["mod", "init", "krust.test/references"], { cwd });
  await run("go", ["get", GGCR, REFERENCE], { cwd });
  await run("go", ["build", "-o", "read", "."], { cwd });
  return join(cwd, "read");
}

/** Builds the reader of challenges, within a copy of regclient; gives its path. */
async function buildChallenges(folder: string): Promise<string> {
  const found = JSON.parse(
    await run("go", ["mod", "download", "-json", REGCLIENT], { cwd: folder }),
  );
  const cwd = join(folder, "regclient");
  await run("cp", ["-r", String(found.Dir), cwd]);
  await run("chmod", ["-R", "u+w", cwd]);
  await Deno.mkdir(join(cwd, "cmd/read"));
  await Deno.copyFile(join(SOURCES, "challenges.go"), join(cwd, "cmd/read/main.go"));
  await Deno.copyFile(join(SOURCES, "regclient_export.go"), join(cwd, "internal/auth/export.go"));
  await run("go", ["get", DISTRIBUTION], { cwd });
  await run("go", ["build", "-o", "read", "./cmd/read"], { cwd });
  return join(cwd, "read");
}

/** What a reader makes of each text. */
async function ask(program: string, texts: readonly string[]): Promise<readonly string[]> {
  const child = new Deno.Command(program, { stdin: "piped", stdout: "piped" }).spawn();
  const sent = new Blob(texts.map((text) => `${JSON.stringify(text)}\n`)).stream().pipeTo(
    child.stdin,
  );
  const { stdout } = await child.output();
  await sent;
  return new TextDecoder().decode(stdout).trimEnd().split("\n");
}

/** Counts of the differences of one parser from krust. */
class Tally<Read> {
  readonly title: string;
  readonly #differences: readonly Difference<Read>[];
  readonly #counts = new Map<Difference<Read>, { count: number; example: string }>();
  #alike = 0;
  readonly unknown: string[] = [];

  constructor(title: string, differences: readonly Difference<Read>[]) {
    this.title = title;
    this.#differences = differences;
  }

  add(text: string, ours: Read | undefined, theirs: Read | undefined): void {
    if (JSON.stringify(ours) === JSON.stringify(theirs)) {
      this.#alike++;
      return;
    }
    const known = this.#differences.find((one) => one.holds(text, ours, theirs));
    if (known === undefined) {
      this.unknown.push(
        `${JSON.stringify(text)}\n  krust: ${JSON.stringify(ours)}\n  other: ${
          JSON.stringify(theirs)
        }`,
      );
      return;
    }
    const seen = this.#counts.get(known) ?? { count: 0, example: text };
    const example = text.length < seen.example.length ? text : seen.example;
    this.#counts.set(known, { count: seen.count + 1, example });
  }

  table(): string {
    const rows = this.#differences.map((difference) => {
      const { count, example } = this.#counts.get(difference) ?? { count: 0, example: "" };
      const shown = count === 0
        ? ""
        : `\`${JSON.stringify(example.slice(0, 60)).replaceAll("|", "\\|")}\``;
      return `| ${difference.what} | ${difference.why} | ${
        count.toLocaleString("en")
      } | ${shown} |`;
    });
    return [
      `## ${this.title}`,
      "",
      `${
        this.#alike.toLocaleString("en")
      } read alike, ${this.unknown.length} differ for no known reason.`,
      "",
      "<!-- deno-fmt-ignore-start -->",
      "",
      "| krust | because | times | shortest |",
      "| ----- | ------- | ----: | -------- |",
      ...rows,
      "",
      "<!-- deno-fmt-ignore-end -->",
    ].join("\n");
  }
}

function ourReference(text: string): ReadReference | undefined {
  try {
    const { registry, name, tag, digest } = parseReference(text);
    return comparable({
      registry,
      name,
      ...(tag === undefined ? {} : { tag }),
      ...(digest === undefined ? {} : { digest }),
    });
  } catch {
    return undefined;
  }
}

/** The same in the form in which references are compared: beside a digest a tag says nothing. */
function comparable({ registry, name, tag = "latest", digest }: ReadReference): ReadReference {
  const host = registry === "index.docker.io" ? "docker.io" : registry;
  return { registry: host, name, ...(digest === undefined ? { tag } : { digest }) };
}

const sorted = ({ scheme, parameters }: ReadChallenge): ReadChallenge => ({
  scheme,
  parameters: Object.fromEntries(Object.entries(parameters).toSorted(([a], [b]) => a < b ? -1 : 1)),
});

async function references(
  program: string,
  texts: readonly string[],
): Promise<readonly Tally<ReadReference>[]> {
  const ggcr = new Tally("go-containerregistry's `name.ParseReference`", GGCR_DIFFERENCES);
  const docker = new Tally("docker's `reference.ParseDockerRef`", DOCKER_DIFFERENCES);
  for (const [at, line] of (await ask(program, texts)).entries()) {
    const text = texts[at] ?? "";
    const theirs: Record<string, ReadReference | null> = JSON.parse(line);
    const ours = ourReference(text);
    for (const [tally, read] of [[ggcr, theirs["ggcr"]], [docker, theirs["docker"]]] as const) {
      tally.add(text, ours, read === null || read === undefined ? undefined : comparable(read));
    }
  }
  return [ggcr, docker];
}

async function challenges(
  program: string,
  texts: readonly string[],
): Promise<readonly Tally<readonly ReadChallenge[]>[]> {
  const regclient = new Tally("regclient's challenge parser", REGCLIENT_DIFFERENCES);
  const distribution = new Tally("docker/distribution's `challenge`", DISTRIBUTION_DIFFERENCES);
  for (const [at, line] of (await ask(program, texts)).entries()) {
    const text = texts[at] ?? "";
    const theirs: Record<string, readonly ReadChallenge[] | null> = JSON.parse(line);
    const ours = parseChallenges(text).map(({ scheme, parameters }) =>
      sorted({ scheme, parameters: Object.fromEntries(parameters) })
    );
    regclient.add(text, ours, theirs["regclient"]?.map(sorted));
    distribution.add(text, ours.slice(0, 1), theirs["docker"]?.map(sorted));
  }
  return [regclient, distribution];
}

const { values } = parseArgs({
  args: [...Deno.args],
  options: {
    count: { type: "string", default: "100000" },
    seed: { type: "string", default: "1" },
    write: { type: "string" },
  },
});
const sampling = { numRuns: Number(values.count), seed: Number(values.seed) };
const folder = await Deno.makeTempDir({ prefix: "krust-differential-" });
let tallies: readonly Pick<Tally<unknown>, "title" | "unknown" | "table">[];
try {
  // Go reads strings of well-formed text, and headers are ASCII in the wire's own practice.
  const texts = fc.sample(REFERENCES, sampling).map((text) =>
    text.slice(0, LONGEST).toWellFormed()
  );
  const headers = fc.sample(CHALLENGES, sampling).map((text) =>
    text.slice(0, LONGEST).replace(/[^\t\x20-\x7e]/g, "")
  );
  tallies = [
    ...await references(await buildReferences(folder), texts),
    ...await challenges(await buildChallenges(folder), headers),
  ];
} finally {
  await Deno.remove(folder, { recursive: true });
}
const document = `# krust's parsers beside others'

What krust reads otherwise than other people's parsers, in ${
  Number(values.count).toLocaleString("en")
} made-up references and as many
\`WWW-Authenticate\` headers (seed ${values.seed}). Made by \`deno task fuzz:differential --write docs/differential.md\`.

${tallies.map((tally) => tally.table()).join("\n\n")}
`;
console.log(document);
for (const { title, unknown } of tallies) {
  for (const difference of unknown.slice(0, 20)) console.log(`${title}: ${difference}`);
}
if (values.write !== undefined) await Deno.writeTextFile(values.write, document);
Deno.exit(tallies.every(({ unknown }) => unknown.length === 0) ? 0 : 1);
