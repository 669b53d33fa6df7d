// Listening on a real socket of this machine.
import assert from "node:assert/strict";
import { listen } from "../../../src/core/listen.ts";

const HERE = { hostname: "127.0.0.1", port: 0 };

Deno.test("listen() answers on the port that it tells until it is closed", async () => {
  const server = listen((request) => Promise.resolve(new Response(request.method)), HERE);
  const url = `http://127.0.0.1:${server.port}/`;
  assert.equal(await (await fetch(url, { method: "PUT" })).text(), "PUT");
  await server.close();
  await assert.rejects(fetch(url), TypeError);
});

Deno.test("listen() ends though a body is still being sent", async () => {
  const reading = Promise.withResolvers<void>();
  const server = listen(async (request) => {
    const reader = request.body?.getReader();
    await reader?.read();
    reading.resolve();
    const broken = await reader?.read().then(() => false, () => true);
    return new Response(null, { status: broken === true ? 500 : 200 });
  }, HERE);
  using connection = await Deno.connect({ hostname: "127.0.0.1", port: server.port });
  const head = "POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\nthe first bytes";
  await connection.write(new TextEncoder().encode(head));
  await reading.promise;
  await server.close();
});

Deno.test("listen() throws where another listens", async () => {
  const server = listen(() => Promise.resolve(new Response()), HERE);
  assert.throws(
    () => listen(() => Promise.resolve(new Response()), { ...HERE, port: server.port }),
    Deno.errors.AddrInUse,
  );
  await server.close();
});
