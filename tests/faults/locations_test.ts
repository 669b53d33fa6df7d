// Rows of the fault matrix about where a registry sends its clients, for uploads and by redirects.
import assert from "node:assert/strict";
import { HELLO, onMachine } from "../integration/machine.ts";
import type { Handler } from "../support/fake_host.ts";
import { type FaultRegistry, faultRegistry } from "../support/fault_registry.ts";
import { answers, type Fault, on } from "../support/faults/fault.ts";
import { rawServer } from "../support/faults/raw_server.ts";
import { naming } from "../support/naming.ts";
import { fails, fine, type Play, plays, playsAt, rowTest } from "./stage.ts";

const target = playsAt("target");

const lastPart = (location: string): string => location.split("/").at(-1) ?? "";

const FORMS: readonly (readonly [what: string, change: (location: string) => string])[] = [
  ["a path", (location) => location],
  ["a path with a query", (location) => `${location}?_state=a%20b~c;d&k&x=%2F`],
  ["without a leading slash", lastPart],
  ["a relative path", (location) => `../../blobs/uploads/${lastPart(location)}`],
  ["with its scheme, host and port", (location) => `https://registry.test:443${location}`],
  ["with its host in capitals", (location) => `HTTPS://Registry.Test${location}`],
];

const forms: readonly Play[] = [
  ...FORMS.map(([what, change]) =>
    target(
      51,
      `an upload's Location is ${what}`,
      [
        // Whole at first, so that the Locations of chunks are followed too.
        { on: { kind: "finish-upload", sends: true }, times: 1, does: answers(413) },
        on("start-upload", { kind: "location", change }),
        on("append-upload", { kind: "location", change }),
      ],
      fine(),
      {
        also: ({ target }) => {
          const finished = target.seen.filter(({ kind }) => kind === "finish-upload");
          const query = change("").split("?")[1];
          for (const { path } of finished) {
            if (query !== undefined) assert.ok(path.includes(`?${query}&digest=sha256:`), path);
          }
          assert.ok(target.seen.some(({ kind }) => kind === "append-upload"));
        },
      },
    )
  ),
  target(
    51,
    "an upload is opened without a Location",
    [on("start-upload", { kind: "headers", headers: { location: null } })],
    fails("registry-rejected", /without a Location/),
  ),
  target(
    51,
    "an upload is opened with two Locations",
    [on("start-upload", { kind: "headers", headers: { location: "/a, /b" } })],
    fails("registry-rejected", /two Locations/),
  ),
];

const PASSWORD = "canary-of-locations";

/** Another server that hands uploads on to the registry with a key of its own, and what it was shown. */
function warehouse(heard: Headers[]): NonNullable<Play["servers"]> {
  return (target) => {
    const handle: Handler = async (request) => {
      heard.push(new Headers(request.headers));
      const url = new URL(request.url);
      const headers = new Headers(request.headers);
      headers.set("authorization", `Basic ${btoa(`me:${PASSWORD}`)}`);
      return await target.handler(
        new Request(`https://registry.test${url.pathname}${url.search}`, {
          method: request.method,
          headers,
          body: request.body,
        }),
      );
    };
    return { "warehouse.test": handle, "registry.test:8443": handle };
  };
}

const ELSEWHERE: readonly (readonly [what: string, row: number, origin: string])[] = [
  ["another host", 53, "https://warehouse.test"],
  ["another port", 53, "https://registry.test:8443"],
  ["another host, by its name alone", 51, "//warehouse.test"],
];

/** Uploads whole or in chunks to another origin: what is sent arrives, who sends it is not told. */
function elsewhere(chunks: boolean): readonly Play[] {
  return ELSEWHERE.map(([what, row, origin]) => {
    const heard: Headers[] = [];
    return target(
      row,
      `an upload's Location is on ${what}${chunks ? ", in chunks" : ""}`,
      [
        ...(chunks
          ? [{ on: { kind: "finish-upload" as const, sends: true }, does: answers(413) }]
          : []),
        on("start-upload", { kind: "location", change: (path) => `${origin}${path}` }),
      ],
      fine(),
      {
        password: PASSWORD,
        serve: { auth: { basic: { me: PASSWORD } } },
        servers: warehouse(heard),
        also: ({ target }) => {
          assert.ok(heard.length >= (chunks ? 6 : 2), `${heard.length} requests elsewhere`);
          assert.deepEqual(heard.filter((headers) => headers.has("authorization")), []);
          const own = target.seen.filter(({ kind }) => kind === "start-upload");
          assert.ok(own.some(({ headers }) => headers.has("authorization")), "else no proof");
        },
      },
    );
  });
}

