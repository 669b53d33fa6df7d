// `krust resolve`: documents in, images built and pushed, documents out.
import assert from "node:assert/strict";
import { join } from "node:path";
import { main } from "../../src/cli/main.ts";
import type { FakeProgram } from "../support/fake_host.ts";
import { fakeCargo } from "../support/fake_toolchain.ts";
import { type Machine, onMachine, type Ran, type RunOptions } from "./machine.ts";
import { pullValid } from "./pulled.ts";

const ENV = { KRUST_REPO: "registry.test/team", KRUST_BASE: "builtin" };

/** A workspace with packages of these names, each with one binary. */
function workspace(...names: readonly string[]): Readonly<Record<string, string>> {
  return {
    "Cargo.toml": `[workspace]\nmembers = [${names.map((name) => `"${name}"`).join(", ")}]\n`,
    ...Object.fromEntries(names.flatMap((name) => [
      [`${name}/Cargo.toml`, `[package]\nname = "${name}"\nversion = "0.1.0"\n`],
      [`${name}/src/main.rs`, `fn main() {}\n// ${name}\n`],
    ])),
  };
}

/** What a run of krust on a machine with a workspace and a registry did. */
async function onWorkspace(
  files: Readonly<Record<string, string>>,
  work: (
    machine: Machine,
    resolve: (args: readonly string[], options?: RunOptions) => Promise<Ran>,
  ) => Promise<void>,
): Promise<void> {
  await onMachine(files, async (machine) => {
    machine.registry("registry.test");
    await work(
      machine,
      (args, { env, ...options } = {}) =>
        machine.krust(["resolve", ...args], { ...options, env: { ...ENV, ...env } }),
    );
  });
}

/** How often cargo compiled. */
function builds({ host }: Ran): number {
  return host.commands.filter(({ args }) => args[0] === "build").length;
}

const IMAGE = /registry\.test\/team\/[a-z]+@sha256:[0-9a-f]{64}/g;

Deno.test("resolve prints the documents with images that are there, and nothing else changed", async () => {
  const document = 'a: krust://one # c\nb: "krust://./two"\n---\nc: |\n  krust://one\n';
  await onMachine(workspace("one", "two"), async (machine) => {
    const memory = machine.registry("registry.test");
    await machine.write({ "k8s/a.yaml": document });
    const ran = await machine.krust(["resolve", "-f", "k8s"], { env: ENV });
    assert.equal(ran.status, 0, ran.stderr);
    const images = ran.stdout.match(IMAGE) ?? [];
    assert.equal(images.length, 3);
    assert.equal(images[0], images[2]);
    for (const image of images) await pullValid(memory, image);
    const written = ["krust://one", "krust://./two", "krust://one"];
    assert.equal(ran.stdout.replace(IMAGE, () => written.shift() ?? ""), document);
    assert.match(ran.stderr, /^Found 2 unique krust:\/\/ reference\(s\)$/m);
    assert.match(ran.stderr, /^Building image for: krust:\/\/one$/m);
    assert.match(ran.stderr, /^Building image for: krust:\/\/\.\/two$/m);
    assert.equal(builds(ran), 2);
  });
});

Deno.test("a project that a thousand references name is built once", async () => {
  await onWorkspace(workspace("one"), async ({ write }, resolve) => {
    await write({ "a.yaml": "---\nimage: krust://one\n".repeat(1_000) });
    const ran = await resolve(["-f", "a.yaml"]);
    assert.equal(ran.status, 0, ran.stderr);
    assert.equal(ran.stdout.match(IMAGE)?.length, 1_000);
    assert.equal(new Set(ran.stdout.match(IMAGE)).size, 1);
    assert.equal(builds(ran), 1);
    assert.match(ran.stderr, /^Found 1 unique krust:\/\/ reference\(s\)$/m);
  });
});

Deno.test("one project named in several ways is built once", async () => {
  await onWorkspace(workspace("one"), async ({ write, folder }, resolve) => {
    await write({
      "a.yaml": `a: krust://one\nb: krust://./one/\nc: krust://${folder}/one\n`,
      "k8s/b.yaml": "d: krust://../one\n",
    });
    const ran = await resolve(["-f", "a.yaml", "-f", "k8s"]);
    assert.equal(ran.status, 0, ran.stderr);
    assert.equal(builds(ran), 1);
    assert.equal(new Set(ran.stdout.match(IMAGE)).size, 1);
  });
});

