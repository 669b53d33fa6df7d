// Row 11 of the fault matrix: HTTP/2 streams and connections that are broken off in the middle of a body.
import assert from "node:assert/strict";
import { fetchTransport } from "../../src/core/http.ts";
import { MemoryRegistry } from "../../src/registry/memory.ts";
import { serveRegistry } from "../../src/registry/server.ts";
import { HELLO, onMachine } from "../integration/machine.ts";
import { pullValid } from "../integration/pulled.ts";
import { makeAuthority } from "../support/certificates.ts";
import { type Break, http2Proxy } from "../support/faults/http2_proxy.ts";
import { publish } from "../support/images.ts";
import { lackingProgram, requiring } from "../support/require.ts";
import { withTemporaryFolder } from "../support/temporary_folder.ts";
import { largeBase, MIB } from "./bases.ts";

const BASE = await largeBase(6 * MIB);

/** Serves a registry over HTTP/2 that breaks off, and one that does not, and builds from one to the other. */
async function play(breaks: Break, check: (stderr: string, status: number) => void): Promise<void> {
  const memory = new MemoryRegistry("registry.test");
  await publish(memory, "base", BASE, "v1");
  // Each has a memory of its own: a layer is neither there nor mounted.
  const target = new MemoryRegistry("registry.test");
  const handlers = { base: serveRegistry(memory), target: serveRegistry(target) };
  const serve = (handler: (request: Request) => Promise<Response>): Deno.HttpServer<Deno.NetAddr> =>
    Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (request) => {
      assert.ok(request.url.startsWith("http"), "it is plain behind the proxy");
      return handler(request);
    });
  const [baseServer, targetServer] = [serve(handlers.base), serve(handlers.target)];
  try {
    await withTemporaryFolder(async (folder) => {
      const authority = await makeAuthority(folder);
      const issued = await authority.issue("good");
      const [cert, key] = [
        await Deno.readTextFile(issued.cert),
        await Deno.readTextFile(issued.key),
      ];
      const proxy = (port: number, struck: boolean): ReturnType<typeof http2Proxy> =>
        http2Proxy({ cert, key, port, breaks: struck ? breaks : { ...breaks, times: 0 } });
      await using base = proxy(baseServer.addr.port, breaks.of === "answer");
      await using registry = proxy(targetServer.addr.port, breaks.of === "request");
      using network = fetchTransport();
      await onMachine(HELLO, async ({ krust }) => {
        const ran = await krust(
          ["build", "--base", `${base.host}/base:v1`, "--image", `${registry.host}/app:v1`],
          { network, env: { SSL_CERT_FILE: authority.cert } },
        );
        check(ran.stderr, ran.status);
        assert.ok((breaks.of === "answer" ? base : registry).broken > 0, "else nothing was tried");
        if (ran.status !== 0) return assert.equal(ran.stdout, "");
        const [, digest] = ran.stdout.trim().split("@");
        await pullValid(target, `registry.test/app@${digest}`);
      });
    });
  } finally {
    await Promise.all([baseServer.shutdown(), targetServer.shutdown()]);
  }
}

for (const by of ["RST_STREAM", "GOAWAY"] as const) {
  for (const side of ["answer", "request"] as const) {
    const what = side === "answer" ? "a layer that is pulled" : "a layer that is pushed";
    await requiring(
      lackingProgram("openssl"),
      `[row 11] ${by} in the middle of ${what}, once`,
      async () => {
        await play({ of: side, after: 2 * MIB, by, times: 1 }, (stderr, status) => {
          assert.equal(status, 0, stderr);
          assert.match(stderr, /^warning: .*(broke|broke off|nothing).*(going on|trying again)/m);
        });
      },
    );
  }
}
