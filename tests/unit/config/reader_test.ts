// Readers: what each takes, and what it says of the rest.
import assert from "node:assert/strict";
import fc from "fast-check";
import {
  type Fault,
  readArguments,
  readChoice,
  type Reader,
  readFlag,
  readList,
  readName,
  readPairs,
  readPlatforms,
  readRegistryHost,
  readSeconds,
  readTag,
  readText,
} from "../../../src/config/reader.ts";
import { KrustError } from "../../../src/core/error.ts";

const fault: Fault = (reason, cause) => new KrustError("config-invalid", reason, { cause });

const TAKEN: readonly (readonly [reader: Reader<unknown>, raw: unknown, value: unknown])[] = [
  [readFlag, true, true],
  [readFlag, false, false],
  [readText, " a ", " a "],
  [readName, "my-bin", "my-bin"],
  [readPlatforms, "linux/amd64,linux/arm64", ["linux/amd64", "linux/arm64"]],
  [readPlatforms, ["amd64", "x86_64", "linux/arm64/v8"], ["linux/amd64", "linux/arm64"]],
  [readPlatforms, ["all"], ["all"]],
  [readPlatforms, ["host,linux/386"], ["host", "linux/386"]],
  [readTag, "v1.0_x-y", "v1.0_x-y"],
  [readRegistryHost, "GHCR.io", "ghcr.io"],
  [readRegistryHost, "index.docker.io", "docker.io"],
  [readRegistryHost, "[::1]:5000", "[::1]:5000"],
  [readRegistryHost, "registry:5000", "registry:5000"],
  [readSeconds, "0", 0],
  [readSeconds, 1_700_000_000, 1_700_000_000],
  [readSeconds, "253402300799", 253402300799],
  [readChoice(["musl", "gnu"]), "gnu", "gnu"],
  [readList(readText), "a,b", ["a,b"]],
  [readList(readText, { commas: true }), ["a,b", "b"], ["a", "b"]],
  [readList(readText, { commas: true }), "a, b ,c", ["a", "b", "c"]],
  [readList(readText), [], []],
  [readArguments, ["-v", "-v", ""], ["-v", "-v", ""]],
  [readPairs, ["a=b", "c=d=e", "f="], { a: "b", c: "d=e", f: "" }],
  [readPairs, { "x.y": "z" }, { "x.y": "z" }],
  [readPairs, "a=b", { a: "b" }],
];

for (const [reader, raw, value] of TAKEN) {
  Deno.test(`\`${reader.name || "reader"}()\` takes ${JSON.stringify(raw)}`, () => {
    assert.deepEqual(reader(raw, fault), value);
  });
}

const REFUSED: readonly (readonly [reader: Reader<unknown>, raw: unknown, reason: RegExp])[] = [
  [readFlag, "true", /^expected true or false, found text$/],
  [readFlag, 1, /found a number$/],
  [readText, 5, /^expected text, found a number$/],
  [readText, " ", /found none$/],
  [readText, null, /found nothing$/],
  [readText, ["a"], /found a list$/],
  [readText, new Date(0), /found a date$/],
  [readName, "--config=x", /^expected a name, found "--config=x"$/],
  [readPlatforms, "", /^Unsupported platform: $/],
  [readPlatforms, "linux/amd64,", /^Unsupported platform: $/],
  [readPlatforms, "LINUX/AMD64", /^Unsupported platform: LINUX\/AMD64$/],
  [readPlatforms, "linux /amd64", /^Unsupported platform: linux \/amd64$/],
  [readPlatforms, "windows/amd64", /^Unsupported platform: windows\/amd64$/],
  [readPlatforms, [], /^expected a platform, found none$/],
  [readPlatforms, ["all", "amd64"], /^"all" stands alone/],
  [readTag, "latest ", /^"latest " is not a tag/],
  [readTag, "-a", /is not a tag/],
  [readTag, "x".repeat(129), /is not a tag/],
  [readTag, 1, /^expected a tag, found a number$/],
  [readRegistryHost, "https://ghcr.io", /without scheme or path$/],
  [readRegistryHost, "ghcr.io/me", /without scheme or path$/],
  [readRegistryHost, "ghcr.io:99999", /host:port/],
  [readSeconds, "-1", /found "-1"$/],
  [readSeconds, "1.5", /found "1.5"$/],
  [readSeconds, " 1", /^expected whole seconds since 1970/],
  [readSeconds, "1e3", /found "1e3"$/],
  [readSeconds, "", /found ""$/],
  [readSeconds, 1.5, /found "1.5"$/],
  [readSeconds, Infinity, /found "Infinity"$/],
  [readSeconds, "253402300800", /0 to 253402300799/],
  [readSeconds, "9".repeat(400), /^expected whole seconds/],
  [readSeconds, new Date(0), /found a date$/],
  [readChoice(["musl", "gnu"]), "glibc", /^expected musl, gnu, found "glibc"$/],
  [readList(readText), 5, /^expected a list of texts, found a number$/],
  [readList(readText), ["a", 5], /^expected text, found a number$/],
  [readArguments, "--release", /^expected a list of texts, found text$/],
  [readArguments, [1], /^expected texts in the list, found a number$/],
  [readPairs, ["a"], /^expected K=V, found "a"$/],
  [readPairs, ["=b"], /an empty key$/],
  [readPairs, { a: 1 }, /^expected text for "a", found a number$/],
  [readPairs, 5, /^expected a table, found a number$/],
];

for (const [reader, raw, reason] of REFUSED) {
  const shown = JSON.stringify(raw)?.slice(0, 40);
  Deno.test(`\`${reader.name || "reader"}()\` refuses ${shown}: ${reason}`, () => {
    assert.throws(() => reader(raw, fault), { name: "KrustError", message: reason });
  });
}

Deno.test("`readRegistryHost()` does not repeat what may hold a password", () => {
  assert.throws(() => readRegistryHost("user:hunter2@ghcr.io", fault), (error: unknown) => {
    assert.ok(!Deno.inspect(error).includes("hunter2"));
    return true;
  });
});

Deno.test("`readPairs()` takes `__proto__` for a key like any other", () => {
  const value = readPairs(["__proto__=x"], fault);
  assert.deepEqual(Object.entries(value), [["__proto__", "x"]]);
});

Deno.test("every reader throws nothing but what its fault makes", () => {
  const readers = [...new Set([...TAKEN, ...REFUSED].map(([reader]) => reader))];
  fc.assert(fc.property(fc.constantFrom(...readers), fc.anything(), (reader, raw) => {
    try {
      reader(raw, fault);
    } catch (error) {
      assert.ok(error instanceof KrustError, Deno.inspect(error));
    }
  }));
});