/** Redirects from one address to the next, the last of which is `end`. */
function hops(count: number, end: string): readonly Fault[] {
  return Array.from({ length: count }, (_, at) => ({
    on: { path: new RegExp(`/hops/${at + 1}$`) },
    does: answers(307, [], { location: at + 1 === count ? end : `/hops/${at + 2}` }),
  }));
}

const redirects: readonly Play[] = [
  ...(["head-manifest", "start-upload"] as const).map((kind) =>
    target(
      57,
      `${kind} is redirected eleven times, each time elsewhere`,
      [on(kind, answers(307, [], { location: "/hops/1" })), ...hops(10, "/hops/11")],
      fails("registry-rejected", /more than 10 redirects/),
      {
        also: ({ target }) => {
          const first = target.seen.findIndex((seen) => seen.kind === kind);
          // One for each of the two blobs of the program, which go side by side.
          const chains = target.seen.filter((seen) => seen.kind === kind).length;
          const hopped = target.seen.slice(first).filter(({ path }) => path.startsWith("/hops/"));
          assert.ok(hopped.length <= 10 * chains, `${hopped.length} hops`);
          if (kind === "head-manifest") assert.equal(target.seen.length, 11);
        },
      },
    )
  ),
  target(
    57,
    "a manifest's look-up is redirected ten times",
    [
      on("head-manifest", answers(307, [], { location: "/hops/1" }), { times: 1 }),
      ...hops(9, "/v2/app/manifests/v1"),
    ],
    fine(),
  ),
  target(
    57,
    "a redirect that leads to itself",
    [on("start-upload", answers(307, [], { location: "/v2/app/blobs/uploads/" }))],
    fails("registry-rejected", /more than 10 redirects/),
    {
      requests: 40,
      also: ({ target }) => {
        const starts = target.seen.filter(({ kind }) => kind === "start-upload").length;
        assert.ok(starts <= 22, `${starts} requests for two blobs`);
      },
    },
  ),
  target(
    57,
    "a redirect from https to http",
    [on("head-manifest", answers(307, [], { location: "http://registry.test/x" }))],
    fails("registry-rejected", /https to http/),
    { requests: 1 },
  ),
  target(
    55,
    "an upload's Location leaves https",
    [on("start-upload", { kind: "headers", headers: { location: "http://registry.test/up" } })],
    fails("registry-rejected", /X-Forwarded-Proto/),
    { also: ({ ran }) => assert.ok(!ran.host.requests.some((one) => one.includes(" http:"))) },
  ),
];

await plays([...forms, ...elsewhere(false), ...elsewhere(true), ...redirects]);

async function pushToPublic(
  registry: FaultRegistry,
  check: (stderr: string) => void,
): Promise<void> {
  await using server = registry.listen();
  using network = naming("registry.test", server.host);
  await onMachine(HELLO, async ({ krust }) => {
    const name = ["--image", "registry.test/app:v1", "--insecure-registry", "registry.test"];
    const ran = await krust(["build", "--base", "scratch", ...name], { network });
    assert.equal(ran.status, 5, ran.stderr);
    assert.equal(ran.stdout, "");
    for (const one of ran.host.requests) assert.match(one, /^\w+ http:\/\/registry\.test\//);
    check(ran.stderr);
  });
}

const PRIVATE: readonly string[] = [
  "10.0.0.1",
  "127.0.0.1:PORT",
  "localhost:PORT",
  "169.254.169.254",
  "192.168.1.1",
  "0.0.0.0:PORT",
  "[::1]:PORT",
  "[::ffff:127.0.0.1]:PORT",
  "2130706433:PORT",
];

for (const kind of ["start-upload", "head-manifest"] as const) {
  await rowTest(54, `${kind} of a public name leads to a private address`, async () => {
    for (const address of PRIVATE) {
      await using trap = rawServer("never heard");
      const host = address.replace("PORT", trap.host.split(":")[1] ?? "");
      const status = kind === "start-upload" ? 202 : 307;
      const does = answers(status, [], { location: `http://${host}/up` });
      await pushToPublic(faultRegistry({ faults: [on(kind, does)] }), (stderr) => {
        assert.match(stderr, /^error\[registry-rejected\]: .*refusing to follow .* private/m, host);
      });
      assert.equal(trap.connections, 0, host);
    }
  });
}
