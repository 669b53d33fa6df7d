// No answer: each reason in words, from the texts of the runtime and from real failures on loopback.
import assert from "node:assert/strict";
import { causeChain } from "../../../src/core/error.ts";
import { fetchTransport } from "../../../src/core/http.ts";
import type { RegistryError } from "../../../src/registry/errors.ts";
import { networkError } from "../../../src/registry/network_error.ts";

const ATTEMPT = { host: "r.example", label: "push to r.example/a" };
const SENDING = "error sending request for url (https://r.example/v2/?sig=SECRET): client error";

function errorOf(text: string, url = "https://r.example/v2/?sig=SECRET"): RegistryError {
  const error = new TypeError("fetch failed", { cause: new Error(text) });
  return networkError(error, new URL(url), ATTEMPT);
}

interface Row {
  readonly text: string;
  readonly message: string;
  readonly retryable: boolean;
  readonly cause?: string;
}

const ROWS: readonly Row[] = [
  {
    text: `${SENDING} (Connect): tcp connect error: Connection refused (os error 111)`,
    message: "push to r.example/a: cannot connect to r.example:443: connection refused",
    retryable: true,
  },
  {
    text: `${SENDING} (Connect): dns error: failed to lookup address information: Name or service` +
      " not known",
    message: "push to r.example/a: cannot resolve r.example",
    retryable: false,
  },
  {
    text: `${SENDING} (Connect): invalid peer certificate: UnknownIssuer`,
    message: "push to r.example/a: cannot trust r.example:443",
    retryable: false,
    cause: "its certificate is signed by an authority that is not trusted",
  },
  {
    text: `${SENDING} (Connect): invalid peer certificate: Expired`,
    message: "push to r.example/a: cannot trust r.example:443",
    retryable: false,
    cause: "its certificate has expired",
  },
  {
    text: `${SENDING} (Connect): invalid peer certificate: certificate not valid for name` +
      ' "r.example"; NotValidForName',
    message: "push to r.example/a: cannot trust r.example:443",
    retryable: false,
    cause: "its certificate is for another name",
  },
  {
    text: `${SENDING} (Connect): received corrupt message of type InvalidContentType`,
    message: "push to r.example/a: r.example:443 does not speak TLS",
    retryable: false,
  },
  {
    text: `${SENDING} (SendRequest): invalid HTTP version parsed`,
    message: "push to r.example/a: r.example:443 does not speak HTTP",
    retryable: false,
  },
  {
    text: `${SENDING} (SendRequest): connection closed before message completed`,
    message: "push to r.example/a: connection to r.example:443 broke",
    retryable: true,
    cause: "connection closed before message completed",
  },
  {
    text: "Broken pipe (os error 32)",
    message: "push to r.example/a: connection to r.example:443 broke",
    retryable: true,
    cause: "broken pipe",
  },
];

for (const { text, message, retryable, cause } of ROWS) {
  Deno.test(`\`networkError()\` says "${message.slice(21)}${cause ? `: ${cause}` : ""}"`, () => {
    const error = errorOf(text);
    assert.equal(error.code, "network-failed");
    assert.equal(error.message, message);
    assert.equal(error.retryable, retryable);
    if (cause !== undefined) assert.deepEqual(causeChain(error), [cause]);
    assert.doesNotMatch(JSON.stringify([error.message, causeChain(error), error.help]), /SECRET/i);
  });
}

Deno.test("`networkError()` hides addresses in texts of a form that it does not know", () => {
  const error = errorOf("odd failure at https://bob:SECRET@r.example/x?sig=SECRET, and so on");
  assert.doesNotMatch(String(causeChain(error)), /SECRET/i);
  assert.match(String(causeChain(error)), /odd failure/);
});

Deno.test("`networkError()` gives up on a port where nobody listens within ten seconds", () => {
  const { attempts } = errorOf("client error (Connect): Connection refused");
  // Half a second, doubled each time, a fifth more at the most.
  const longest = 500 * (2 ** (attempts - 1) - 1) * 1.2;
  assert.ok(longest < 10_000, `${longest} ms`);
  assert.ok(longest > 6_000, "a registry that is back in five seconds is found again");
});

Deno.test("`networkError()` advises on the wrong scheme", () => {
  const tls = errorOf("received corrupt message of type InvalidContentType");
  assert.equal(tls.details["insecure"], "possible");
});

async function failureOf(url: string): Promise<RegistryError> {
  const request = { method: "GET", url: new URL(url), headers: new Headers() };
  try {
    const response = await fetchTransport()(request);
    await response.body?.cancel();
  } catch (error) {
    return networkError(error, request.url, ATTEMPT);
  }
  throw new Error("there was a response");
}

Deno.test("`networkError()` knows a refused connection when it meets one", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  const error = await failureOf(`http://127.0.0.1:${port}/v2/`);
  assert.match(
    error.message,
    new RegExp(`cannot connect to 127.0.0.1:${port}: connection refused$`),
  );
});

Deno.test("`networkError()` knows a port that the runtime refuses", async () => {
  const error = await failureOf("http://127.0.0.1:10080/v2/");
  assert.match(
    error.message,
    /cannot connect to 127\.0\.0\.1:10080: the runtime refuses this port$/,
  );
  assert.equal(error.retryable, false);
});

/** Runs `work` with the port of a server that answers each connection with `bytes` and hangs up. */
async function withRawServer(bytes: string, work: (port: number) => Promise<void>): Promise<void> {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const serving = (async (): Promise<void> => {
    for await (const connection of listener) {
      try {
        await connection.read(new Uint8Array(4096));
        await connection.write(new TextEncoder().encode(bytes));
      } catch {
        // The client has hung up first.
      } finally {
        connection.close();
      }
    }
  })();
  try {
    await work(listener.addr.port);
  } finally {
    listener.close();
    await serving;
  }
}

Deno.test("`networkError()` knows who does not speak HTTP, and who does not speak TLS", async () => {
  await withRawServer("SSH-2.0-OpenSSH_9.2\r\n", async (port) => {
    const banner = await failureOf(`http://127.0.0.1:${port}/`);
    assert.match(banner.message, /does not speak HTTP$/);
    assert.equal(banner.retryable, false);
    const plain = await failureOf(`https://127.0.0.1:${port}/`);
    assert.match(plain.message, /does not speak TLS$/);
    assert.equal(plain.retryable, false);
  });
});

Deno.test("`networkError()` would try again where the connection broke", async () => {
  await withRawServer("", async (port) => {
    const error = await failureOf(`http://127.0.0.1:${port}/`);
    assert.match(error.message, /connection to 127\.0\.0\.1:\d+ broke$/);
    assert.equal(error.retryable, true);
  });
});
