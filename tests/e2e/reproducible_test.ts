// The same source gives the same digest, whoever builds it, where, when and under what settings.
import assert from "node:assert/strict";
import { join } from "node:path";
import { ROOT } from "../../tools/source_tree.ts";
import { KRUST } from "../support/krust_process.ts";
import { run } from "../support/program.ts";
import { firstLacking, lackingProgram, requiring } from "../support/require.ts";
import { withTemporaryFolder } from "../support/temporary_folder.ts";

/** Circumstances that must not show in the image. */
interface Circumstances {
  /** The path of the project's copy, below the test's folder. */
  readonly path: string;
  /** Permissions that new files do not get. */
  readonly umask: string;
  readonly env: Readonly<Record<string, string>>;
  /** A program with arguments that runs the rest as somebody else. */
  readonly as?: readonly string[];
}

/** Another user to all who ask, who may still read this one's toolchain. */
const SOMEBODY: readonly string[] = ["unshare", "--user", "--map-user=4711", "--map-group=4711"];

/** The digest of the example, compiled anew from a copy of its own with an empty cache. */
async function digestOf(
  folder: string,
  { path, umask, env, as = [] }: Circumstances,
): Promise<string> {
  const place = join(folder, path);
  await Deno.mkdir(place, { recursive: true });
  const project = join(place, "hello-krust");
  await run("cp", ["-r", join(ROOT, "example/hello-krust"), project]);
  await Deno.remove(join(project, "target"), { recursive: true }).catch(() => {});
  const metadata = join(place, "built.json");
  const krust = [
    ...[Deno.execPath(), ...KRUST, "build", "--libc", "auto", "--base", "builtin", "--no-push"],
    ...["--metadata-file", metadata, project],
  ];
  const [program = "sh", ...args] = [...as, "sh", "-c", `umask ${umask} && exec "$@"`, "sh"];
  await run(program, [...args, ...krust], {
    cwd: place,
    env: { ...env, KRUST_CACHE_DIR: join(place, "cache") },
  });
  return JSON.parse(await Deno.readTextFile(metadata))["containerimage.digest"];
}

await requiring(
  firstLacking(
    lackingProgram("cargo", "cp", "unshare"),
    await run("unshare", [...SOMEBODY.slice(1), "true"]).then(() => undefined, String),
  ),
  "two builds, two users, two paths, two umasks: one digest",
  () =>
    withTemporaryFolder(async (folder) => {
      const digests = [
        await digestOf(folder, {
          path: "a",
          umask: "000",
          env: { TZ: "Asia/Tokyo", LC_ALL: "tr_TR.UTF-8" },
        }),
        await digestOf(folder, {
          path: "another path/mit ü",
          umask: "077",
          env: { TZ: "UTC", LC_ALL: "C" },
          as: SOMEBODY,
        }),
      ];
      assert.equal(digests[0], digests[1]);
    }),
);

/** A project whose dependency and generated code name the place of their source when they panic. */
const PANICKING: Readonly<Record<string, string>> = {
  "Cargo.toml": '[package]\nname = "app"\nversion = "0.1.0"\nedition = "2021"\n' +
    '[dependencies]\ndep = "0.1.0"\n',
  ".cargo/config.toml": '[source.crates-io]\nreplace-with = "vendored"\n' +
    '[source.vendored]\ndirectory = "vendor"\n',
  "build.rs": "fn main() {\n" +
    '    let path = format!("{}/made.rs", std::env::var("OUT_DIR").unwrap());\n' +
    '    std::fs::write(path, "pub fn made(x: usize) -> u8 { vec![1, 2][x] }").unwrap();\n}\n',
  "src/main.rs": 'include!(concat!(env!("OUT_DIR"), "/made.rs"));\n' +
    "fn main() {\n    let x = std::env::args().count();\n" +
    '    println!("{} {}", made(x), dep::at(x));\n}\n',
  "vendor/dep/.cargo-checksum.json": '{"files":{}}',
  "vendor/dep/Cargo.toml": '[package]\nname = "dep"\nversion = "0.1.0"\nedition = "2021"\n',
  "vendor/dep/src/lib.rs": "pub fn at(x: usize) -> u8 { vec![1, 2][x] }\n",
};

await requiring(
  lackingProgram("cargo"),
  "a program names no folder of the machine that compiled it, and so depends on none",
  () =>
    withTemporaryFolder(async (folder) => {
      const digests: string[] = [];
      for (const place of ["one", "two"].map((name) => join(folder, name))) {
        for (const [name, text] of Object.entries(PANICKING)) {
          await Deno.mkdir(join(place, name, ".."), { recursive: true });
          await Deno.writeTextFile(join(place, name), text);
        }
        const metadata = join(folder, "built.json");
        await run(Deno.execPath(), [
          ...[...KRUST, "build", "--libc", "auto", "--base", "scratch", "--no-push"],
          ...["--profile", "dev", "--metadata-file", metadata, place],
        ], { cwd: folder, env: { KRUST_CACHE_DIR: join(folder, "cache") } });
        digests.push(JSON.parse(await Deno.readTextFile(metadata))["containerimage.digest"]);
      }
      assert.equal(digests[0], digests[1]);
    }),
);
