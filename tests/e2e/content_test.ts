// What an image holds beside its program, found by a program in a container: variables, files, user and
// capabilities; and every compression taken by a real engine and by other people's tools.
import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { hashFile } from "../../src/core/files.ts";
import { dockerEngineAvailable, startDockerEngine } from "../support/docker_engine.ts";
import { runKrust } from "../support/krust_process.ts";
import { run } from "../support/program.ts";
import { realRegistryAvailable, startRealRegistry } from "../support/registry_server.ts";
import { firstLacking, type Lacking, lackingProgram, requiring } from "../support/require.ts";
import { withTemporaryFolder } from "../support/temporary_folder.ts";

const PROJECT: Readonly<Record<string, string>> = {
  "Cargo.toml": `[package]
name = "teller"
version = "0.1.0"
edition = "2021"
[package.metadata.krust]
env = { GREETING = "of the package", NAME = "nobody" }
[package.metadata.krust.bin.teller]
env = { GREETING = "of the binary" }
cmd = ["one", "two words"]
linux-capabilities = ["net_bind_service"]
`,
  "src/main.rs": `use std::{env, fs};
fn main() {
    println!("args {:?}", env::args().skip(1).collect::<Vec<_>>());
    for name in ["GREETING", "NAME", "KRUST_DATA_PATH"] {
        println!("{name} {}", env::var(name).unwrap_or_default());
    }
    let data = env::var("KRUST_DATA_PATH").unwrap_or_default();
    for path in [data + "/motd", "/srv/www/css/a.css".into(), "/etc/key".into()] {
        println!("{path} {:?}", fs::read_to_string(&path).map_err(|error| error.kind()));
    }
    println!("cwd {}", env::current_dir().unwrap().display());
    for line in fs::read_to_string("/proc/self/status").unwrap().lines() {
        if line.starts_with("Uid:") || line.starts_with("CapEff:") {
            println!("{}", line.split_whitespace().take(2).collect::<Vec<_>>().join(" "));
        }
    }
}
`,
  "krustdata/motd": "welcome",
  "public/css/a.css": "p {}",
  "key": "secret",
};

const OPTIONS: readonly string[] = [
  "--libc=auto",
  "--base=scratch",
  "--env=NAME=somebody",
  "--user=1234:1234",
  "--workdir=/srv/www",
  "--asset=public:/srv/www",
  "--asset=key:/etc/key:0400",
];

const EXPECTED = `args ["one", "two words"]
GREETING of the binary
NAME somebody
KRUST_DATA_PATH /var/run/krust
/var/run/krust/motd Ok("welcome")
/srv/www/css/a.css Ok("p {}")
/etc/key Err(PermissionDenied)
cwd /srv/www
Uid: 1234
CapEff: 0000000000000400
`;

/** A project of its own for the work, with what its builds need of the environment. */
function inProject(
  work: (build: (...args: readonly string[]) => Promise<string>, folder: string) => Promise<void>,
  env: Readonly<Record<string, string>> = {},
): Promise<void> {
  return withTemporaryFolder(async (top) => {
    const folder = join(top, "teller");
    for (const [name, text] of Object.entries(PROJECT)) {
      await Deno.mkdir(dirname(join(folder, name)), { recursive: true });
      await Deno.writeTextFile(join(folder, name), text);
    }
    const own = { KRUST_CACHE_DIR: join(top, "cache"), CARGO_TARGET_DIR: join(top, "target") };
    await work(async (...args) => {
      const { status, stdout, stderr } = await runKrust(["build", ...OPTIONS, ...args], {
        permissions: "tools",
        cwd: folder,
        env: { ...own, ...env },
      });
      assert.equal(status, 0, stderr);
      return stdout.trimEnd();
    }, folder);
  });
}

const lackingCargo = lackingProgram("cargo");

