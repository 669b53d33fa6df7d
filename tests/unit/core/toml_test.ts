// TOML: places in errors, nothing quoted, and where keys stand.
import assert from "node:assert/strict";
import fc from "fast-check";
import { KrustError } from "../../../src/core/error.ts";
import { parseToml } from "../../../src/core/toml.ts";
import { locateKey, TOML_LIMIT } from "../../../src/core/toml_keys.ts";

Deno.test("`parseToml()` reads tables, dotted keys and lists", () => {
  const table = parseToml('a = 1\nb.c = ["x", "y"]\n[d."e.f"]\ng = true\n', "c.toml");
  assert.deepEqual(JSON.parse(JSON.stringify(table)), {
    a: 1,
    b: { c: ["x", "y"] },
    d: { "e.f": { g: true } },
  });
});

Deno.test("`parseToml()` reads a text with a byte order mark and CRLF", () => {
  assert.deepEqual({ ...parseToml("\uFEFFa = 1\r\nb = 2\r\n", "c.toml") }, { a: 1, b: 2 });
});

Deno.test("`parseToml()` keeps `__proto__` a key like any other", () => {
  const table = parseToml("__proto__ = { polluted = true }", "c.toml");
  assert.deepEqual(Object.keys(table), ["__proto__"]);
  assert.equal(Reflect.get({}, "polluted"), undefined);
});

const BROKEN: readonly (readonly [text: string, message: string])[] = [
  ["a = ", "c.toml:1:5: invalid value"],
  ['a = 1\nb = "x\n', "c.toml:2:7: control characters are not allowed in strings"],
  ["a = 1\n\na = 2", "c.toml:3:1: trying to redefine an already defined table or value"],
  ["[a", "c.toml:1:2: incomplete key-value: cannot find end of key"],
];

for (const [text, message] of BROKEN) {
  Deno.test(`\`parseToml()\` says where ${JSON.stringify(text)} is broken`, () => {
    assert.throws(() => parseToml(text, "c.toml"), (error: unknown) => {
      assert.ok(error instanceof KrustError);
      assert.equal(error.code, "config-invalid");
      assert.equal(error.message, message);
      const [, line, column] = message.split(":");
      assert.deepEqual(error.details, { path: "c.toml", line, column });
      return true;
    });
  });
}

Deno.test("`parseToml()` never repeats the text, as it may be a password", () => {
  for (const text of ['p = "hunter2', "p = hunter2", 'p = """\nhunter2', "hunter2", "[hunter2"]) {
    assert.throws(() => parseToml(`user = "x"\n${text}`, "c.toml"), (error: unknown) => {
      assert.ok(error instanceof KrustError);
      assert.ok(!Deno.inspect(error).includes("hunter2"), Deno.inspect(error));
      return true;
    });
  }
});

Deno.test("`parseToml()` refuses what is too large or too deep", () => {
  const large = `# ${"x".repeat(TOML_LIMIT)}`;
  assert.throws(() => parseToml(large, "c.toml"), { code: "config-invalid" });
  const deep = (levels: number): string => `a = ${"[".repeat(levels)}${"]".repeat(levels)}`;
  assert.doesNotThrow(() => parseToml(deep(60), "c.toml"));
  assert.throws(() => parseToml(deep(5_000), "c.toml"), { code: "config-invalid" });
});

Deno.test("`parseToml()` throws nothing but KrustError on arbitrary text", () => {
  const pieces = fc.constantFrom(
    ..."[]{}=.,\"'#\\\n\r\t \u0000ab019-_",
    '"""',
    "'''",
    "\\u00",
    "1e",
  );
  const text = fc.oneof(fc.string({ unit: "binary" }), fc.array(pieces).map((all) => all.join("")));
  fc.assert(fc.property(text, (toml) => {
    try {
      parseToml(toml, "c.toml");
    } catch (error) {
      assert.ok(error instanceof KrustError, Deno.inspect(error));
    }
  }));
});