Deno.test("resolve reads standard input, files and folders in order, with one --- between", async () => {
  await onWorkspace(workspace("one"), async ({ write }, resolve) => {
    await write({
      "a.yaml": "a: 1",
      "b.yaml": "---\nb: 2\n",
      "d/z.yml": "z: 1\n",
      "d/y.json": "{}",
    });
    const ran = await resolve(["-f", "b.yaml", "-f", "-", "-f", "d", "-f", "a.yaml"], {
      stdin: "in: 0\n",
    });
    assert.equal(ran.status, 0, ran.stderr);
    assert.equal(ran.stdout, "---\nb: 2\n---\nin: 0\n---\n{}\n---\nz: 1\n---\na: 1");
    assert.match(ran.stderr, /^Found 0 unique krust:\/\/ reference\(s\)$/m);
    assert.equal(builds(ran), 0);
  });
});

Deno.test("-l leaves out what has other labels, and does not build for it", async () => {
  await onWorkspace(workspace("one", "two"), async ({ write }, resolve) => {
    const object = (name: string): string =>
      `---\nkind: Pod\nmetadata: {labels: {app: ${name}}}\nimage: krust://${name}\n`;
    await write({ "a.yaml": object("one") + object("two") });
    const ran = await resolve(["-f", "a.yaml", "-l", "app in (two)"]);
    assert.equal(ran.status, 0, ran.stderr);
    assert.match(
      ran.stdout,
      /^---\nkind: Pod\nmetadata: .*two}}\nimage: registry\.test\/team\/two@.*\n$/,
    );
    assert.equal(builds(ran), 1);
  });
});

