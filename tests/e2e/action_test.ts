// The GitHub Action's script, run as GitHub would run it; and action.yml, which has to say what it needs.
import assert from "node:assert/strict";
import { basename, join } from "node:path";
import { parse } from "yaml";
import denoConfig from "../../deno.json" with { type: "json" };
import { archiveName, writeArchive } from "../../tools/release/archive.ts";
import { writeChecksums } from "../../tools/release/checksums.ts";
import { targetsNamed, thisTarget } from "../../tools/release/targets.ts";
import { ROOT } from "../../tools/source_tree.ts";
import { firstLacking, lackingProgram, requiring } from "../support/require.ts";
import { withTemporaryFolder } from "../support/temporary_folder.ts";

const lacking = lackingProgram("bash", "xargs");

/** How a run of the script ended. */
interface Ran {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
  /** What it wrote for GitHub: `path`, `env`, `output`. */
  readonly written: Readonly<Record<"path" | "env" | "output", string>>;
}

/** Runs the script with GitHub's variables and some inputs. */
async function action(
  folder: string,
  env: Readonly<Record<string, string>>,
): Promise<Ran> {
  const files = {
    GITHUB_PATH: join(folder, "path"),
    GITHUB_ENV: join(folder, "env"),
    GITHUB_OUTPUT: join(folder, "output"),
  };
  for (const file of Object.values(files)) await Deno.writeTextFile(file, "");
  const { code, stdout, stderr } = await new Deno.Command("bash", {
    args: [join(ROOT, ".ci/action")],
    cwd: folder,
    env: {
      ...files,
      RUNNER_TEMP: join(folder, "runner temp"),
      GITHUB_REPOSITORY: "Team/Shop",
      KRUST_REPO: "",
      INPUT_ARGS: "",
      ...env,
    },
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  return {
    status: code,
    stdout: decoder.decode(stdout),
    stderr: decoder.decode(stderr),
    written: {
      path: await Deno.readTextFile(files.GITHUB_PATH),
      env: await Deno.readTextFile(files.GITHUB_ENV),
      output: await Deno.readTextFile(files.GITHUB_OUTPUT),
    },
  };
}

await requiring(
  lacking,
  "the action puts krust on PATH and names the repository",
  () =>
    withTemporaryFolder(async (folder) => {
      const { status, stdout, stderr, written } = await action(folder, {});
      assert.equal(status, 0, stderr);
      assert.equal(stdout, "");
      assert.equal(written.path, `${join(folder, "runner temp/krust-bin")}\n`);
      assert.equal(written.env, "KRUST_REPO=ghcr.io/team/shop\n");
      assert.equal(written.output, "");
      const krust = join(written.path.trim(), "krust");
      const { stdout: version } = await new Deno.Command(krust, { args: ["version"] }).output();
      assert.equal(new TextDecoder().decode(version), `krust ${denoConfig.version}\n`);
    }),
);

await requiring(
  lacking,
  "the action runs krust where it should, and keeps what it prints",
  () =>
    withTemporaryFolder(async (folder) => {
      const text = "a: 1 # $(touch evil) `touch evil`\n---\nb: 2\n";
      await Deno.mkdir(join(folder, "the app"));
      await Deno.writeTextFile(join(folder, "the app/k8s '1'.yaml"), text);
      const { status, stdout, stderr, written } = await action(folder, {
        INPUT_ARGS: "resolve -q -f \"k8s '1'.yaml\"\n  --repo '$(touch evil)'",
        INPUT_WORKING_DIRECTORY: "the app",
        INPUT_REPO: "registry.test/own",
      });
      assert.equal(status, 0, stderr);
      assert.equal(stdout, text);
      assert.equal(written.env, "KRUST_REPO=registry.test/own\n");
      const [, end, kept] = /^stdout<<(\S+)\n([^]*)\n\1\n$/.exec(written.output) ?? [];
      assert.ok(end !== undefined && !text.includes(end));
      assert.equal(`${kept}\n`, text);
      const left = [...Deno.readDirSync(join(folder, "the app"))].map(({ name }) => name);
      assert.deepEqual(left, ["k8s '1'.yaml"], "nothing was evaluated");
    }),
);

await requiring(
  lacking,
  "the action fails with krust's own exit status",
  () =>
    withTemporaryFolder(async (folder) => {
      const { status, stdout, stderr, written } = await action(folder, {
        INPUT_ARGS: "resolve -f nowhere",
        KRUST_REPO: "registry.test/mine",
      });
      assert.equal(status, 2);
      assert.equal(stdout, "");
      assert.match(stderr, /Path does not exist: nowhere/);
      assert.equal(written.env, "", "a repository that is set stays");
      assert.equal(written.output, "");
    }),
);

await requiring(
  firstLacking(lacking, lackingProgram("curl", "sha256sum")),
  "the action installs a release where a version is named, and none with a wrong checksum",
  () =>
    withTemporaryFolder(async (folder) => {
      const [target] = targetsNamed(thisTarget());
      assert.ok(target !== undefined);
      const launcher = new TextEncoder().encode('#!/bin/sh\necho "release: $*"\n');
      await writeArchive(folder, archiveName("9.8.7", target), target, [
        { path: "krust", mode: 0o755, content: launcher },
        { path: "cargo-krust", mode: 0o777, content: "krust" },
        { path: "share/krust/x", mode: 0o644, content: new Uint8Array() },
      ]);
      await writeChecksums(folder);
      const server = Deno.serve(
        { hostname: "127.0.0.1", port: 0, onListen: () => {} },
        async ({ url }) => new Response(await Deno.readFile(join(folder, basename(url)))),
      );
      try {
        const env = {
          INPUT_VERSION: "v9.8.7",
          INPUT_ARGS: "build --locked",
          KRUST_RELEASES: `http://127.0.0.1:${server.addr.port}`,
        };
        const { status, stdout, stderr, written } = await action(folder, env);
        assert.equal(status, 0, stderr);
        assert.equal(stdout, "release: build --locked\n");
        assert.equal(written.path, `${join(folder, "runner temp/krust-release/bin")}\n`);
        await Deno.writeTextFile(
          join(folder, "SHA256SUMS"),
          `${"0".repeat(64)}  ${archiveName("9.8.7", target)}.tar.gz\n`,
        );
        const refused = await action(folder, env);
        assert.equal(refused.status, 5, refused.stderr);
        assert.equal(refused.written.path, "");
      } finally {
        await server.shutdown();
      }
    }),
);

Deno.test("action.yml hands every input to the script, and the script's output on", async () => {
  const text = await Deno.readTextFile(join(ROOT, "action.yml"));
  const definition: unknown = parse(text);
  assert.ok(typeof definition === "object" && definition !== null && "inputs" in definition);
  for (const input of Object.keys(definition.inputs ?? {})) {
    assert.ok(text.includes(`\${{ inputs.${input} }}`), input);
  }
  const script = await Deno.readTextFile(join(ROOT, ".ci/action"));
  for (const [, name = ""] of text.matchAll(/^ +(INPUT_[A-Z_]+):/gm)) {
    assert.ok(script.includes(name), name);
  }
  assert.match(text, /\$\{\{ steps\.krust\.outputs\.stdout \}\}/);
  assert.match(script, /'stdout<<%s/);
});
