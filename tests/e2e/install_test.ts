// install.sh against a server on loopback: what it installs, and that nothing is installed where the
// download is cut, is not what SHA256SUMS says, or is for no machine like this.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { join } from "node:path";
import { archiveName, writeArchive } from "../../tools/release/archive.ts";
import { writeChecksums } from "../../tools/release/checksums.ts";
import type { Content } from "../../tools/release/contents.ts";
import { targetsNamed } from "../../tools/release/targets.ts";
import { ROOT } from "../../tools/source_tree.ts";
import { run } from "../support/program.ts";
import { lackingProgram, requiring } from "../support/require.ts";
import { withTemporaryFolder } from "../support/temporary_folder.ts";

const lacking = lackingProgram("sh", "curl", "tar", "sha256sum");

interface Ended {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** What a test plays with. */
interface Stage {
  /** Where it happens. */
  readonly folder: string;
  /** Files of the release, as they lie on the server. */
  readonly release: string;
  /** Whole or cut short in the middle. */
  cut: boolean;
  /** What `uname` says. */
  machine: readonly [system: string, processor: string];
  /** Runs install.sh. */
  install(...args: readonly string[]): Promise<Ended>;
}

/** A launcher that says which release it is of. */
function contents(version: string): readonly Content[] {
  const file = (path: string, mode: number, text: string): Content => ({
    path,
    mode,
    content: new TextEncoder().encode(text),
  });
  return [
    file("krust", 0o755, `#!/bin/sh\necho "krust ${version}"\n`),
    { path: "cargo-krust", mode: 0o777, content: "krust" },
    file("share/man/man1/krust.1", 0o644, "a page\n"),
  ];
}

/** A server of the files below `folder`; with `node:http`, for a body may end before its length. */
async function serving(
  folder: string,
  cuts: () => boolean,
): Promise<{ readonly address: string; close(): Promise<void> }> {
  const server = createServer(async (request, response) => {
    const path = request.url ?? "/";
    const content = await Deno.readFile(join(folder, path)).catch(() => undefined);
    if (content === undefined) return void response.writeHead(404).end();
    response.writeHead(200, { "content-length": content.length });
    if (!cuts() || path.endsWith("SHA256SUMS")) return void response.end(content);
    response.write(content.subarray(0, content.length / 2), () => response.destroy());
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const address = server.address();
  assert.ok(typeof address === "object" && address !== null);
  return {
    address: `http://127.0.0.1:${address.port}`,
    close: () => new Promise((closed) => server.close(() => closed())),
  };
}

/** Releases 1.2.3 and 1.2.4 for two machines, served. */
async function staged(play: (stage: Stage) => Promise<void>): Promise<void> {
  await withTemporaryFolder(async (folder) => {
    for (const version of ["1.2.3", "1.2.4"]) {
      const release = join(folder, "served", `v${version}`);
      await Deno.mkdir(release, { recursive: true });
      for (const target of [...targetsNamed("linux-x64"), ...targetsNamed("macos-arm64")]) {
        await writeArchive(release, archiveName(version, target), target, contents(version));
      }
      await writeChecksums(release);
    }
    const bin = join(folder, "bin");
    await Deno.mkdir(bin);
    const server = await serving(join(folder, "served"), () => stage.cut);
    const stage: Stage = {
      folder,
      release: join(folder, "served/v1.2.3"),
      cut: false,
      machine: ["Linux", "x86_64"],
      async install(...args): Promise<Ended> {
        const [system, processor] = stage.machine;
        const uname = `#!/bin/sh\n[ "$1" = -s ] && echo ${system} || echo ${processor}\n`;
        await Deno.writeTextFile(join(bin, "uname"), uname, { mode: 0o755 });
        const { code, stdout, stderr } = await new Deno.Command("sh", {
          args: [join(ROOT, "install.sh"), ...args],
          cwd: folder,
          env: {
            KRUST_RELEASES: server.address,
            PATH: `${bin}:${Deno.env.get("PATH")}`,
          },
          stdin: "null",
        }).output();
        const decoder = new TextDecoder();
        return { status: code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
      },
    };
    try {
      await play(stage);
    } finally {
      await server.close();
    }
  });
}

/** What is installed below a folder: the programs that can be called, and the releases that are there. */
function installed(prefix: string): readonly string[] {
  return ["bin", "lib/krust"].flatMap((folder) =>
    [...Deno.readDirSync(join(prefix, folder))].map(({ name }) => `${folder}/${name}`)
  ).sort();
}

await requiring(
  lacking,
  "install.sh installs a release, and another over it",
  () =>
    staged(async ({ folder, install }) => {
      const prefix = join(folder, "a prefix");
      for (const version of ["1.2.3", "v1.2.4", "1.2.4"]) {
        const { status, stdout, stderr } = await install("--version", version, "--prefix", prefix);
        assert.equal(status, 0, stderr);
        assert.match(
          stdout,
          /^krust 1\.2\.\d is installed as .*\/bin\/krust\nput .* on your PATH\n$/,
        );
        const plain = version.replace("v", "");
        assert.equal(await run(join(prefix, "bin/krust"), ["version"]), `krust ${plain}\n`);
        assert.equal(await run(join(prefix, "bin/cargo-krust"), []), `krust ${plain}\n`);
      }
      assert.equal(await Deno.readTextFile(join(prefix, "share/man/man1/krust.1")), "a page\n");
      assert.deepEqual(installed(prefix), [
        "bin/cargo-krust",
        "bin/krust",
        "lib/krust/krust-1.2.3-linux-x64",
        "lib/krust/krust-1.2.4-linux-x64",
      ]);
    }),
);

await requiring(
  lacking,
  "install.sh takes the archive of the machine",
  () =>
    staged(async (stage) => {
      stage.machine = ["Darwin", "arm64"];
      const prefix = join(stage.folder, "prefix");
      const { status, stderr } = await stage.install("--version", "1.2.3", "--prefix", prefix);
      assert.equal(status, 0, stderr);
      assert.ok(installed(prefix).includes("lib/krust/krust-1.2.3-macos-arm64"));
    }),
);

/** What goes wrong, and the status and words that install.sh ends with. */
const FAULTS: readonly (readonly [
  what: string,
  spoil: (stage: Stage) => void | Promise<void>,
  args: readonly string[],
  status: number,
  said: RegExp,
])[] = [
  [
    "a wrong checksum",
    ({ release }) =>
      Deno.writeTextFile(
        join(release, "SHA256SUMS"),
        `${"0".repeat(64)}  krust-1.2.3-linux-x64.tar.gz\n`,
      ),
    ["--version", "1.2.3"],
    5,
    /is not what SHA256SUMS says; nothing is installed\n.*should be 0{64}/,
  ],
  [
    "no checksum",
    ({ release }) => Deno.writeTextFile(join(release, "SHA256SUMS"), ""),
    ["--version", "1.2.3"],
    5,
    /SHA256SUMS does not name krust-1\.2\.3-linux-x64\.tar\.gz/,
  ],
  [
    "a cut download",
    (stage) => void (stage.cut = true),
    ["--version", "1.2.3"],
    6,
    /cannot download .*krust-1\.2\.3-linux-x64\.tar\.gz/,
  ],
  [
    "no such release",
    () => {},
    ["--version", "9.9.9"],
    6,
    /cannot download .*\/v9\.9\.9\/SHA256SUMS/,
  ],
  [
    "an unknown system",
    (stage) => void (stage.machine = ["SunOS", "x86_64"]),
    ["--version", "1.2.3"],
    2,
    /no release for SunOS on x86_64\n.*Linux and macOS/,
  ],
  [
    "an unknown processor",
    (stage) => void (stage.machine = ["Linux", "mips"]),
    ["--version", "1.2.3"],
    2,
    /no release for Linux on mips/,
  ],
  ["no version", () => {}, [], 2, /which version\? Say --version VERSION/],
  ["a version that is a path", () => {}, ["--version", "../1"], 2, /\.\.\/1 is no version/],
  ["an unknown argument", () => {}, ["--force"], 2, /unknown argument --force\n.*usage:/],
];

for (const [what, spoil, args, status, said] of FAULTS) {
  await requiring(
    lacking,
    `install.sh ends with ${status} and installs nothing: ${what}`,
    () =>
      staged(async (stage) => {
        await spoil(stage);
        const prefix = join(stage.folder, "prefix");
        const ended = await stage.install(...args, "--prefix", prefix);
        assert.equal(ended.status, status, ended.stderr);
        assert.equal(ended.stdout, "");
        assert.match(ended.stderr, said);
        const there = await Deno.stat(prefix).catch(() => undefined);
        if (there !== undefined) assert.deepEqual(installed(prefix), []);
      }),
  );
}
