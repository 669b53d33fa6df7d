// One request over the real fetch: whose failure it was, the wire's or that of what was sent.
import assert from "node:assert/strict";
import { KrustError } from "../../../src/core/error.ts";
import { fetchTransport } from "../../../src/core/http.ts";
import { type Body, bodyOf, type Bytes } from "../../../src/core/streams.ts";
import { RegistryError } from "../../../src/registry/errors.ts";
import { exchange, SourceFailure } from "../../../src/registry/exchange.ts";

const ATTEMPT = { host: "h", label: "push to h/a" };

/** Sends a body to a server on loopback and gives what it received, as text. */
async function send(body: Body, signal?: AbortSignal): Promise<string> {
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    async (request) => {
      const length = request.headers.get("content-length");
      try {
        return new Response(`${length}: ${await request.text()}`);
      } catch {
        return new Response("broken", { status: 500 });
      }
    },
  );
  try {
    const response = await exchange(
      fetchTransport(),
      {
        method: "PUT",
        url: new URL(`http://127.0.0.1:${server.addr.port}/`),
        headers: new Headers(),
        body,
      },
      ATTEMPT,
      signal === undefined ? {} : { signal },
    );
    return await response.text();
  } finally {
    await server.shutdown();
  }
}

function bodyThat(size: number, open: () => Promise<Bytes>): Body {
  return { size, open };
}

Deno.test("`exchange()` sends a body with its length", async () => {
  assert.equal(await send(bodyOf(new TextEncoder().encode("hello"))), "5: hello");
});

Deno.test("`exchange()` comes out with the failure of a body that cannot be opened", async () => {
  const failure = new KrustError("digest-mismatch", "the base's layer is not what it should be");
  await assert.rejects(
    send(bodyThat(5, () => Promise.reject(failure))),
    (error) => error instanceof SourceFailure && error.failure === failure,
  );
});

Deno.test("`exchange()` comes out with the failure of a body that breaks on the way", async () => {
  const failure = new KrustError("digest-mismatch", "the base's layer is not what it should be");
  const body = bodyThat(500_000, () => {
    let pulls = 0;
    return Promise.resolve(
      new ReadableStream({
        pull(controller): void {
          if (pulls++ < 4) controller.enqueue(new Uint8Array(50_000));
          else controller.error(failure);
        },
      }),
    );
  });
  await assert.rejects(
    send(body),
    (error) => error instanceof SourceFailure && error.failure === failure,
  );
});

Deno.test("`exchange()` names a failure of a body that has no name yet", async () => {
  const body = bodyThat(5, () => Promise.reject(new Deno.errors.NotFound("no such file")));
  await assert.rejects(
    send(body),
    (error) => error instanceof SourceFailure && error.failure.code === "store-failed",
  );
});

for (const size of [4, 6]) {
  Deno.test(`\`exchange()\` does not send 5 bytes for ${size}`, async () => {
    const body = bodyThat(size, () => bodyOf(new Uint8Array(5)).open());
    await assert.rejects(
      send(body),
      (error) => error instanceof SourceFailure && error.failure.code === "digest-mismatch",
    );
  });
}

Deno.test("`exchange()` gives the signal's reason, not what it broke", async () => {
  const stop = new AbortController();
  const reason = new KrustError("interrupted", "enough");
  const body = bodyThat(1_000, () =>
    Promise.resolve(
      new ReadableStream({
        pull(): void {
          stop.abort(reason);
        },
      }),
    ));
  await assert.rejects(send(body, stop.signal), (error) => error === reason);
});

Deno.test("`exchange()` names a failure of the wire", async () => {
  const request = {
    method: "PUT",
    url: new URL("http://127.0.0.1:1/"),
    headers: new Headers(),
    body: bodyOf(new Uint8Array(5)),
  };
  const broken = (): Promise<never> => Promise.reject(new TypeError("fetch failed"));
  await assert.rejects(
    exchange(broken, request, ATTEMPT),
    (error) => error instanceof RegistryError && error.code === "network-failed",
  );
});

Deno.test("`exchange()` does not blame a body for a server that has read enough", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const serving = (async (): Promise<void> => {
    const connection = await listener.accept();
    await connection.read(new Uint8Array(1024));
    connection.close();
  })();
  let pulls = 0;
  const endless = bodyThat(1e9, () =>
    Promise.resolve(
      new ReadableStream({
        pull(controller): void | Promise<void> {
          if (pulls++ < 10) return controller.enqueue(new Uint8Array(65_536));
          // The rest never comes, so that the connection breaks while it is waited for.
          return new Promise(() => {});
        },
      }),
    ));
  const request = {
    method: "PUT",
    url: new URL(`http://127.0.0.1:${listener.addr.port}/`),
    headers: new Headers(),
    body: endless,
  };
  await assert.rejects(
    exchange(fetchTransport(), request, ATTEMPT),
    (error) => error instanceof RegistryError && error.retryable,
  );
  await serving;
  listener.close();
});
