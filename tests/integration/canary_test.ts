// A secret in every place where krust finds one, and every way in which a run can end: the secret is in
// nothing that krust writes, nor in the arguments of what it runs.
import assert from "node:assert/strict";
import { join } from "node:path";
import type { Handler } from "../support/fake_host.ts";
import { publish, syntheticImage } from "../support/images.ts";
import { gunzip } from "../../src/core/gunzip.ts";
import type { Image } from "../../src/image/image.ts";
import { drain } from "../support/streams.ts";
import { HELLO, type Machine, onMachine, type Ran } from "./machine.ts";
import { pullValid } from "./pulled.ts";

const SECRET = "canary-9e02ab";
const BASE64 = new TextEncoder().encode(`me:${SECRET}`).toBase64();
const HOST = "registry.test";

/** Where the secret stands. */
const PLACES: Readonly<Record<string, (machine: Machine) => Promise<Record<string, string>>>> = {
  "docker's config.json": async ({ home }) => {
    await writeSecret(join(home, "docker"), `{"auths":{"${HOST}":{"auth":"${BASE64}"}}}`);
    return { DOCKER_CONFIG: join(home, "docker") };
  },
  "config.toml": async ({ home }) => {
    const text = `[registries."${HOST}"]\nusername = "me"\npassword = "${SECRET}"\n`;
    await writeSecret(join(home, "docker"), text);
    return { KRUST_CONFIG: join(home, "docker/config.json") };
  },
  "DOCKER_AUTH_CONFIG": () =>
    Promise.resolve({ DOCKER_AUTH_CONFIG: `{"auths":{"${HOST}":{"auth":"${BASE64}"}}}` }),
};

async function writeSecret(folder: string, text: string): Promise<void> {
  await Deno.mkdir(folder);
  await Deno.writeTextFile(join(folder, "config.json"), text, { mode: 0o600 });
}

/** Answers after the credentials were shown; before, it asks for them. */
function asking(answer: (request: Request) => Response): Handler {
  return async (request) => {
    await request.body?.cancel();
    return request.headers.has("authorization") ? answer(request) : new Response(null, {
      status: 401,
      headers: { "www-authenticate": 'Basic realm="x"' },
    });
  };
}

/** How a registry may behave to one who has shown the secret; the exit status of a build. */
const ENDINGS: readonly (readonly [what: string, status: number, registry: Handler | undefined])[] =
  [
    ["takes all", 0, undefined],
    ["refuses the credentials", 4, asking(() => new Response(null, { status: 401 }))],
    ["denies", 4, asking(() => new Response(null, { status: 403 }))],
    ["is out of order", 5, asking(() => new Response("oops", { status: 500 }))],
    ["limits the rate", 5, asking(() => new Response(null, { status: 429 }))],
    ["answers nonsense", 5, asking(() => new Response("<html>", { status: 200 }))],
    ["leads to a dead host", 6, asking(() => redirect("https://dead.invalid/x"))],
    ["leads off TLS", 5, asking(() => redirect(`http://${HOST}/x`))],
    ["leads to metadata", 5, asking(() => redirect("https://169.254.169.254/x"))],
    [
      "breaks off",
      6,
      asking(() => {
        throw new TypeError("fetch failed", { cause: new Error("connection reset by peer") });
      }),
    ],
  ];

function redirect(location: string): Response {
  return new Response(null, { status: 307, headers: { location } });
}

function assertNoSecret({ stdout, stderr, host }: Ran): void {
  const commands = host.commands.map(({ program, args, env }) => ({ program, args, env }));
  const seen = [stdout, stderr, ...host.requests, JSON.stringify(commands)].join("\n");
  for (const secret of [SECRET, BASE64]) assert.ok(!seen.includes(secret), seen);
}

