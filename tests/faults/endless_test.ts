// Row 29 of the fault matrix where bodies have no end: no more is read than may be there, and memory
// does not follow.
import assert from "node:assert/strict";
import { join } from "node:path";
import { ROOT } from "../../tools/source_tree.ts";
import { isRecord } from "../support/faults/json.ts";
import { type RawAnswer, rawServer } from "../support/faults/raw_server.ts";
import { syntheticImage } from "../support/images.ts";
import { MIB } from "./bases.ts";
import { rowTest } from "./stage.ts";

/** What sockets may hold beside what was read, for each of four answers. */
const SENT_LIMIT = 160 * MIB;

const ORDINARY = await syntheticImage();

const SAID: Readonly<Record<string, RegExp>> = {
  manifest: /^document-invalid: .*larger than 4194304 bytes/,
  blob: /^digest-mismatch: .*more than its 1000 bytes/,
  error: /^registry-rejected: .*HTTP 400/,
  token: /^auth-denied: .*the answer holds no token/,
};

/** Runs the program that asks for what never ends. */
async function ask(host: string): Promise<Readonly<Record<string, unknown>>> {
  const program = join(ROOT, "tests/support/pull_endless.ts");
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", program, host],
    cwd: ROOT,
    stdin: "null",
  }).output();
  const text = new TextDecoder().decode(stdout);
  assert.ok(text.startsWith("{"), new TextDecoder().decode(stderr));
  const result: unknown = JSON.parse(text);
  return isRecord(result) ? result : assert.fail(text);
}

await rowTest(29, "bodies without a length and an end: manifest, blob, error, token", async () => {
  let sent = 0;
  const endless = (start: string): ReadableStream<Uint8Array<ArrayBuffer>> => {
    let first = true;
    return new ReadableStream({
      pull(controller): void {
        const chunk = new Uint8Array(64 * 1024).fill(0x20);
        if (first) chunk.set(new TextEncoder().encode(start));
        first = false;
        sent += chunk.length;
        controller.enqueue(chunk);
      },
    }, { highWaterMark: 0 });
  };
  await using server = rawServer((request): Promise<RawAnswer> => {
    const { pathname, host } = new URL(request.url);
    const challenge = { "www-authenticate": `Bearer realm="http://${host}/token",service="x"` };
    if (pathname.startsWith("/v2/ordinary/")) {
      const headers = { "content-length": String(ORDINARY.raw.length) };
      return Promise.resolve({ response: new Response(ORDINARY.raw, { headers }) });
    }
    if (pathname.startsWith("/v2/token/")) {
      return Promise.resolve({ response: new Response(null, { status: 401, headers: challenge }) });
    }
    const status = pathname.startsWith("/v2/error/") ? 400 : 200;
    const response = new Response(endless('{"token":"'), { status });
    return Promise.resolve({ response, unannounced: true });
  });
  const results = await ask(server.host);
  for (const [name, pattern] of Object.entries(SAID)) {
    const result = results[name];
    assert.ok(isRecord(result) && typeof result["growth"] === "number", name);
    assert.match(String(result["said"]), pattern);
    const growth = result["growth"] / MIB;
    assert.ok(growth < 32, `${name}: grew by ${growth.toFixed(1)} MiB`);
  }
  assert.ok(sent < SENT_LIMIT, `${sent} bytes were sent`);
});
