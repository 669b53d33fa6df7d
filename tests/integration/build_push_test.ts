// The main job from arguments to the registry's content, through the registry's HTTP side.
import assert from "node:assert/strict";
import { HELLO, onMachine } from "./machine.ts";
import { pullValid, soleImage } from "./pulled.ts";
import { listLayer } from "../support/layer_listing.ts";
import { publish, syntheticImage } from "../support/images.ts";

const REPO = { KRUST_REPO: "registry.test/team" };
const BUILTIN = ["build", "--base", "builtin"] as const;

Deno.test("build prints one reference, and the registry holds the whole image behind it", async () => {
  await onMachine(HELLO, async ({ registry, krust }) => {
    const memory = registry("registry.test");
    const { status, stdout, stderr } = await krust(BUILTIN, { env: REPO });
    assert.equal(status, 0, stderr);
    assert.match(stdout, /^registry\.test\/team\/hello@sha256:[0-9a-f]{64}\n$/);
    const image = soleImage(await pullValid(memory, stdout.trim()));
    assert.equal(stdout, `registry.test/team/hello@${image.descriptor.digest}\n`);
    const tagged = await memory.getManifest("team/hello", "latest");
    assert.equal(tagged.descriptor.digest, image.descriptor.digest);
  });
});

Deno.test("an application stands on its base: configuration, layer, times and facts", async () => {
  await onMachine(HELLO, async ({ registry, krust }) => {
    const memory = registry("registry.test");
    const base = await syntheticImage({ layers: 1 });
    await publish(memory, "base", base, "v1");
    const { status, stdout, stderr } = await krust(
      ["build", "--base", "registry.test/base:v1"],
      { env: REPO },
    );
    assert.equal(status, 0, stderr);
    const { config, layers, annotations } = soleImage(await pullValid(memory, stdout.trim()));
    const facts = {
      "org.opencontainers.image.title": "hello",
      "org.opencontainers.image.version": "1.2.3",
      "org.opencontainers.image.description": "Says hello",
      "org.opencontainers.image.licenses": "MIT",
      "org.opencontainers.image.source": "https://git.test/hello",
    };
    assert.deepEqual(config.config, {
      User: "65532:65532",
      Env: ["PATH=/bin:/app"],
      Entrypoint: ["/app/hello"],
      Labels: { seed: "1", ...facts },
    });
    assert.equal(config.created, "1970-01-01T00:00:00Z");
    assert.equal(config.history?.at(-1)?.created, undefined);
    assert.deepEqual(annotations, {
      ...facts,
      "org.opencontainers.image.base.name": "registry.test/base:v1",
      "org.opencontainers.image.base.digest": base.descriptor.digest,
    });
    assert.equal(layers[0]?.descriptor.digest, base.layers[0]?.descriptor.digest);
    const [, application] = layers;
    assert.ok(application !== undefined);
    const listing = (await listLayer(application)).split("\n");
    assert.match(listing[0] ?? "", /^\.\/app type=directory mode=0755 uid=0 gid=0 time=0$/);
    assert.match(listing[1] ?? "", /^\.\/app\/hello type=file mode=0755 uid=0 gid=0 time=0 size=/);
  });
});

Deno.test("the same again sends two requests at most and no blob, whatever the cache holds", async () => {
  await onMachine(HELLO, async ({ registry, krust, folder }) => {
    const memory = registry("registry.test");
    await publish(memory, "base", await syntheticImage(), "v1");
    const args = ["build", "--base", "registry.test/base:v1"];
    const first = await krust(args, { env: REPO });
    assert.equal(first.status, 0, first.stderr);
    const second = await krust(args, { env: REPO });
    assert.equal(second.stdout, first.stdout);
    const { requests } = second.host;
    assert.ok(requests.length <= 2, requests.join("\n"));
    assert.deepEqual(requests.filter((request) => !request.startsWith("HEAD ")), []);
    // A colleague, who has nothing: documents of the base are read, and still nothing is sent.
    const third = await krust(args, { env: { ...REPO, KRUST_CACHE_DIR: `${folder}/.cache` } });
    assert.equal(third.stdout, first.stdout);
    assert.deepEqual(third.host.requests.filter((one) => !/^(HEAD|GET) /.test(one)), []);
    assert.ok(third.host.requests.length <= 5, third.host.requests.join("\n"));
  });
});

