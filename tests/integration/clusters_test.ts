// Images for clusters on this machine. kind, k3d and minikube are stand-ins that record what they are
// given: none of them can run here.
import assert from "node:assert/strict";
import type { FakeProgram } from "../support/fake_host.ts";
import { HELLO, onMachine } from "./machine.ts";

/** What a cluster's program was given. */
interface Loaded {
  readonly args: readonly string[];
  /** The archive's names for the image. */
  readonly names: readonly string[];
}

/** A program that looks into the archive that it is to load. */
function recording(loaded: Loaded[], status = 0): FakeProgram {
  return async (call) => {
    const archive = call.args.find((arg) => arg.endsWith(".tar")) ?? assert.fail("no archive");
    const text = new TextDecoder("latin1").decode(await Deno.readFile(archive));
    const [, tags = "[]"] = /"RepoTags":(\[[^\]]*\])/.exec(text) ?? [];
    const names: unknown = JSON.parse(tags);
    assert.ok(Array.isArray(names));
    loaded.push({ args: call.args.map((arg) => arg === archive ? "ARCHIVE" : arg), names });
    if (status !== 0) call.err('ERROR: no nodes found for cluster "kind"\n');
    return status;
  };
}

const CLUSTERS: readonly (readonly [
  program: string,
  env: Readonly<Record<string, string>>,
  args: readonly string[],
])[] = [
  ["kind", {}, ["load", "image-archive", "ARCHIVE"]],
  [
    "kind",
    { KIND_CLUSTER_NAME: "dev" },
    ["load", "image-archive", "ARCHIVE", "--name", "dev"],
  ],
  ["k3d", {}, ["image", "import", "ARCHIVE"]],
  ["k3d", { K3D_CLUSTER_NAME: "dev" }, ["image", "import", "ARCHIVE", "--cluster", "dev"]],
  ["minikube", {}, ["image", "load", "ARCHIVE"]],
  ["minikube", { MINIKUBE_PROFILE: "dev" }, ["image", "load", "ARCHIVE", "--profile", "dev"]],
];

for (const [program, variables, args] of CLUSTERS) {
  const cluster = Object.values(variables)[0] ?? "its usual cluster";
  Deno.test(`KRUST_REPO=${program}.local loads the image into ${cluster}`, async () => {
    await onMachine({ ...HELLO, "k8s.yaml": "image: krust://.\n" }, async ({ krust }) => {
      const loaded: Loaded[] = [];
      const env = { KRUST_REPO: `${program}.local`, KRUST_BASE: "builtin", ...variables };
      const programs = { [program]: recording(loaded) };
      const ran = await krust(["resolve", "-f", "k8s.yaml"], { env, programs });
      assert.equal(ran.status, 0, ran.stderr);
      const [, image = ""] = /^image: (\S+)\n$/.exec(ran.stdout) ?? [];
      assert.match(image, new RegExp(`^${program}\\.local/hello:[0-9a-f]{64}$`));
      assert.deepEqual(loaded, [{ args, names: [image, `${program}.local/hello:latest`] }]);
      assert.deepEqual(ran.host.requests, [], "nothing is pushed");
    });
  });
}

Deno.test("a cluster whose program is not there, or refuses, is an error that says so", async () => {
  await onMachine(HELLO, async ({ krust }) => {
    const env = { KRUST_REPO: "kind.local", KRUST_BASE: "builtin" };
    const absent = await krust(["build"], { env });
    assert.equal(absent.status, 7);
    assert.equal(absent.stdout, "");
    assert.match(absent.stderr, /^error\[engine-failed\]: .*there is no kind on PATH$/m);
    const refused = await krust(["build"], { env, programs: { kind: recording([], 1) } });
    assert.equal(refused.status, 7);
    assert.match(refused.stderr, /no nodes found for cluster "kind"/);
    assert.match(refused.stderr, /KIND_CLUSTER_NAME names the cluster: it is not set/);
  });
});

Deno.test("build --local wins over a cluster's repository", async () => {
  await onMachine(HELLO, async ({ krust }) => {
    const docker: FakeProgram = async (call) => {
      if (call.args[0] === "load") await call.stdin();
      else call.out("linux/amd64\n");
      return 0;
    };
    const env = { KRUST_REPO: "kind.local", KRUST_BASE: "builtin" };
    const ran = await krust(["build", "--local"], { env, programs: { docker } });
    assert.equal(ran.status, 0, ran.stderr);
    assert.match(ran.stdout, /^krust\.local\/hello:[0-9a-f]{64}\n$/);
  });
});
