// The transport over a real socket. This guards the internals of Deno that a streamed Blob leans on:
// where one of these fails after an upgrade, uploads go out chunked or read files whole.
import assert from "node:assert/strict";
import { fetchTransport, type WireRequest } from "../../../src/core/http.ts";
import { sha256 } from "../../../src/core/digest.ts";
import { KrustError } from "../../../src/core/error.ts";
import { type Body, bodyOf, type Bytes, verified } from "../../../src/core/streams.ts";

type Handler = (request: Request) => Response | Promise<Response>;

async function withServer(handler: Handler, use: (origin: string) => Promise<void>): Promise<void> {
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, handler);
  try {
    await use(`http://127.0.0.1:${server.addr.port}`);
  } finally {
    await server.shutdown();
  }
}

const send = fetchTransport();

function request(method: string, url: string, body?: Body): WireRequest {
  const headers = new Headers({ "x-test": "kept" });
  return { method, url: new URL(url), headers, ...(body === undefined ? {} : { body }) };
}

/** A body of `size` zeros made as they are read; `opened`, `read` and `cancelled` tell what went on. */
class CountedBody implements Body {
  opened = 0;
  read = 0;
  cancelled = 0;

  constructor(readonly size: number, readonly chunk = 64 * 1024) {}

  open(): Promise<Bytes> {
    this.opened++;
    let left = this.size;
    return Promise.resolve(
      new ReadableStream({
        pull: (controller): void => {
          const length = Math.min(this.chunk, left);
          left -= length;
          this.read += length;
          if (length > 0) controller.enqueue(new Uint8Array(length));
          if (left === 0) controller.close();
        },
        cancel: (): void => void this.cancelled++,
      }, { highWaterMark: 0 }),
    );
  }
}

/** Reads a request whole and answers with what was seen of it. */
async function mirror(incoming: Request): Promise<Response> {
  let bytes = 0;
  for await (const chunk of incoming.body ?? []) bytes += chunk.length;
  return Response.json({
    bytes,
    length: incoming.headers.get("content-length"),
    chunked: incoming.headers.get("transfer-encoding"),
    encoding: incoming.headers.get("accept-encoding"),
    type: incoming.headers.get("content-type"),
    test: incoming.headers.get("x-test"),
  });
}

for (const size of [0, 1, 5 * 1024 * 1024]) {
  Deno.test(`fetchTransport() sends a streamed body of ${size} bytes with its length`, async () => {
    await withServer(mirror, async (origin) => {
      const body = new CountedBody(size);
      const response = await send(request("PUT", origin, body));
      assert.deepEqual(await response.json(), {
        bytes: size,
        length: `${size}`,
        chunked: null,
        encoding: "identity",
        type: null,
        test: "kept",
      });
      assert.equal(body.cancelled, 0);
    });
  });
}

Deno.test("fetchTransport() reads a body no faster than the server takes it", async () => {
  const body = new CountedBody(64 * 1024 * 1024);
  let most = 0;
  await withServer(async (incoming) => {
    let received = 0;
    for await (const chunk of incoming.body ?? []) {
      received += chunk.length;
      most = Math.max(most, body.read - received);
    }
    return new Response();
  }, async (origin) => {
    assert.equal((await send(request("PUT", origin, body))).status, 200);
  });
  assert.equal(body.read, body.size);
  assert.ok(most < 16 * 1024 * 1024, `${most} bytes were read ahead`);
});

Deno.test("fetchTransport() opens a body once for each time that it is sent, and only then", async () => {
  await withServer(mirror, async (origin) => {
    const body = new CountedBody(3);
    const put = request("PUT", origin, body);
    assert.equal(body.opened, 0);
    await (await send(put)).body?.cancel();
    await (await send(put)).body?.cancel();
    assert.equal(body.opened, 2);
  });
});

Deno.test("fetchTransport() closes a body that it opened for a server that is not there", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  const body = new CountedBody(64 * 1024 * 1024);
  await assert.rejects(send(request("PUT", `http://127.0.0.1:${port}`, body)), TypeError);
  assert.equal(body.cancelled, body.opened);
});

Deno.test("fetchTransport() rejects with the body's own error where it cannot be opened", async () => {
  await withServer(mirror, async (origin) => {
    const failure = new KrustError("store-failed", "the file is gone");
    const body: Body = { size: 5, open: () => Promise.reject(failure) };
    await assert.rejects(send(request("PUT", origin, body)), (error) => error === failure);
  });
});