Deno.test("base layers are mounted where the base is on the target's registry", async () => {
  await onMachine(HELLO, async ({ registry, krust }) => {
    const memory = registry("registry.test");
    const base = await syntheticImage();
    await publish(memory, "base", base, "v1");
    const { status, host, stderr } = await krust(
      ["build", "--base", "registry.test/base:v1"],
      { env: REPO },
    );
    assert.equal(status, 0, stderr);
    for (const { descriptor: { digest } } of base.layers) {
      const mount =
        `POST https://registry.test/v2/team/hello/blobs/uploads/?mount=${digest}&from=base`;
      const about = host.requests.filter((request) => request.includes(digest.slice(7)));
      assert.ok(about.some((request) => decodeURIComponent(request) === mount), about.join("\n"));
      assert.deepEqual(about.filter((request) => /^(PUT|PATCH|GET) /.test(request)), []);
    }
  });
});

Deno.test("base layers go from registry to registry where they are not the same", async () => {
  await onMachine(HELLO, async ({ registry, krust }) => {
    const source = registry("bases.test");
    const memory = registry("registry.test");
    await publish(source, "base", await syntheticImage(), "v1");
    const { status, stdout, stderr } = await krust(
      ["build", "--base", "bases.test/base:v1"],
      { env: REPO },
    );
    assert.equal(status, 0, stderr);
    await pullValid(memory, stdout.trim());
  });
});

Deno.test("SOURCE_DATE_EPOCH sets the times of files, image and history", async () => {
  await onMachine(HELLO, async ({ registry, krust }) => {
    const memory = registry("registry.test");
    const env = { ...REPO, SOURCE_DATE_EPOCH: "1700000000" };
    const { status, stdout, stderr } = await krust(BUILTIN, { env });
    assert.equal(status, 0, stderr);
    const { config, layers } = soleImage(await pullValid(memory, stdout.trim()));
    assert.equal(config.created, "2023-11-14T22:13:20Z");
    assert.equal(config.history?.at(-1)?.created, "2023-11-14T22:13:20Z");
    const application = layers.at(-1);
    assert.ok(application !== undefined);
    const times = (await listLayer(application)).matchAll(/time=(\d+)/g);
    assert.deepEqual([...new Set([...times].map(([, time]) => time))], ["1700000000"]);
  });
});

Deno.test("the digest does not depend on the time, the folder or the number of processors", async () => {
  const digests: string[] = [];
  for (const [now, cpus] of [["2020-01-01T00:00:00Z", 1], ["2030-06-06T06:06:06Z", 8]] as const) {
    await onMachine(HELLO, async ({ registry, krust }) => {
      registry("registry.test");
      const { stdout } = await krust(BUILTIN, { env: REPO, now: new Date(now), cpus });
      digests.push(stdout);
    });
  }
  assert.match(digests[0] ?? "", /@sha256:/);
  assert.equal(digests[1], digests[0]);
});

Deno.test("labels and annotations override facts, each in its place", async () => {
  await onMachine(HELLO, async ({ registry, krust, write }) => {
    const memory = registry("registry.test");
    await write({
      "Cargo.toml": `${HELLO["Cargo.toml"]}
[package.metadata.krust]
label = { team = "one", tier = "web" }
`,
    });
    const { status, stdout, stderr } = await krust([
      ...BUILTIN,
      ...["--label", "org.opencontainers.image.title=Mine", "--label", "team=two"],
      ...["--annotation", "org.opencontainers.image.version=9", "--annotation", "note=a=b"],
    ], { env: REPO });
    assert.equal(status, 0, stderr);
    const { config, annotations } = soleImage(await pullValid(memory, stdout.trim()));
    const labels = config.config?.Labels ?? {};
    assert.equal(labels["org.opencontainers.image.title"], "Mine");
    assert.equal(labels["org.opencontainers.image.version"], "1.2.3");
    assert.equal(labels["team"], "two");
    assert.equal(labels["tier"], "web");
    assert.equal(annotations["org.opencontainers.image.title"], "hello");
    assert.equal(annotations["org.opencontainers.image.version"], "9");
    assert.equal(annotations["note"], "a=b");
  });
});

Deno.test("`cargo krust build` is `krust build`", async () => {
  await onMachine(HELLO, async ({ registry, krust }) => {
    registry("registry.test");
    const { stdout } = await krust(BUILTIN, { env: REPO });
    assert.equal((await krust(["krust", ...BUILTIN], { env: REPO })).stdout, stdout);
  });
});

Deno.test("--image names the repository and one tag, beside which --tag puts others", async () => {
  await onMachine(HELLO, async ({ registry, krust }) => {
    const memory = registry("registry.test");
    const args = [...BUILTIN, "--image", "registry.test/app:v1", "--tag", "v2,v3"];
    const { status, stdout, stderr } = await krust(args, { env: REPO });
    assert.equal(status, 0, stderr);
    assert.match(stdout, /^registry\.test\/app@sha256:[0-9a-f]{64}\n$/);
    assert.deepEqual(await memory.listTags("app"), ["v1", "v2", "v3"]);
  });
});
