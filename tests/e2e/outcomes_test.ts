// How krust ends when the world is against it: as a process, with real servers and real devices.
import assert from "node:assert/strict";
import { type KrustRun, runKrust } from "../support/krust_process.ts";
import { realRegistryAvailable, startRealRegistry } from "../support/registry_server.ts";
import { firstLacking, lackingProgram, requiring } from "../support/require.ts";
import { withTemporaryFolder } from "../support/temporary_folder.ts";

const LOGIN = { username: "somebody", password: "canary-7f3a" };
const EXAMPLE = "example/hello-krust";
const BUILD = ["build", "--libc", "auto", "--base", "builtin"];

const lackingCargo = lackingProgram("cargo");
const lackingRegistry = firstLacking(lackingCargo, realRegistryAvailable());

function assertFailure({ status, stdout, stderr }: KrustRun, expected: number, code: string): void {
  assert.equal(status, expected, stderr);
  assert.equal(stdout, "");
  assert.match(stderr, new RegExp(`^error\\[${code}\\]: `, "m"));
  assert.doesNotMatch(stderr, /^\s+at .*:\d+:\d+/m, "a stack trace");
}

/** A docker configuration that holds a login. */
async function dockerConfig(folder: string, host: string, password: string): Promise<string> {
  const auth = btoa(`${LOGIN.username}:${password}`);
  await Deno.writeTextFile(
    `${folder}/config.json`,
    JSON.stringify({ auths: { [host]: { auth } } }),
  );
  return folder;
}

await requiring(
  lackingRegistry,
  "credentials: none and wrong ones end with 4 and give nothing away, right ones push",
  () =>
    withTemporaryFolder(async (folder) => {
      await using registry = await startRealRegistry({ login: LOGIN });
      const push = (env: Readonly<Record<string, string>>): Promise<KrustRun> =>
        runKrust([...BUILD, "-v", EXAMPLE], {
          env: { KRUST_REPO: `${registry.host}/x`, KRUST_CACHE_DIR: `${folder}/cache`, ...env },
        });
      const nobody = await push({ DOCKER_CONFIG: `${folder}/nowhere` });
      assertFailure(nobody, 4, "auth-required");
      assert.match(nobody.stderr, /docker login/);

      const wrong = await dockerConfig(folder, registry.host, `${LOGIN.password}-wrong`);
      const refused = await push({ DOCKER_CONFIG: wrong });
      assertFailure(refused, 4, "auth-required");
      assert.doesNotMatch(refused.stderr, /canary/);
      assert.equal(refused.stderr.includes(btoa(`${LOGIN.username}:`).slice(0, 8)), false);

      const right = await dockerConfig(folder, registry.host, LOGIN.password);
      const pushed = await push({ DOCKER_CONFIG: right });
      assert.equal(pushed.status, 0, pushed.stderr);
      assert.match(pushed.stdout, /^[^\n]*@sha256:[0-9a-f]{64}\n$/);
      assert.doesNotMatch(pushed.stderr, /canary/);

      const file = `${folder}/config.toml`;
      await Deno.writeTextFile(
        file,
        `[registries."${registry.host}"]\nusername = "${LOGIN.username}"\npassword = "${LOGIN.password}"\n`,
        { mode: 0o600 },
      );
      const again = await push({ KRUST_CONFIG: file, DOCKER_CONFIG: `${folder}/nowhere` });
      assert.equal(again.status, 0, again.stderr);
      assert.equal(again.stdout, pushed.stdout);
    }),
);

await requiring(lackingCargo, "a registry that does not answer ends with 6, and soon", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  const refused = await runKrust([...BUILD, "--image", `127.0.0.1:${port}/x`, EXAMPLE]);
  assertFailure(refused, 6, "network-failed");
  assert.match(refused.stderr, new RegExp(`cannot connect to 127\\.0\\.0\\.1:${port}`));
  const unknown = await runKrust([...BUILD, "--image", "nosuch.invalid/x", EXAMPLE]);
  assertFailure(unknown, 6, "network-failed");
  assert.match(unknown.stderr, /cannot resolve nosuch\.invalid/);
});