Deno.test("fetchTransport() rejects with the body's own error where it breaks off", async () => {
  await withServer(mirror, async (origin) => {
    const failure = new Error("the disk failed");
    const bytes: Bytes = ReadableStream.from((function* () {
      yield new Uint8Array(2);
      throw failure;
    })());
    const body: Body = { size: 5, open: () => Promise.resolve(bytes) };
    await assert.rejects(send(request("PUT", origin, body)), (error) => error === failure);
  });
});

Deno.test("fetchTransport() never sends the last of content that is not what it should be", async () => {
  let received = 0;
  await withServer(async (incoming) => {
    for await (const chunk of incoming.body ?? []) received += chunk.length;
    return new Response();
  }, async (origin) => {
    const expected = { digest: sha256(new Uint8Array(7)), size: 6 };
    const body: Body = {
      size: 6,
      open: async () =>
        verified(ReadableStream.from([new Uint8Array(4), new Uint8Array(2)]), expected, "it"),
    };
    await assert.rejects(send(request("PUT", origin, body)), { code: "digest-mismatch" });
  });
  assert.ok(received < 6);
});

Deno.test("fetchTransport() fails where a body is shorter than its size", async () => {
  await withServer(mirror, async (origin) => {
    const short: Body = { size: 10, open: () => bodyOf(new Uint8Array(4)).open() };
    await assert.rejects(send(request("PUT", origin, short)));
  });
});

Deno.test("fetchTransport() cancels the body and rejects with the reason when aborted", async () => {
  const arrived = Promise.withResolvers<void>();
  const gate = Promise.withResolvers<void>();
  await withServer(async () => {
    arrived.resolve();
    await gate.promise;
    return new Response();
  }, async (origin) => {
    const controller = new AbortController();
    const body = new CountedBody(64 * 1024 * 1024);
    const answer = send(request("PUT", origin, body), { signal: controller.signal });
    await arrived.promise;
    const reason = new Error("interrupted");
    controller.abort(reason);
    await assert.rejects(answer, (error) => error === reason);
    gate.resolve();
    assert.equal(body.cancelled, 1);
  });
});

Deno.test("fetchTransport() closes a body once an early answer was read, and reads no more of it", async () => {
  await withAnswers(
    "HTTP/1.1 413 Too Large\r\ncontent-length: 3\r\nx-a: b\r\n\r\nbig",
    async (origin) => {
      const body = new CountedBody(64 * 1024 * 1024);
      const response = await send(request("PUT", origin, body));
      assert.deepEqual([response.status, response.headers.get("x-a")], [413, "b"]);
      assert.equal(await response.text(), "big");
      assert.equal(body.cancelled, 1);
      assert.ok(body.read < body.size);
    },
  );
});

Deno.test("fetchTransport() closes a body where an early answer is thrown away or empty", async () => {
  const answers = ["HTTP/1.1 401 No\r\ncontent-length: 3\r\n\r\nbig", "HTTP/1.1 204 No\r\n\r\n"];
  for (const answer of answers) {
    await withAnswers(answer, async (origin) => {
      const body = new CountedBody(64 * 1024 * 1024);
      const response = await send(request("PUT", origin, body));
      await response.body?.cancel();
      assert.equal(body.cancelled, 1);
    });
  }
});

Deno.test("fetchTransport() gives a redirect as it is", async () => {
  const headers = { location: "/elsewhere" };
  await withServer(() => new Response(null, { status: 307, headers }), async (origin) => {
    const response = await send(request("PUT", origin, bodyOf(new Uint8Array(3))));
    assert.deepEqual([response.status, response.headers.get("location")], [307, "/elsewhere"]);
    await response.body?.cancel();
  });
});

Deno.test("fetchTransport() asks for no encoding unless told to", async () => {
  await withServer(mirror, async (origin) => {
    const asking = request("GET", origin);
    asking.headers.set("accept-encoding", "zstd");
    assert.equal((await (await send(asking)).json()).encoding, "zstd");
    assert.equal((await (await send(request("GET", origin))).json()).encoding, "identity");
    assert.equal(asking.headers.get("x-test"), "kept");
  });
});

/** A server that answers without reading the body, and keeps the connection open. */
async function withAnswers(answer: string, use: (origin: string) => Promise<void>): Promise<void> {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const connections: Deno.Conn[] = [];
  const serving = (async (): Promise<void> => {
    for await (const connection of listener) {
      connections.push(connection);
      await connection.read(new Uint8Array(16 * 1024));
      await connection.write(new TextEncoder().encode(answer));
    }
  })();
  try {
    await use(`http://127.0.0.1:${listener.addr.port}`);
  } finally {
    listener.close();
    await serving;
    for (const connection of connections) connection.close();
  }
}
