// Documents to a cluster's door with real parts: real cargo, a registry, and the real kubectl. The
// cluster is a stand-in that keeps what kubectl sends it. And the snippets of docs/kubernetes.md, run.
import assert from "node:assert/strict";
import { join } from "node:path";
import { parse } from "yaml";
import { ROOT } from "../../tools/source_tree.ts";
import { KRUST, runKrust } from "../support/krust_process.ts";
import { type KubernetesApi, serveKubernetesApi } from "../support/kubernetes_api.ts";
import { firstLacking, lackingProgram, requiring } from "../support/require.ts";
import { serveFolder } from "../support/served_registry.ts";
import { withTemporaryFolder } from "../support/temporary_folder.ts";

const EXAMPLE = "example/kubernetes";
const REFERENCE = "127\\.0\\.0\\.1:\\d+/k8s/(?:clock|greeter)@sha256:[0-9a-f]{64}";
const lackingCargo = lackingProgram("cargo");

/** Works with a registry and the environment that makes krust push to it. */
async function withRegistry(
  work: (env: Readonly<Record<string, string>>, folder: string) => Promise<void>,
): Promise<void> {
  await withTemporaryFolder(async (folder) => {
    await using registry = await serveFolder(join(folder, "registry"));
    await work({
      KRUST_REPO: `${registry.host}/k8s`,
      KRUST_BASE: "builtin",
      KRUST_LIBC: "auto",
      KRUST_CACHE_DIR: join(folder, "cache"),
      KUBECONFIG: "/dev/null",
    }, folder);
  });
}

/** Arguments that lead kubectl to a server, and keep it from the user's own files. */
function leadTo({ url }: KubernetesApi, folder: string): readonly string[] {
  const cache = `--cache-dir=${join(folder, "kubectl")}`;
  return [`--server=${url}`, cache, "--validate=false"];
}

/** The images of the containers of what a server was given. */
function imagesOf({ objects }: KubernetesApi): readonly string[] {
  const text = JSON.stringify([...objects.values()].map(({ spec }) => spec));
  return [...text.matchAll(/"image":"([^"]*)"/g)].map(([, image = ""]) => image).sort();
}

await requiring(
  lackingCargo,
  "krust resolve changes the references of the example alone",
  () =>
    withRegistry(async (env) => {
      const { status, stdout, stderr } = await runKrust(["resolve", "-f", EXAMPLE], { env });
      assert.equal(status, 0, stderr);
      const written = await Promise.all(
        ["clock.yaml", "greeter.yaml"].map((name) => Deno.readTextFile(join(ROOT, EXAMPLE, name))),
      );
      const references = ["krust://../workspace/clock#clock", "krust://../workspace/greeter"];
      const back = stdout.replace(new RegExp(REFERENCE, "g"), () => references.shift() ?? "");
      assert.equal(back, written.join("---\n"));
    }),
);

await requiring(
  firstLacking(lackingCargo, lackingProgram("kubectl")),
  "the real kubectl gets images by digest, and what it says and how it ends is passed on",
  () =>
    withRegistry(async (env, folder) => {
      await using cluster = serveKubernetesApi();
      const lead = leadTo(cluster, folder);
      const applied = await runKrust(["apply", "-f", EXAMPLE, "--", ...lead], {
        env,
        permissions: "tools",
      });
      assert.equal(applied.status, 0, applied.stderr);
      assert.deepEqual(applied.stdout.trimEnd().split("\n"), [
        "deployment.apps/clock created",
        "service/clock created",
        "deployment.apps/greeter created",
        "service/greeter created",
      ]);
      const images = imagesOf(cluster);
      assert.equal(images.length, 2);
      for (const image of images) assert.match(image, new RegExp(`^${REFERENCE}$`));

      const refused = await runKrust(["create", "-f", EXAMPLE, "--", ...lead, "--no-such"], {
        env,
        permissions: "tools",
      });
      assert.equal(refused.status, 1);
      assert.match(refused.stderr, /unknown flag: --no-such/);

      await using closed = serveKubernetesApi({ refuses: "you may not do that" });
      const options = leadTo(closed, join(folder, "closed"));
      const forbidden = await runKrust(["create", "-f", EXAMPLE, "--", ...options], {
        env,
        permissions: "tools",
      });
      assert.equal(forbidden.status, 1);
      assert.equal(forbidden.stdout, "");
      assert.match(forbidden.stderr, /you may not do that/);
      assert.deepEqual([...closed.objects], []);

      const deleted = await runKrust([
        "delete",
        "-f",
        EXAMPLE,
        "--",
        ...lead.slice(0, 2),
        "--wait=false",
      ], { env, permissions: "tools" });
      assert.equal(deleted.status, 0, deleted.stderr);
      assert.match(deleted.stdout, /^deployment\.apps "greeter" deleted/m);
      assert.deepEqual([...cluster.objects], []);
    }),
);

/** A block of code in docs/kubernetes.md that begins with a line. */
async function snippet(first: string): Promise<string> {
  const text = await Deno.readTextFile(join(ROOT, "docs/kubernetes.md"));
  const [, code] = new RegExp("```[a-z]*\\n(" + first + "\\n[^`]*)```").exec(text) ?? [];
  return code ?? assert.fail(`docs/kubernetes.md has no block that begins with ${first}`);
}

/** Runs a line of a shell in the example's workspace, with krust on PATH; gives its output. */
async function shell(
  line: string,
  env: Readonly<Record<string, string>>,
  bin: string,
): Promise<string> {
  const krust = join(bin, "krust");
  const words = [Deno.execPath(), ...KRUST].map((word) => `'${word}'`).join(" ");
  await Deno.mkdir(bin, { recursive: true });
  await Deno.writeTextFile(krust, `#!/bin/sh\nexec ${words} "$@"\n`);
  await Deno.chmod(krust, 0o755);
  const { success, stdout, stderr } = await new Deno.Command("sh", {
    args: ["-c", line],
    cwd: join(ROOT, "example/workspace"),
    env: { ...env, CI: "true", PATH: `${bin}:${Deno.env.get("PATH") ?? ""}` },
    stdin: "null",
  }).output();
  assert.ok(success, new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout);
}

await requiring(
  lackingCargo,
  "Skaffold's and Tilt's snippets in the documentation push what they should",
  () =>
    withRegistry(async (env, folder) => {
      const bin = join(folder, "bin");
      const skaffold: unknown = parse(await snippet("apiVersion: skaffold/v4beta11"));
      const command = /"buildCommand":("(?:[^"\\]|\\.)*")/.exec(JSON.stringify(skaffold))?.[1];
      const image = `${env["KRUST_REPO"]}/skaffold:v1-dirty`;
      const pushed = await shell(JSON.parse(command ?? '""'), {
        ...env,
        IMAGE: image,
        PUSH_IMAGE: "true",
      }, bin);
      assert.match(pushed, /^127\.0\.0\.1:\d+\/k8s\/skaffold@sha256:[0-9a-f]{64}\n$/);
      const tagged = await fetch(
        `http://${image.replace("/", "/v2/").replace(":v1", "/manifests/v1")}`,
      );
      await tagged.body?.cancel();
      assert.equal(tagged.status, 200, "under the name that Skaffold gave");

      const [, line = ""] = /'(krust build .*)',/.exec(await snippet("custom_build\\(")) ?? [];
      await shell(line.replace(".image", join(folder, "image")), env, bin);
      assert.match(
        await Deno.readTextFile(join(folder, "image")),
        /^127\.0\.0\.1:\d+\/k8s\/greeter@sha256:[0-9a-f]{64}\n$/,
      );
    }),
);
