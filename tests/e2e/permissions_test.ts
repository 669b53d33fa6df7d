// krust under the narrow permissions of deno.json: it builds and pushes, and what is not on the list
// cannot be read, run or asked for.
import assert from "node:assert/strict";
import { join } from "node:path";
import { MemoryRegistry } from "../../src/registry/memory.ts";
import { serveRegistry } from "../../src/registry/server.ts";
import { ROOT } from "../../tools/source_tree.ts";
import { run } from "../support/program.ts";
import { lackingProgram, requiring } from "../support/require.ts";
import { withTemporaryFolder } from "../support/temporary_folder.ts";
import { NATIVE, TOOLCHAIN } from "./cargo_toolchain.ts";

const lacking = lackingProgram("cargo", "rustc", "cc");
const SECRET = "canary-of-the-environment";

/** Arguments for `deno` with the permission set of deno.json, and folders. */
function narrow(folders: { readonly read: readonly string[]; readonly write: readonly string[] }) {
  return [
    ...["run", "-P", "--config", join(ROOT, "deno.json"), "--no-prompt", "--no-check"],
    ...["--cached-only", `--allow-read=${folders.read.join(",")}`],
    `--allow-write=${folders.write.join(",")}`,
  ];
}

interface Ended {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function deno(args: readonly string[], env: Record<string, string>): Promise<Ended> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [...args],
    env: { DENO_NO_UPDATE_CHECK: "1", ...env },
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  return { status: code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

await requiring(
  lacking,
  "the example is built and pushed under the permissions of deno.json",
  async () => {
    await withTemporaryFolder(async (top) => {
      const folder = await Deno.realPath(top);
      await run("cp", ["-r", join(ROOT, "example/hello-krust"), join(folder, "project")]);
      await Deno.remove(join(folder, "project/target"), { recursive: true }).catch(() => {});
      const sysroot = (await run("rustc", ["--print", "sysroot"], { env: TOOLCHAIN })).trim();
      const handler = serveRegistry(new MemoryRegistry("127.0.0.1"));
      const options = { port: 0, hostname: "127.0.0.1", onListen: () => {} };
      const server = Deno.serve(options, (request) => handler(request));
      try {
        const host = `127.0.0.1:${server.addr.port}`;
        const { status, stdout, stderr } = await deno([
          ...narrow({ read: [folder, sysroot, "/usr/bin", "/bin"], write: [folder] }),
          join(ROOT, "main.ts"),
          ...["build", "--base", "builtin", "--libc", "auto", "--platform", NATIVE],
          join(folder, "project"),
        ], {
          ...TOOLCHAIN,
          KRUST_REPO: `${host}/x`,
          KRUST_CACHE_DIR: join(folder, "cache"),
          XDG_CONFIG_HOME: folder,
          DOCKER_CONFIG: folder,
        });
        assert.equal(status, 0, stderr);
        assert.match(stdout, /^127\.0\.0\.1:\d+\/x\/hello-krust@sha256:[0-9a-f]{64}\n$/);
      } finally {
        await server.shutdown();
      }
    });
  },
);

/** What a library gone bad would try, and each time what came of it. */
const CANARY = `
const tries = {
  "read a file": () => Deno.readTextFileSync("/etc/hosts"),
  "write a file": () => Deno.writeTextFileSync("/tmp/krust-canary", "x"),
  "read a variable": () => Deno.env.get("AWS_SECRET_ACCESS_KEY"),
  "read all variables": () => Deno.env.toObject(),
  "run a program": () => new Deno.Command("sh", { args: ["-c", "true"] }).outputSync(),
  "run by path": () => new Deno.Command("/bin/sh", { args: ["-c", "true"] }).outputSync(),
  "load a library": () => Deno.dlopen("libc.so.6", {}),
  "ask for the host's name": () => Deno.hostname(),
};
for (const [what, attempt] of Object.entries(tries)) {
  try { console.log(what, "done", attempt()); } catch (error) { console.log(what, error.name); }
}
console.log("read what is listed", Deno.env.get("KRUST_REPO"));
`;

Deno.test("what the permissions of deno.json do not list fails", async () => {
  await withTemporaryFolder(async (folder) => {
    const program = join(folder, "canary.ts");
    await Deno.writeTextFile(program, CANARY);
    const { stdout, stderr } = await deno(
      [...narrow({ read: [folder], write: [folder] }), program],
      { AWS_SECRET_ACCESS_KEY: SECRET, KRUST_REPO: "listed" },
    );
    const lines = stdout.trimEnd().split("\n");
    assert.equal(lines.pop(), "read what is listed listed", stderr);
    assert.equal(lines.length, 8, stdout);
    for (const line of lines) assert.match(line, / NotCapable$/);
    assert.ok(!stdout.includes(SECRET));
  });
});