const DOCUMENT = `# base = "a comment"
base_image = "x" # not = a key
args = [
  "a = 1", # ] neither
  { inner = 1, "q.k" = { z = [1, { deep = 2 }] } },
]
text = """
fake = 1
[none]
"""""
[registries."ghcr.io"]
  username = 'u # = v'
[ a . 'b c' ]
pass.word = 1979-05-27 07:32:00
[[list]]
y = { a = "}", b.c = 2 }
"\\u006cast" = 1`;

const PLACES: readonly (readonly [keyPath: readonly string[], place: string])[] = [
  [["base_image"], "2:1"],
  [["args"], "3:1"],
  [["args", "inner"], "5:5"],
  [["args", "q.k", "z", "deep"], "5:36"],
  [["text"], "7:1"],
  [["registries"], "11:2"],
  [["registries", "ghcr.io"], "11:13"],
  [["registries", "ghcr.io", "username"], "12:3"],
  [["a", "b c"], "13:7"],
  [["a", "b c", "pass", "word"], "14:6"],
  [["list", "y", "b", "c"], "16:18"],
  [["list", "last"], "17:1"],
  [["base"], "none"],
  [["fake"], "none"],
  [["none"], "none"],
  [["username"], "none"],
  [[], "none"],
];

for (const [keyPath, place] of PLACES) {
  Deno.test(`\`locateKey()\` finds ${JSON.stringify(keyPath)} at ${place}`, () => {
    parseToml(DOCUMENT, "c.toml");
    const found = locateKey(DOCUMENT, keyPath);
    assert.equal(found === undefined ? "none" : `${found.line}:${found.column}`, place);
  });
}

Deno.test("`locateKey()` counts lines past a CRLF and passes a text of a megabyte", () => {
  assert.deepEqual(locateKey("a = 1\r\nb = 2", ["b"]), { line: 2, column: 1 });
  const long = "x\\n".repeat(300_000);
  assert.deepEqual(locateKey(`a = """${long}"""\nb = 1`, ["b"]), { line: 2, column: 1 });
  assert.deepEqual(locateKey(`a = "${long}"\nb = 1`, ["b"]), { line: 2, column: 1 });
});

Deno.test("`locateKey()` finds every key of a document, wherever it stands", () => {
  const key = fc.string({ minLength: 1, maxLength: 8 });
  const value = fc.oneof(fc.integer(), fc.string());
  const documents = fc.dictionary(key, fc.dictionary(key, value, { minKeys: 1 }), { minKeys: 1 });
  fc.assert(fc.property(documents, (tables) => {
    // JSON's strings are TOML's, but for DEL, which TOML wants escaped.
    const quote = (text: string): string => JSON.stringify(text).replaceAll("\x7f", "\\u007f");
    const lines: string[] = [];
    for (const [name, table] of Object.entries(tables)) {
      lines.push(`[${quote(name)}]`);
      for (const [at, item] of Object.entries(table)) {
        lines.push(`${quote(at)} = ${typeof item === "string" ? quote(item) : item}`);
        const text = lines.join("\n");
        assert.deepEqual(locateKey(text, [name, at]), { line: lines.length, column: 1 }, text);
      }
    }
    parseToml(lines.join("\n"), "c.toml");
  }));
});

Deno.test("`locateKey()` never throws and never hangs on arbitrary text", () => {
  const pieces = fc.constantFrom(..."[]{}=.,\"'#\\\n ab1", '"""', "'''", "[[", "a=[", "a={");
  fc.assert(fc.property(fc.array(pieces, { maxLength: 200 }), (all) => {
    locateKey(all.join(""), ["a", "b"]);
  }));
  for (const piece of ["a=[", "[", "{", '"', '"""', "a.", "a={b="]) {
    assert.doesNotThrow(() => locateKey(piece.repeat(50_000), ["z"]), piece);
  }
});