for (const [place, settle] of Object.entries(PLACES)) {
  for (const [what, status, handler] of ENDINGS) {
    Deno.test(`no secret of ${place} is shown when the registry ${what}`, async () => {
      await onMachine(HELLO, async (machine) => {
        if (handler === undefined) machine.registry(HOST, { auth: { basic: { me: SECRET } } });
        else machine.serve(HOST, handler);
        const env = { ...await settle(machine), KRUST_REPO: `${HOST}/team` };
        const image = ["build", "-v", "--base", "builtin"];
        const build = await machine.krust(image, { env });
        assert.equal(build.status, status, build.stderr);
        assertNoSecret(build);
        assertNoSecret(await machine.krust([...image, "--progress", "json"], { env }));
        assertNoSecret(await machine.krust(["config", "show", "-v"], { env }));
        const json = await machine.krust(["auth", "check", "-v", "--json", `${HOST}/team/x`], {
          env,
        });
        assertNoSecret(json);
        assert.equal(json.status === 0, status === 0, json.stderr);
        const login = ["login", "-v", "-u", "me", "--password-stdin", HOST];
        assertNoSecret(await machine.krust(login, { env, stdin: SECRET }));
        assertNoSecret(await machine.krust(["logout", "-v", HOST], { env }));
      });
    });
  }
}

Deno.test("no secret is shown when the compiler fails, or a private base is not there", async () => {
  await onMachine(HELLO, async (machine) => {
    const bases = machine.registry(HOST, { auth: { bearer: { users: { me: SECRET } } } });
    await publish(bases, "base", await syntheticImage(), "v1");
    const settle = PLACES["DOCKER_AUTH_CONFIG"];
    assert.ok(settle !== undefined);
    const env = { ...await settle(machine), KRUST_REPO: `${HOST}/team` };
    const missing = await machine.krust(["build", "-v", "--base", `${HOST}/none`], { env });
    assert.equal(missing.status, 5, missing.stderr);
    assertNoSecret(missing);
    await machine.write({ "src/main.rs": 'compile_error!("not today");\n' });
    const failed = await machine.krust(["build", "-v", "--base", `${HOST}/base:v1`], { env });
    assert.equal(failed.status, 3, failed.stderr);
    assertNoSecret(failed);
  });
});

/** All bytes of an image as text: manifest, configuration, and what its layers unpack to. */
async function textOf(image: Image): Promise<string> {
  const decoder = new TextDecoder();
  const parts = [
    decoder.decode(image.raw),
    decoder.decode(await drain(await image.configBlob.open())),
  ];
  for (const layer of image.layers) {
    parts.push(decoder.decode(await drain(gunzip(await layer.open(), "a layer"))));
  }
  return parts.join("\n");
}

/** The files below a folder that hold the secret. */
async function filesWithSecret(folder: string): Promise<readonly string[]> {
  const found: string[] = [];
  for await (const { name, isDirectory, isFile } of Deno.readDir(folder)) {
    const path = join(folder, name);
    if (isDirectory) found.push(...await filesWithSecret(path));
    if (!isFile) continue;
    const text = await Deno.readTextFile(path);
    if ([SECRET, BASE64].some((secret) => text.includes(secret))) found.push(path);
  }
  return found;
}

Deno.test("no secret in the environment gets into an image, a file or a program's arguments", async () => {
  await onMachine(HELLO, async (machine) => {
    const memory = machine.registry(HOST, { auth: { bearer: { users: { me: SECRET } } } });
    const env = {
      KRUST_REPO: `${HOST}/team`,
      DOCKER_AUTH_CONFIG: `{"auths":{"${HOST}":{"auth":"${BASE64}"}}}`,
      GITHUB_TOKEN: SECRET,
      AWS_SECRET_ACCESS_KEY: SECRET,
      HTTPS_PROXY: "",
      MY_PASSWORD: SECRET,
    };
    const layout = join(machine.folder, "out");
    const args = ["build", "-v", "--base", "builtin", "--oci-layout", layout];
    const build = await machine.krust(args, { env });
    assert.equal(build.status, 0, build.stderr);
    assertNoSecret(build);
    const node = await pullValid(memory, build.stdout.trim());
    assert.ok(node.kind === "image");
    const text = await textOf(node);
    assert.ok(text.includes("hello"), "the image was read");
    for (const secret of [SECRET, BASE64]) assert.ok(!text.includes(secret));
    for (const folder of [machine.folder, machine.home]) {
      assert.deepEqual(await filesWithSecret(folder), []);
    }
  });
});
