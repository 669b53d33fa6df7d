// `krust registry serve` as a process: what outlives it, however it ends, and other tools against it.
import assert from "node:assert/strict";
import { join } from "node:path";
import { sha256 } from "../../src/core/digest.ts";
import { run } from "../support/program.ts";
import { lackingProgram, requiring } from "../support/require.ts";
import { serveFolder } from "../support/served_registry.ts";
import { noise } from "../support/streams.ts";
import { withTemporaryFolder } from "../support/temporary_folder.ts";

const CONTENT = noise(4 * 1024 * 1024);
const DIGEST = sha256(CONTENT);

/** The status of an answer whose body nobody wants. */
async function statusOf(url: string, init: RequestInit = {}): Promise<number> {
  const response = await fetch(url, init);
  await response.body?.cancel();
  return response.status;
}

async function startUpload(host: string): Promise<string> {
  const response = await fetch(`http://${host}/v2/app/blobs/uploads/`, { method: "POST" });
  await response.body?.cancel();
  return response.headers.get("location") ?? "";
}

/** Sends half of a blob over a socket that stays open, and waits until the server has written some. */
async function sendHalf(host: string, path: string, folder: string): Promise<Deno.Conn> {
  const [hostname = "", port = ""] = host.split(":");
  const connection = await Deno.connect({ hostname, port: Number(port) });
  const head = `PUT ${path}?digest=${DIGEST} HTTP/1.1\r\nhost: ${host}\r\n` +
    `content-length: ${CONTENT.length}\r\n\r\n`;
  await connection.write(new TextEncoder().encode(head));
  for (let at = 0; at < CONTENT.length / 2;) {
    at += await connection.write(CONTENT.subarray(at, CONTENT.length / 2));
  }
  const arriving = join(folder, "arriving");
  const written = async (): Promise<boolean> => {
    for await (const { name } of Deno.readDir(arriving)) {
      if ((await Deno.stat(join(arriving, name))).size > 0) return true;
    }
    return false;
  };
  while (!await written()) await new Promise((resolve) => setTimeout(resolve, 10));
  return connection;
}

for (const signal of ["SIGKILL", "SIGTERM"] as const) {
  Deno.test(`${signal} in the middle of an upload leaves no blob, and the upload goes on`, () =>
    withTemporaryFolder(async (folder) => {
      await using first = await serveFolder(folder);
      const location = await startUpload(first.host);
      using _ = await sendHalf(first.host, location, folder);
      const { status } = await first.end(signal);
      assert.equal(status, signal === "SIGTERM" ? 0 : 137);

      await using second = await serveFolder(folder);
      assert.equal(await statusOf(`http://${second.host}/v2/app/blobs/${DIGEST}`), 404);
      const url = `http://${second.host}${location}`;
      const stand = await fetch(url);
      await stand.body?.cancel();
      assert.equal(stand.status, 204);
      const size = Number(stand.headers.get("range")?.split("-")[1]) + 1;
      assert.ok(size > 1 && size <= CONTENT.length / 2, `${size} bytes`);
      const rest = { method: "PUT", body: CONTENT.slice(size) };
      assert.equal(await statusOf(`${url}?digest=${DIGEST}`, rest), 201);

      const ended = await second.end("SIGINT");
      assert.deepEqual(ended, { status: 0, stderr: "" });
      await using third = await serveFolder(folder);
      const found = await fetch(`http://${third.host}/v2/app/blobs/${DIGEST}`);
      assert.equal(sha256(await found.bytes()), DIGEST);
    }));
}

Deno.test("requests that are no requests of a registry are refused and disturb nothing", () =>
  withTemporaryFolder(async (folder) => {
    await using server = await serveFolder(folder, ["-v"]);
    const [hostname = "", port = ""] = server.host.split(":");
    const requests: readonly (readonly [line: string, host: string, status: string])[] = [
      ["GET /v2/ HTTP/1.1", "a b", "400"],
      ["GET /v2/ HTTP/1.1", "[::", "400"],
      ["GET http://[bad/ HTTP/1.1", "x", "400"],
      ["GET /v2/%00/tags/list HTTP/1.1", "x", "400"],
      ["GET /v2/a/../../etc/tags/list HTTP/1.1", "x", "404"],
      ["OPTIONS * HTTP/1.1", "x", "404"],
      ["GET /v2/ HTTP/1.1", "x", "200"],
    ];
    for (const [line, host, status] of requests) {
      const connection = await Deno.connect({ hostname, port: Number(port) });
      const head = `${line}\r\nhost: ${host}\r\nconnection: close\r\n\r\n`;
      await connection.write(new TextEncoder().encode(head));
      const answer = await new Response(connection.readable).text();
      assert.equal(answer.split(" ")[1], status, `${line}, host: ${host}: ${answer}`);
    }
    const { status, stderr } = await server.end("SIGTERM");
    assert.equal(status, 0);
    // One line for each: no warnings, no stack traces.
    assert.equal(stderr.match(/^(?!DEBUG ).+$/gm), null, stderr);
  }));

await requiring(
  lackingProgram("skopeo"),
  "skopeo pushes to it and pulls the same from it",
  () =>
    withTemporaryFolder(async (folder) => {
      await using server = await serveFolder(join(folder, "registry"));
      await using other = await serveFolder(join(folder, "other"));
      const layout = join(folder, "layout");
      await writeLayout(layout);
      const options = ["--preserve-digests", "--src-tls-verify=false", "--dest-tls-verify=false"];
      const copy = (from: string, to: string): Promise<string> =>
        run("skopeo", ["copy", ...options, from, to]);
      await copy(`oci:${layout}:v1`, `docker://${server.host}/team/app:v1`);
      await copy(`docker://${server.host}/team/app:v1`, `docker://${other.host}/copy:v1`);
      const inspected = await run("skopeo", [
        "inspect",
        "--tls-verify=false",
        "--format={{.Digest}}",
        `docker://${other.host}/copy:v1`,
      ]);
      const index = JSON.parse(await Deno.readTextFile(join(layout, "index.json")));
      assert.equal(inspected.trim(), index.manifests[0].digest);
    }),
);

/** An image layout with one image of one empty layer. */
async function writeLayout(folder: string): Promise<void> {
  const blobs = join(folder, "blobs/sha256");
  await Deno.mkdir(blobs, { recursive: true });
  const put = async (mediaType: string, bytes: Uint8Array<ArrayBuffer>): Promise<object> => {
    const digest = sha256(bytes);
    await Deno.writeFile(join(blobs, digest.slice("sha256:".length)), bytes);
    return { mediaType, digest, size: bytes.length };
  };
  const json = (value: unknown): Uint8Array<ArrayBuffer> =>
    new TextEncoder().encode(JSON.stringify(value));
  const tar = new Uint8Array(1024);
  const type = "application/vnd.oci.image";
  const layer = await put(`${type}.layer.v1.tar`, tar);
  const config = await put(
    `${type}.config.v1+json`,
    json({
      architecture: "amd64",
      os: "linux",
      config: {},
      rootfs: { type: "layers", diff_ids: [sha256(tar)] },
    }),
  );
  const manifest = await put(
    `${type}.manifest.v1+json`,
    json({ schemaVersion: 2, mediaType: `${type}.manifest.v1+json`, config, layers: [layer] }),
  );
  const annotations = { "org.opencontainers.image.ref.name": "v1" };
  await Deno.writeFile(
    join(folder, "index.json"),
    json({ schemaVersion: 2, manifests: [{ ...manifest, annotations }] }),
  );
  await Deno.writeTextFile(join(folder, "oci-layout"), `{"imageLayoutVersion":"1.0.0"}`);
}
