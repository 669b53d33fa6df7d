// The wire without a socket keeps the rules of a real one.
import assert from "node:assert/strict";
import { bodyOf } from "../../../src/core/streams.ts";
import { transportOf } from "../../../src/registry/in_process.ts";

const URL_ = new URL("https://registry.test/v2/");

function request(method: string, size?: number) {
  return {
    method,
    url: URL_,
    headers: new Headers({ "x-test": "yes" }),
    ...(size === undefined ? {} : { body: bodyOf(new Uint8Array(size)) }),
  };
}

Deno.test("`transportOf()` hands on method, headers, and the body with its length", async () => {
  const transport = transportOf(async (got) =>
    new Response(
      [
        got.method,
        got.url,
        got.headers.get("x-test"),
        got.headers.get("content-length"),
        (await got.arrayBuffer()).byteLength,
      ].join(" "),
    )
  );
  const response = await transport(request("PUT", 7));
  assert.equal(await response.text(), "PUT https://registry.test/v2/ yes 7 7");
});

Deno.test("`transportOf()` gives redirects as they are", async () => {
  const transport = transportOf(() =>
    Promise.resolve(new Response(null, { status: 307, headers: { location: "/x" } }))
  );
  const response = await transport(request("GET"));
  assert.deepEqual([response.status, response.headers.get("location")], [307, "/x"]);
});

Deno.test("`transportOf()` fails where the body does, and says why as fetch does", async () => {
  const failure = new Error("the source broke");
  const transport = transportOf(async (got) => {
    await got.arrayBuffer().catch(() => {});
    return new Response("fine");
  });
  const broken = {
    ...request("PUT"),
    body: {
      size: 5,
      open: () =>
        Promise.resolve(
          new ReadableStream<Uint8Array<ArrayBuffer>>({
            pull: (controller) => controller.error(failure),
          }),
        ),
    },
  };
  await assert.rejects(
    transport(broken),
    (error) => error instanceof TypeError && error.cause === failure,
  );
});

Deno.test("`transportOf()` lets go of a body that nobody read", async () => {
  let cancelled = false;
  const transport = transportOf(() => Promise.resolve(new Response(null, { status: 401 })));
  const unread = {
    ...request("PUT"),
    body: {
      size: 5,
      open: () =>
        Promise.resolve(
          new ReadableStream<Uint8Array<ArrayBuffer>>({
            cancel(): void {
              cancelled = true;
            },
          }),
        ),
    },
  };
  assert.equal((await transport(unread)).status, 401);
  assert.ok(cancelled);
});

Deno.test("`transportOf()` heeds the signal before, and after", async () => {
  const transport = transportOf(() => Promise.resolve(new Response()));
  const signal = AbortSignal.abort(new Error("enough"));
  await assert.rejects(transport(request("GET"), { signal }), /enough/);
  const stop = new AbortController();
  const late = transportOf(() => {
    stop.abort(new Error("enough"));
    return Promise.resolve(new Response());
  });
  await assert.rejects(late(request("GET"), { signal: stop.signal }), /enough/);
});
