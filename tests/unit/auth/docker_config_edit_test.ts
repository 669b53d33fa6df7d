import assert from "node:assert/strict";
import fc from "fast-check";
import { editAuths } from "../../../src/auth/docker_config_edit.ts";
import { normalizeKey } from "../../../src/auth/registry_key.ts";

const ENTRY = { auth: "bWU6cHc=" };

Deno.test("editAuths() makes a file like docker's where there is none", () => {
  const text = '{\n\t"auths": {\n\t\t"ghcr.io": {\n\t\t\t"auth": "bWU6cHc="\n\t\t}\n\t}\n}\n';
  assert.equal(editAuths("", "ghcr.io", () => ENTRY), text);
});

Deno.test("editAuths() writes Docker Hub as docker does, whatever it was called before", () => {
  const text = '{"auths":{"docker.io":{"auth":"b2xk"},"index.docker.io":{}}}';
  const next = editAuths(text, "docker.io", () => ENTRY);
  assert.equal(next, '{"auths":{"https://index.docker.io/v1/":{"auth":"bWU6cHc="}}}');
});

Deno.test("editAuths() gives the same text where there is nothing to remove", () => {
  for (const text of ["", "{}", '{ "auths" : { "a.test": {} } }\n']) {
    assert.equal(editAuths(text, "b.test", () => undefined), text);
  }
});

Deno.test("editAuths() keeps numbers to the digit, odd keys and the form of the file", () => {
  const text =
    '{\n  "n": 12345678901234567890,\n  "m": 1.50,\n  "__proto__": {\n    "x": 1\n  },\n' +
    '  "auths": {}\n}';
  const wanted = text.replace('"auths": {}', '"auths": {\n    "a.test": {}\n  }');
  assert.equal(editAuths(text, "a.test", () => ({})), wanted);
});

Deno.test("editAuths() keeps every key and every entry of other registries", () => {
  const key = fc.oneof(fc.string(), fc.constantFrom("a.test", "https://a.test/v1/", "a.test/x"));
  const document = fc.record({ auths: fc.dictionary(key, fc.jsonValue()), other: fc.jsonValue() });
  fc.assert(fc.property(document, (before) => {
    const { auths, ...rest } = JSON.parse(editAuths(JSON.stringify(before), "a.test", () => ENTRY));
    const wanted: Record<string, unknown> = JSON.parse(JSON.stringify(before.auths));
    for (const name of Object.keys(wanted)) {
      if (normalizeKey(name) === "a.test") delete wanted[name];
    }
    assert.deepEqual(auths, { ...wanted, "a.test": ENTRY });
    assert.deepEqual(rest, JSON.parse(JSON.stringify({ other: before.other })));
  }));
});
