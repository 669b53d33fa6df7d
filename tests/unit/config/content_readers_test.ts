// What a container's configuration may hold, in the words of docker.
import assert from "node:assert/strict";
import fc from "fast-check";
import { parseAsset, readAsset } from "../../../src/config/asset_text.ts";
import {
  readCapability,
  readImagePath,
  readPorts,
  readSignal,
  readUser,
  readWhole,
} from "../../../src/config/content_readers.ts";
import { expandName, readNameTemplate } from "../../../src/config/name_template.ts";
import type { Fault, Reader } from "../../../src/config/reader.ts";
import { KrustError } from "../../../src/core/error.ts";

const fault: Fault = (reason) => new KrustError("config-invalid", reason);

const READ:
  readonly (readonly [name: string, reader: Reader<unknown>, raw: unknown, value: unknown])[] = [
    ["user", readUser, "app", "app"],
    ["user", readUser, "1000:1000", "1000:1000"],
    ["user", readUser, 1000, "1000"],
    ["path", readImagePath, "/srv/a b", "/srv/a b"],
    ["ports", readPorts, 8080, ["8080/tcp"]],
    ["ports", readPorts, ["80,443/TCP", "53/udp", 80], ["80/tcp", "443/tcp", "53/udp"]],
    ["ports", readPorts, "9000-9002/sctp", ["9000/sctp", "9001/sctp", "9002/sctp"]],
    ["signal", readSignal, "SIGTERM", "SIGTERM"],
    ["signal", readSignal, "quit", "SIGQUIT"],
    ["signal", readSignal, 9, "9"],
    ["signal", readSignal, "RTMIN+3", "SIGRTMIN+3"],
    ["capability", readCapability, "cap_net_raw=+ep", "cap_net_raw=+ep"],
    ["capability", readCapability, 10, "10"],
    ["whole", readWhole(1, 9), "9", 9],
    ["whole", readWhole(1, 9), 1, 1],
    ["asset", readAsset, "a:/b", "a:/b"],
    ["template", readNameTemplate, "{package}/{bin}-v{version}", "{package}/{bin}-v{version}"],
  ];

for (const [name, reader, raw, value] of READ) {
  Deno.test(`the reader of a ${name} takes ${JSON.stringify(raw)}`, () => {
    assert.deepEqual(reader(raw, fault), value);
  });
}

const REFUSED:
  readonly (readonly [name: string, reader: Reader<unknown>, raws: readonly unknown[]])[] = [
    ["user", readUser, ["", "a b", "a:b:c", ":a", "a:", true, ["a"]]],
    ["path", readImagePath, ["srv", "./a", "/a/../b", "", 5]],
    ["ports", readPorts, ["0", "65536", "80-79", "80/http", "a", "", "80,", -1, 80.5, [true]]],
    ["signal", readSignal, ["SIG", "0", "65", "TERMINATE", "sig term", "", ["SIGTERM"]]],
    ["capability", readCapability, ["net_bind", "", "chown=x", ["chown"]]],
    ["whole", readWhole(1, 9), ["0", "10", "-1", "1e1", "1.5", "x", "", "1000000000", null]],
    ["asset", readAsset, [
      "a",
      ":/b",
      "a:b",
      "a:/b:",
      "a:/b:9",
      "a:/b:0888",
      "a:/b:4755",
      "a:/../b",
    ]],
    ["template", readNameTemplate, ["", "{name}", "{bim}", "{package", "a}", 5]],
  ];

for (const [name, reader, raws] of REFUSED) {
  for (const raw of raws) {
    Deno.test(`the reader of a ${name} refuses ${JSON.stringify(raw)}`, () => {
      assert.throws(() => reader(raw, fault), { code: "config-invalid" });
    });
  }
}

Deno.test("`parseAsset()` finds source, destination and mode, whatever colons the source has", () => {
  const parts = (text: string) => parseAsset(text, fault);
  assert.deepEqual(parts("a:/b"), { source: "a", destination: "/b" });
  assert.deepEqual(parts("a:/b:644"), { source: "a", destination: "/b", mode: 0o644 });
  assert.deepEqual(parts("a:/b:0o750"), { source: "a", destination: "/b", mode: 0o750 });
  assert.deepEqual(parts("C:\\x:/b/"), { source: "C:\\x", destination: "/b/" });
  assert.deepEqual(parts("a:b c:/"), { source: "a:b c", destination: "/" });
  assert.deepEqual(parts("/abs/a:/b:0400"), { source: "/abs/a", destination: "/b", mode: 0o400 });
});

Deno.test("`parseAsset()` refuses or reads any text, and an absolute path comes of it", () => {
  fc.assert(fc.property(fc.string(), (text) => {
    try {
      assert.match(parseAsset(text, fault).destination, /^\//);
    } catch (error) {
      assert.ok(error instanceof KrustError);
    }
  }));
});

Deno.test("`readNameTemplate()` names the nearest place", () => {
  assert.throws(() => readNameTemplate("{bim}", fault), {
    message: "there is no {bim}; there is {bin}",
  });
  assert.throws(() => readNameTemplate("{x}", fault), {
    message: "there is no {x}; there is {package}, {bin}, {version}",
  });
});

Deno.test("`expandName()` fills every place", () => {
  const facts = { package: "app", bin: "server", version: "1.2.3" };
  assert.equal(expandName("{package}/{bin}-{version}-{bin}", facts), "app/server-1.2.3-server");
});
