// Redirects and Locations: where they may lead, and that nobody foreign ever sees credentials.
import assert from "node:assert/strict";
import * as fc from "fast-check";
import { sha256 } from "../../../src/core/digest.ts";
import { RegistryError } from "../../../src/registry/errors.ts";
import {
  type Answer,
  appendQuery,
  followRedirects,
  resolveLocation,
  withDigest,
} from "../../../src/registry/redirect.ts";
import { status } from "./wire.ts";

const DIGEST = sha256(new Uint8Array());
const ATTEMPT = { host: "r.example", label: "push to r.example/a" };
const FROM = "https://r.example/v2/a/blobs/uploads/";

function resolve(location: string | null, from = FROM, home = "https://r.example/"): string {
  return resolveLocation(location, new URL(from), new URL(home), ATTEMPT).href;
}

const LEADS: readonly (readonly [string, string, string])[] = [
  ["absolute", "https://r.example/u/1", "https://r.example/u/1"],
  ["relative to the host", "/u/1?_state=a%2Bb", "https://r.example/u/1?_state=a%2Bb"],
  ["without a leading slash", "1?x", "https://r.example/v2/a/blobs/uploads/1?x"],
  [
    "of another host",
    "https://s3.example/b?X-Sig=a%20b~c;d",
    "https://s3.example/b?X-Sig=a%20b~c;d",
  ],
  ["of no scheme", "//s3.example/b", "https://s3.example/b"],
  ["of another port", "https://r.example:8443/u", "https://r.example:8443/u"],
  ["with user information", "https://u:p@s3.example/b", "https://s3.example/b"],
  ["with a fragment", "/u/1#part", "https://r.example/u/1"],
  ["with space around it", " /u/1 ", "https://r.example/u/1"],
];

for (const [what, location, expected] of LEADS) {
  Deno.test(`\`resolveLocation()\` follows one ${what}`, () => {
    assert.equal(resolve(location), expected);
  });
}

const REFUSED: readonly (readonly [string, string | null, RegExp])[] = [
  ["missing", null, /r\.example answered without a Location/],
  ["empty", "", /without a Location/],
  ["doubled", "/u/1, /u/2", /two Locations/],
  ["no address", "https://[", /a Location that is no address/],
  // The URL parser takes the square of such a host's length.
  ["endless", `https://${"é".repeat(60_000)}/`, /a Location longer than 16384 characters/],
  ["plain HTTP", "http://r.example/u/1", /from https to http:\/\/r\.example/],
  ["a file", "file:///etc/passwd", /not HTTP/],
  ["script", "javascript:alert(1)", /not HTTP/],
  ["private", "https://10.0.0.1/u", /private address 10\.0\.0\.1/],
  ["cloud metadata", "https://169.254.169.254/latest", /private address 169\.254\.169\.254/],
  ["loopback in disguise", "https://0x7f.1/u", /private address 127\.0\.0\.1/],
  ["localhost", "https://localhost/u", /private address localhost/],
];

for (const [what, location, message] of REFUSED) {
  Deno.test(`\`resolveLocation()\` refuses one that is ${what}`, () => {
    assert.throws(() => resolve(location), (error) => {
      assert.ok(error instanceof RegistryError);
      assert.equal(error.code, "registry-rejected");
      assert.match(error.message, message);
      return true;
    });
  });
}

Deno.test("`resolveLocation()` advises on a proxy that hides TLS from the registry", () => {
  assert.throws(
    () => resolve("http://r.example/u/1"),
    (error) => error instanceof RegistryError && /X-Forwarded-Proto/.test(error.help.join()),
  );
});

Deno.test("`resolveLocation()` lets a private registry stay among its own", () => {
  const home = "http://127.0.0.1:5000/";
  assert.equal(resolve("http://127.0.0.1:9000/b", home, home), "http://127.0.0.1:9000/b");
  assert.equal(resolve("http://minio.localhost/b", home, home), "http://minio.localhost/b");
});