await requiring(
  firstLacking(lackingCargo, realRegistryAvailable(), await dockerEngineAvailable()),
  "a container finds the variables, files, user and capabilities that its image was given",
  async (t) => {
    await using registry = await startRealRegistry();
    await using engine = await startDockerEngine();
    const env = { DOCKER_HOST: engine.dockerHost };
    const docker = (...args: readonly string[]): Promise<string> => run("docker", args, { env });
    const says = (reference: string): Promise<string> =>
      docker("run", "--rm", "--network=none", reference);
    await inProject(async (build, folder) => {
      const image = `${registry.host}/x/teller`;
      await t.step("pulled from a registry", async () => {
        const reference = await build("--image", image);
        assert.equal(await says(reference), EXPECTED);
        await docker("image", "rm", "--force", reference);
      });
      // Docker reads zstd since its version 23.
      const [version] = (await docker("version", "--format", "{{.Server.Version}}")).split(".");
      const compression = Number(version) < 23 ? "none" : "zstd";
      await t.step(`loaded, compression ${compression}`, async () => {
        const reference = await build("--local", "--compression", compression);
        assert.equal(await says(reference), EXPECTED);
        await docker("image", "rm", "--force", reference, "krust.local/teller:latest");
      });
      await t.step("another program keeps the layer of assets", async () => {
        const layers = async (reference: string): Promise<readonly string[]> =>
          JSON.parse(await docker("image", "inspect", reference))[0].RootFS.Layers;
        const before = await build("--local", "--tag=before", "--tag-only");
        assert.equal(before, "krust.local/teller:before");
        const source = join(folder, "src/main.rs");
        await Deno.writeTextFile(source, PROJECT["src/main.rs"]?.replace("args", "Args") ?? "");
        const after = await build("--local", "--tag=after", "--tag-only");
        const [[assets, program], [assetsAfter, programAfter]] = [
          await layers(before),
          await layers(after),
        ];
        assert.equal(assets, assetsAfter);
        assert.notEqual(program, programAfter);
        await docker("image", "rm", "--force", before, after);
      });
    }, env);
  },
);

/** Only root may give files capabilities, which unpacking does. */
function lackingRoot(): Lacking {
  return Deno.uid() === 0 ? undefined : "only root can unpack file capabilities";
}

await requiring(
  firstLacking(lackingCargo, lackingProgram("umoci", "getcap"), lackingRoot()),
  "getcap finds the binary's capabilities in what umoci unpacks",
  () =>
    inProject(async (build, folder) => {
      const [layout, bundle] = [join(folder, "../layout"), join(folder, "../bundle")];
      await build(
        "--no-push",
        `--oci-layout=${layout}`,
        "--linux-capability=chown,setuid=p",
      );
      await run("umoci", ["unpack", "--image", `${layout}:latest`, bundle]);
      const program = join(bundle, "rootfs/app/teller");
      // How the sign is written depends on the version.
      assert.match(await run("getcap", [program]), /\/teller (?:= )?cap_chown,cap_setuid[+=]p$/m);
    }),
);

await requiring(
  firstLacking(lackingCargo, realRegistryAvailable(), lackingProgram("crane", "skopeo")),
  "crane and skopeo unpack every compression",
  async (t) => {
    await using registry = await startRealRegistry();
    await inProject(async (build, folder) => {
      for (const compression of ["gzip", "zstd", "none"]) {
        await t.step(compression, async () => {
          const image = `${registry.host}/x/${compression}`;
          const reference = await build("--image", image, "--compression", compression);
          const archive = join(folder, `../${compression}.tar`);
          await run("crane", ["export", reference, archive]);
          assert.match(await run("tar", ["-tf", archive]), /^app\/teller$/m);
          // What is not compressed is called by its diffID.
          const plain = join(folder, `../${compression}`);
          await run("skopeo", [
            ...["--insecure-policy", "copy", "--quiet", "--src-tls-verify=false"],
            ...["--dest-decompress", `docker://${image}:latest`, `dir:${plain}`],
          ]);
          const { rootfs } = JSON.parse(await run("crane", ["config", reference]));
          for (const diffID of rootfs.diff_ids) {
            const { digest } = await hashFile(join(plain, diffID.slice("sha256:".length)));
            assert.equal(digest, diffID);
          }
        });
      }
    });
  },
);
