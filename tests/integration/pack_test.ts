// `krust pack`: images of programs that exist, with all that `build` does after cargo.
import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { imagePlatform, imagesOf } from "../../src/image/image.ts";
import { formatPlatform } from "../../src/oci/platform.ts";
import { listLayer } from "../support/layer_listing.ts";
import { publish, syntheticIndex } from "../support/images.ts";
import { type Machine as ElfMachine, tinyElf, type TinyElfOptions } from "../support/tiny_elf.ts";
import { type Machine, onMachine } from "./machine.ts";
import { pullValid, soleImage } from "./pulled.ts";

const ENV = { KRUST_REPO: "registry.test/team" };

async function write(
  { folder }: Machine,
  name: string,
  machine: ElfMachine = "x86_64",
  options: Partial<TinyElfOptions> = {},
): Promise<string> {
  const path = join(folder, name);
  await Deno.mkdir(dirname(path), { recursive: true });
  await Deno.writeFile(path, tinyElf({ machine, ...options }));
  return path;
}

Deno.test("pack makes an image of a binary, without cargo and without a project", async () => {
  await onMachine({}, async (machine) => {
    const memory = machine.registry("registry.test");
    await publish(memory, "base", await syntheticIndex(["linux/amd64", "linux/arm64"]), "v1");
    await write(machine, "dist/app", "aarch64");
    const ran = await machine.krust([
      ...["pack", "dist/app", "--base", "registry.test/base:v1", "--label", "a=b", "--env", "C=d"],
    ], { env: ENV });
    assert.equal(ran.status, 0, ran.stderr);
    assert.match(ran.stdout, /^registry\.test\/team\/app@sha256:[0-9a-f]{64}\n$/);
    const image = soleImage(await pullValid(memory, ran.stdout.trim()));
    assert.equal(formatPlatform(imagePlatform(image)), "linux/arm64");
    assert.deepEqual(image.config.config?.Entrypoint, ["/app/app"]);
    assert.deepEqual(image.config.config?.Labels?.["a"], "b");
    assert.ok(image.config.config?.Env?.includes("C=d"));
    assert.equal(image.annotations["org.opencontainers.image.title"], "app");
    assert.equal(image.annotations["org.opencontainers.image.base.name"], "registry.test/base:v1");
    assert.deepEqual(ran.host.commands, []);
    const layer = image.layers.at(-1) ?? assert.fail();
    assert.match(await listLayer(layer), /^\.\/app\/app /m);
  });
});

Deno.test("pack of one program a platform is an index", async () => {
  await onMachine({}, async (machine) => {
    const memory = machine.registry("registry.test");
    const programs = [
      await write(machine, "arm64/app", "aarch64"),
      await write(machine, "amd64/app"),
      await write(machine, "arm/app", "arm"),
    ];
    const ran = await machine.krust(["pack", "--base", "builtin", ...programs], { env: ENV });
    assert.equal(ran.status, 0, ran.stderr);
    const images = imagesOf(await pullValid(memory, ran.stdout.trim()));
    assert.deepEqual(images.map((image) => formatPlatform(imagePlatform(image))), [
      "linux/amd64",
      "linux/arm64",
      "linux/arm/v7",
    ]);
  });
});

Deno.test("pack --platform tells the variant that a header does not, --name the program's name", async () => {
  await onMachine({}, async (machine) => {
    const memory = machine.registry("registry.test");
    const args = ["pack", "app-arm", "app-amd64", "--base", "builtin", "--name", "app"];
    await write(machine, "app-arm", "arm");
    await write(machine, "app-amd64");
    const ran = await machine.krust([...args, "--platform", "linux/arm/v6"], { env: ENV });
    assert.equal(ran.status, 0, ran.stderr);
    const images = imagesOf(await pullValid(memory, ran.stdout.trim()));
    assert.deepEqual(images.map((image) => formatPlatform(imagePlatform(image))), [
      "linux/amd64",
      "linux/arm/v6",
    ]);
    assert.deepEqual(images.map((image) => image.config.config?.Entrypoint), [
      ["/app/app"],
      ["/app/app"],
    ]);
  });
});

Deno.test("pack tells with --dry-run what it would do", async () => {
  await onMachine({}, async (machine) => {
    const path = await write(machine, "app");
    const ran = await machine.krust(["pack", "app", "--dry-run", "--no-push"]);
    assert.equal(ran.status, 0, ran.stderr);
    assert.equal(ran.stdout, "");
    assert.ok(ran.stderr.includes(`Would pack ${path}\n`), ran.stderr);
    assert.match(ran.stderr, /^for linux\/amd64, on /m);
  });
});

const REFUSED: readonly (readonly [
  what: string,
  args: readonly string[],
  status: number,
  says: RegExp,
])[] = [
  [
    "a program that is not there",
    ["none"],
    3,
    /error\[executable-mismatch\]: cannot read the program ".*none"/,
  ],
  ["a folder", ["."], 3, /is a folder, no program/],
  [
    "what is no program",
    ["text"],
    3,
    /error\[executable-mismatch\]: "text" is of no known program format/,
  ],
  [
    "a program with a loader",
    ["dynamic"],
    3,
    /"dynamic" cannot run on linux\/amd64: it needs \/lib64/,
  ],
  ["two programs of one platform", ["app", "x/app"], 2, /two programs are for linux\/amd64/],
  [
    "programs of two names",
    ["app", "other"],
    2,
    /the programs of one image have one name: found "app", "other"/,
  ],
  [
    "another platform than the program's",
    ["app", "--platform", "arm64"],
    3,
    /--platform linux\/arm64: the programs are for linux\/amd64/,
  ],
  ["a name that is a path", ["app", "--name", "a/b"], 2, /--name: "a\/b" cannot be a file's name/],
  ["an option of cargo's", ["app", "--features", "x"], 2, /--features/],
  ["nothing", [], 2, /BINARY/],
];

for (const [what, args, status, says] of REFUSED) {
  Deno.test(`pack refuses ${what}`, async () => {
    await onMachine({ "text": "hello\n" }, async (machine) => {
      await write(machine, "app");
      await write(machine, "x/app");
      await write(machine, "other", "aarch64");
      await write(machine, "dynamic", "x86_64", {
        interpreter: "/lib64/ld-linux-x86-64.so.2",
      });
      const ran = await machine.krust(["pack", "--base", "scratch", "--no-push", ...args]);
      assert.equal(ran.status, status, ran.stderr);
      assert.equal(ran.stdout, "");
      assert.match(ran.stderr, says);
    });
  });
}