Deno.test("`withDigest()` appends to whatever query there is, as text", () => {
  const append = (text: string): string => withDigest(new URL(text), DIGEST).href;
  assert.equal(append("https://h/u"), `https://h/u?digest=${DIGEST}`);
  assert.equal(append("https://h/u?"), `https://h/u?digest=${DIGEST}`);
  assert.equal(append("https://h/u?a=b"), `https://h/u?a=b&digest=${DIGEST}`);
  assert.equal(append("https://h/u?a&"), `https://h/u?a&digest=${DIGEST}`);
  const signed = "https://h/u?b;c=d&k&s=%20~+%2F==";
  assert.equal(append(signed), `${signed}&digest=${DIGEST}`);
});

Deno.test("`withDigest()` leaves every byte of a signed address alone", () => {
  const query = fc.string({ unit: fc.constantFrom(..."abc=&;+~%20%2F%3d/:?".split("")) });
  fc.assert(fc.property(query, (text) => {
    const url = URL.parse(`https://h/p?${text}`);
    if (url === null) return;
    const { href } = withDigest(url, DIGEST);
    assert.ok(href.startsWith(url.href), href);
    assert.ok(href.endsWith(`digest=${DIGEST}`), href);
  }));
});

Deno.test("`appendQuery()` with nothing changes nothing", () => {
  assert.equal(appendQuery(new URL("https://h/u?a"), "").href, "https://h/u?a");
});

interface Hop {
  readonly url: string;
  readonly own: boolean;
}

/** Follows a chain of answers from the registry; the last is repeated. */
async function follow(
  answers: readonly Response[],
  method = "GET",
): Promise<{ readonly answer: Answer; readonly hops: readonly Hop[] }> {
  const hops: Hop[] = [];
  const answer = await followRedirects(
    { method, url: new URL("https://r.example/v2/"), headers: new Headers() },
    new URL("https://r.example/"),
    ATTEMPT,
    (request, own) => {
      hops.push({ url: request.url.href, own });
      return Promise.resolve(answers[Math.min(hops.length, answers.length) - 1] ?? status(500));
    },
  );
  return { answer, hops };
}

Deno.test("`followRedirects()` shows credentials on the way only while it stays at home", async () => {
  const { answer, hops } = await follow([
    status(307, { location: "/moved" }),
    status(302, { location: "https://cdn.example/x" }),
    status(302, { location: "https://r.example/back" }),
    status(200),
  ]);
  assert.deepEqual(hops, [
    { url: "https://r.example/v2/", own: true },
    { url: "https://r.example/moved", own: true },
    { url: "https://cdn.example/x", own: false },
    // A foreign host must not choose what our credentials are used for.
    { url: "https://r.example/back", own: false },
  ]);
  assert.equal(answer.url.href, "https://r.example/back");
  assert.equal(answer.own, false);
});

Deno.test("`followRedirects()` takes another port for another host", async () => {
  const { hops } = await follow([status(307, { location: "https://r.example:444/" }), status(200)]);
  assert.deepEqual(hops.map(({ own }) => own), [true, false]);
});

Deno.test("`followRedirects()` gives up after ten", async () => {
  const { promise, resolve } = Promise.withResolvers<unknown>();
  let count = 0;
  await followRedirects(
    { method: "GET", url: new URL(FROM), headers: new Headers() },
    new URL(FROM),
    ATTEMPT,
    () => {
      count++;
      return Promise.resolve(status(302, { location: "/again" }));
    },
  ).catch(resolve);
  assert.match(String(await promise), /more than 10 redirects/);
  assert.equal(count, 11);
});

Deno.test("`followRedirects()` keeps method and body, or refuses", async () => {
  for (const code of [307, 308]) {
    const { hops } = await follow([status(code, { location: "/b" }), status(201)], "PUT");
    assert.equal(hops.length, 2);
  }
  for (const code of [301, 302, 303]) {
    await assert.rejects(
      follow([status(code, { location: "/b" }), status(201)], "PATCH"),
      /HTTP 30\d to a PATCH would lose its body/,
    );
  }
});

Deno.test("`followRedirects()` gives a 304 and a 300 as they are", async () => {
  for (const code of [300, 304]) {
    const { answer } = await follow([status(code, { location: "/b" })]);
    assert.equal(answer.response.status, code);
  }
});