const REFUSED: readonly (readonly [
  what: string,
  text: string,
  status: number,
  says: RegExp,
])[] = [
  [
    "an unknown path",
    "a:\n  b: krust://./no\n",
    3,
    /^error\[project-invalid\]: a\.yaml:2:6: krust:\/\/\.\/no: /m,
  ],
  ["an unknown package", "a: krust://oen\n", 3, /did you mean krust:\/\/one\?/],
  ["no Rust project", "a: krust://./k8s\n", 3, /a\.yaml:1:4: .* is not a Rust project/],
  ["an unknown binary", "a: krust://one#no\n", 3, /a\.yaml:1:4: krust:\/\/one#no: no binary "no"/],
  [
    "several packages",
    "a: krust://.\n",
    2,
    /choose one: krust:\/\/one, krust:\/\/two, krust:\/\/bad/,
  ],
  ["several binaries", "a: krust://many\n", 2, /choose one: krust:\/\/many#a, krust:\/\/many#b$/m],
  ["no path", "a: krust://\n", 2, /^error\[reference-invalid\]: a\.yaml:1:4: /m],
  ["broken YAML", "a:\n\tb: krust://one\n", 2, /^error\[yaml-invalid\]: a\.yaml:2:1: Tabs/m],
  ["what does not compile", "a: krust://bad\n", 3, /a\.yaml:1:4: krust:\/\/bad: /],
];

for (const [what, text, status, says] of REFUSED) {
  Deno.test(`resolve names the place of ${what}, and prints nothing`, async () => {
    const files = {
      ...workspace("one", "two", "bad"),
      "Cargo.toml": '[workspace]\nmembers = ["one", "two", "bad", "many"]\n',
      "bad/src/main.rs": 'compile_error!("no");\n',
      "many/Cargo.toml": '[package]\nname = "many"\nversion = "0.1.0"\n',
      "many/src/bin/a.rs": "fn main() {}\n",
      "many/src/bin/b.rs": "fn main() {}\n",
      "k8s/.keep": "",
      "a.yaml": text,
    };
    await onWorkspace(files, async (_machine, resolve) => {
      const ran = await resolve(["-f", "a.yaml"]);
      assert.equal(ran.status, status, ran.stderr);
      assert.equal(ran.stdout, "");
      assert.match(ran.stderr, says);
      assert.equal(builds(ran), what === "what does not compile" ? 1 : 0);
    });
  });
}

Deno.test("where one of several fails, nothing is printed, and what is there already is named", async () => {
  const files = { ...workspace("one", "bad"), "bad/src/main.rs": 'compile_error!("no");\n' };
  await onWorkspace(files, async (machine) => {
    await machine.write({ "a.yaml": "a: krust://one\nb: krust://bad\n" });
    const cargo = fakeCargo();
    // The second is asked about when the first has been pushed, whichever is begun first.
    const patient: FakeProgram = async (call) => {
      const second = call.args[0] === "metadata" && call.cwd.endsWith("/bad");
      while (second && !host.stderrText().includes("Successfully pushed image")) {
        await new Promise((resolve) => setTimeout(resolve));
      }
      return await cargo(call);
    };
    const host = machine.host({ env: ENV, programs: { cargo: patient } });
    assert.equal(await main(["resolve", "-f", "a.yaml"], host), 3);
    assert.equal(host.stdoutText(), "");
    const told = host.stderrText();
    assert.match(told, /^error\[cargo-failed\]: a\.yaml:2:4: krust:\/\/bad: /m);
    assert.match(
      told,
      /published before that: registry\.test\/team\/one@sha256:[0-9a-f]{64} \(krust:\/\/one\)$/m,
    );
  });
});

Deno.test("text that only begins like a reference stays, with a warning", async () => {
  await onWorkspace(workspace("one"), async ({ write }, resolve) => {
    const text = 'note: "krust://one is built by CI"\nimage: krust://one\n';
    await write({ "a.yaml": text });
    const ran = await resolve(["-f", "a.yaml"]);
    assert.equal(ran.status, 0, ran.stderr);
    assert.ok(ran.stdout.startsWith('note: "krust://one is built by CI"\nimage: registry.test/'));
    assert.match(ran.stderr, /a\.yaml:1:8: left as text, for there is no such folder/);
  });
});

Deno.test("resolve --no-push names the images as they would be, and pushes nothing", async () => {
  await onWorkspace(workspace("one"), async ({ write }, resolve) => {
    await write({ "a.yaml": "a: krust://one\n" });
    const ran = await resolve(["-f", "a.yaml", "--no-push"]);
    assert.equal(ran.status, 0, ran.stderr);
    assert.match(ran.stdout, /^a: registry\.test\/team\/one@sha256:[0-9a-f]{64}\n$/);
    assert.deepEqual(ran.host.requests, []);
    assert.match(ran.stderr, /^Skipping push \(--no-push specified\)$/m);
  });
});

Deno.test("resolve --no-push without a repository is refused, for documents name images", async () => {
  await onWorkspace(workspace("one"), async ({ write }, resolve) => {
    await write({ "a.yaml": "a: krust://one\n" });
    const ran = await resolve(["-f", "a.yaml", "--no-push"], { env: { KRUST_REPO: "" } });
    assert.equal(ran.status, 2, ran.stderr);
    assert.equal(ran.stdout, "");
    assert.match(ran.stderr, /a\.yaml:1:4: krust:\/\/one: .*KRUST_REPO is not set$/m);
  });
});

Deno.test("resolve --dry-run says what would be built, and prints nothing", async () => {
  await onWorkspace(workspace("one", "two"), async ({ write }, resolve) => {
    await write({ "a.yaml": "a: krust://one\nb: krust://two\n" });
    const ran = await resolve(["-f", "a.yaml", "--dry-run"]);
    assert.equal(ran.status, 0, ran.stderr);
    assert.equal(ran.stdout, "");
    assert.match(ran.stderr, /^Would build one of one 0\.1\.0/m);
    assert.match(ran.stderr, /^Would build two of two 0\.1\.0/m);
    assert.equal(builds(ran), 0);
  });
});

Deno.test("an IPv6 registry's image is quoted, where it would else be a list", async () => {
  await onWorkspace(workspace("one"), async ({ write }, resolve) => {
    await write({ "a.yaml": 'a: krust://one\nb: "krust://one"\nc: [krust://one]\n' });
    const env = { KRUST_REPO: "[::1]:5000/team" };
    const ran = await resolve(["-f", "a.yaml", "--no-push"], { env });
    assert.equal(ran.status, 0, ran.stderr);
    const image = "\\[::1\\]:5000/team/one@sha256:[0-9a-f]{64}";
    assert.match(ran.stdout, new RegExp(`^a: '${image}'\nb: "${image}"\nc: \\['${image}'\\]\n$`));
  });
});

const USAGE: readonly (readonly [args: readonly string[], says: RegExp])[] = [
  [[], /required option '-f, --filename/],
  [["-f", "nowhere"], /^error\[usage\]: Path does not exist: nowhere$/m],
  [["-f", "one"], /^error\[usage\]: No YAML files found in directory one$/m],
  [["-f", "a.yaml", "-l", "=="], /is no label selector/],
  [["-f", "a.yaml", "--image", "x"], /unknown option '--image'/],
  [["-f", "a.yaml", "--", "--bin", "x"], /--bin x after -- would be for every reference alike/],
  [["-f", "a.yaml", "--", "-p", "x"], /--package x after -- /],
];

for (const [args, says] of USAGE) {
  Deno.test(`resolve ${args.join(" ")} is refused`, async () => {
    await onWorkspace({ ...workspace("one"), "a.yaml": "a: b\n" }, async (_machine, resolve) => {
      const ran = await resolve(args);
      assert.equal(ran.status, 2, ran.stderr);
      assert.equal(ran.stdout, "");
      assert.match(ran.stderr, says);
    });
  });
}

/** A package with two programs. */
const MANY = {
  "Cargo.toml": '[package]\nname = "many"\nversion = "0.1.0"\n',
  "src/bin/a.rs": "fn main() {}\n",
  "src/bin/b.rs": "fn main() {}\n// b\n",
  "a.yaml": "a: krust://.#a\nb: krust://.#b\n",
};

Deno.test("two programs of one package come by digest, with a warning about their one name", async () => {
  await onWorkspace(MANY, async (_machine, resolve) => {
    const ran = await resolve(["-f", "a.yaml"]);
    assert.equal(ran.status, 0, ran.stderr);
    assert.equal(new Set(ran.stdout.match(IMAGE)).size, 2);
    assert.match(ran.stderr, /several images are called registry\.test\/team\/many, whose tags/);
    const apart = await resolve(["-f", "a.yaml", "--name-template", "{package}-{bin}"]);
    assert.match(
      apart.stdout,
      /^a: registry\.test\/team\/many-a@.*\nb: registry\.test\/team\/many-b@/,
    );
    assert.doesNotMatch(apart.stderr, /several images/);
  });
});

Deno.test("--tag-only serves where each project has its name, and is refused where two share one", async () => {
  await onWorkspace(MANY, async (_machine, resolve) => {
    const tagged = ["-f", "a.yaml", "--tag-only", "--tag", "v1"];
    const apart = await resolve([...tagged, "--name-template", "{package}-{bin}"]);
    assert.equal(
      apart.stdout,
      "a: registry.test/team/many-a:v1\nb: registry.test/team/many-b:v1\n",
    );
    const shared = await resolve(tagged);
    assert.equal(shared.status, 2);
    assert.equal(shared.stdout, "");
    assert.match(shared.stderr, /a\.yaml:2:4: krust:\/\/\.#a and krust:\/\/\.#b are both called/);
  });
});

Deno.test("--image-refs names what all images consist of, in the order of the documents", async () => {
  await onWorkspace(workspace("one", "two"), async ({ write, folder }, resolve) => {
    await write({ "a.yaml": "a: krust://two\nb: krust://one\n" });
    const platforms = ["--platform", "linux/amd64,linux/arm64"];
    const ran = await resolve(["-f", "a.yaml", "--image-refs", "refs.txt", ...platforms]);
    assert.equal(ran.status, 0, ran.stderr);
    const lines = (await Deno.readTextFile(join(folder, "refs.txt"))).trimEnd().split("\n");
    assert.equal(lines.length, 6, "two indexes, each with two images");
    const [first, second] = ran.stdout.match(IMAGE) ?? [];
    assert.equal(lines[0], first);
    assert.equal(lines[3], second);
  });
});

Deno.test("KRUST_IMAGE serves for one image, and is refused for several", async () => {
  await onWorkspace(workspace("one", "two"), async ({ write }, resolve) => {
    const env = { KRUST_IMAGE: "registry.test/just/this:v1" };
    await write({ "a.yaml": "a: krust://one\n", "b.yaml": "a: krust://one\nb: krust://two\n" });
    const one = await resolve(["-f", "a.yaml"], { env });
    assert.match(one.stdout, /^a: registry\.test\/just\/this@sha256:/);
    const two = await resolve(["-f", "b.yaml"], { env });
    assert.equal(two.status, 2);
    assert.match(two.stderr, /KRUST_IMAGE names one image, and several are to be built/);
  });
});

Deno.test("cargo arguments after -- go to every build", async () => {
  await onWorkspace(workspace("one", "two"), async ({ write }, resolve) => {
    await write({ "a.yaml": "a: krust://one\nb: krust://two\n" });
    const ran = await resolve(["-f", "a.yaml", "--", "--features=x", "--profile=fast"]);
    assert.equal(ran.status, 0, ran.stderr);
    const compiled = ran.host.commands.filter(({ args }) => args[0] === "build");
    assert.ok(compiled.every(({ args }) => args.includes("--features=x")));
    assert.ok(compiled.every(({ args }) => args.join(" ").includes("--profile fast")));
    assert.equal(compiled.length, 2);
  });
});

Deno.test("no package is named where there is no workspace, and paths serve all the same", async () => {
  await onMachine(
    { "k8s/app/Cargo.toml": '[package]\nname = "app"\nversion = "0.1.0"\n' },
    async (machine) => {
      machine.registry("registry.test");
      await machine.write({
        "k8s/app/src/main.rs": "fn main() {}\n",
        "k8s/a.yaml": "a: krust://app\n",
        "b.yaml": "b: krust://nope\n",
      });
      const ran = await machine.krust(["resolve", "-f", "k8s"], { env: ENV });
      assert.equal(ran.status, 0, ran.stderr);
      const none = await machine.krust(["resolve", "-f", "b.yaml"], { env: ENV });
      assert.equal(none.status, 3, none.stderr);
      assert.ok(none.stderr.includes(`looked for ${join(machine.folder, "nope")}`));
    },
  );
});
