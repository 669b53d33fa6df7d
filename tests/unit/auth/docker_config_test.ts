// Docker's config.json: every form of an entry, and errors that give nothing away.
import assert from "node:assert/strict";
import fc from "fast-check";
import { parseDockerConfig, type Secret } from "../../../src/auth/docker_config.ts";
import { KrustError } from "../../../src/core/error.ts";

const PATH = "/home/me/.docker/config.json";

/** The secret that an entry of `auths` for `a.test` gives. */
function secretOf(entry: unknown): Secret | undefined {
  return parseDockerConfig(JSON.stringify({ auths: { "a.test": entry } }), PATH).secret("a.test");
}

const base64 = (text: string): string => new TextEncoder().encode(text).toBase64();

const BASIC = { kind: "basic", username: "me", password: "hunter2" };

const ENTRIES: readonly (readonly [what: string, entry: unknown, secret: unknown])[] = [
  ["auth", { auth: base64("me:hunter2") }, BASIC],
  ["auth without padding", { auth: base64("me:hunter2").replace(/=+$/, "") }, BASIC],
  ["auth with a NUL behind", { auth: base64("me:hunter2\0") }, BASIC],
  ["auth with a line end", { auth: `${base64("me:hunter2")}\n` }, BASIC],
  [
    "auth with colons in the password",
    { auth: base64("me:a:b::c") },
    { kind: "basic", username: "me", password: "a:b::c" },
  ],
  [
    "auth of a Google service account",
    { auth: base64('_json_key:{"a": 1}') },
    { kind: "basic", username: "_json_key", password: '{"a": 1}' },
  ],
  ["auth that is not ASCII", { auth: base64("mé:ü✓") }, {
    kind: "basic",
    username: "mé",
    password: "ü✓",
  }],
  ["auth before username", { auth: base64("me:hunter2"), username: "x", password: "y" }, BASIC],
  ["username and password", { username: "me", password: "hunter2" }, BASIC],
  ["a blank auth", { auth: "", username: "me", password: "hunter2" }, BASIC],
  ["nulls", { auth: null, identitytoken: null, username: "me", password: "hunter2" }, BASIC],
  ["identitytoken", { identitytoken: "t" }, { kind: "identity", token: "t" }],
  [
    "identitytoken beside auth",
    { auth: base64("00000000-0000-0000-0000-000000000000:"), identitytoken: "t" },
    { kind: "identity", token: "t" },
  ],
  ["the user <token>", { username: "<token>", password: "t" }, { kind: "identity", token: "t" }],
  ["registrytoken", { registrytoken: "t" }, { kind: "bearer", token: "t" }],
  ["registrytoken beside all", { auth: base64("a:b"), identitytoken: "i", registrytoken: "t" }, {
    kind: "bearer",
    token: "t",
  }],
  ["an empty entry, as docker writes it beside credsStore", {}, undefined],
  ["an auth of nobody", { auth: base64(":") }, undefined],
];

for (const [what, entry, secret] of ENTRIES) {
  Deno.test(`\`parseDockerConfig()\` reads ${what}`, () => {
    assert.deepEqual(secretOf(entry), secret);
  });
}

const BAD_ENTRIES: readonly (readonly [entry: unknown, reason: string])[] = [
  [{ auth: "hunter2!" }, "auth is not user:password in base64"],
  [{ auth: base64("hunter2") }, "auth is not user:password in base64"],
  [{ auth: new Uint8Array([0xff, 0x3a, 0xfe]).toBase64() }, "auth is not user:password in base64"],
  [{ auth: 123456 }, "auth: expected string"],
  [{ password: ["hunter2"] }, "password: expected string"],
  ["hunter2", "expected Object"],
];

for (const [entry, reason] of BAD_ENTRIES) {
  Deno.test(`\`parseDockerConfig()\` refuses ${JSON.stringify(entry)} without repeating it`, () => {
    assert.throws(() => secretOf(entry), (error: unknown) => {
      assert.ok(error instanceof KrustError);
      assert.equal(error.code, "config-invalid");
      assert.equal(error.message, `${PATH}: auths."a.test": ${reason}`);
      assert.ok(!/hunter2|123456/.test(Deno.inspect(error)));
      return true;
    });
  });
}

Deno.test("`parseDockerConfig()` leaves a broken entry of another registry alone", () => {
  const config = parseDockerConfig(
    JSON.stringify({
      auths: { "a.test": { auth: 5 }, "b.test": { username: "u", password: "p" } },
    }),
    PATH,
  );
  assert.equal(config.secret("b.test")?.kind, "basic");
  assert.equal(config.secret("c.test"), undefined);
});

const BAD_FILES: readonly (readonly [text: string, message: string])[] = [
  ["{", `${PATH}:1:2: it is not JSON`],
  ['{"auths": {\n  "a": hunter2}}', `${PATH}: it is not JSON`],
  ["hunter2", `${PATH}: it is not JSON`],
  ['"hunter2"', `${PATH}: expected Object`],
  ["null", `${PATH}: expected Object`],
  ['{"auths": "hunter2"}', `${PATH}: auths: expected Object`],
  ['{"credHelpers": {"a": 1}}', `${PATH}: credHelpers.a: expected string`],
  ['{"credsStore": 5}', `${PATH}: credsStore: expected string`],
];

for (const [text, message] of BAD_FILES) {
  Deno.test(`\`parseDockerConfig()\` refuses ${JSON.stringify(text)} without repeating it`, () => {
    assert.throws(() => parseDockerConfig(text, PATH), (error: unknown) => {
      assert.ok(error instanceof KrustError);
      assert.equal(error.code, "config-invalid");
      assert.equal(error.message, message);
      assert.ok(!Deno.inspect(error).includes("hunter2"));
      return true;
    });
  });
}

Deno.test("`parseDockerConfig()` passes over what it does not know, and takes a blank file for none", () => {
  for (
    const text of ["{}", "", " \n", '{"auths": null, "HttpHeaders": {"X": 1}, "detachKeys": 5}']
  ) {
    const config = parseDockerConfig(text, PATH);
    assert.equal(config.secret("a.test"), undefined);
    assert.equal(config.helper("a.test"), undefined);
    assert.equal(config.store(["a.test"]), undefined);
  }
});

Deno.test("`parseDockerConfig()` prefers docker's own spelling of a key, and one that says something", () => {
  const entry = (username: string): unknown => ({ username, password: "p" });
  const usernameFor = (auths: unknown, key: string): string | undefined => {
    const secret = parseDockerConfig(JSON.stringify({ auths }), PATH).secret(key);
    return secret?.kind === "basic" ? secret.username : undefined;
  };
  const hub = { "docker.io": entry("a"), "https://index.docker.io/v1/": entry("b") };
  assert.equal(usernameFor(hub, "docker.io"), "b");
  assert.equal(usernameFor({ "https://a.test": entry("a"), "a.test": entry("b") }, "a.test"), "b");
  assert.equal(usernameFor({ "a.test": {}, "https://a.test/v2/": entry("b") }, "a.test"), "b");
});

Deno.test("`parseDockerConfig()` names the programs of helpers and store", () => {
  const config = parseDockerConfig(
    '{"credHelpers": {"https://a.test": "ecr-login", "b.test": ""}, "credsStore": "pass"}',
    PATH,
  );
  assert.equal(config.helper("a.test"), "docker-credential-ecr-login");
  assert.equal(config.helper("c.test"), undefined);
  assert.equal(config.store(["c.test/x", "c.test"]), "docker-credential-pass");
  assert.equal(config.store(["a.test/x", "a.test"]), undefined);
  // Docker takes an empty name for "no helper here".
  assert.equal(config.helper("b.test"), undefined);
  assert.equal(config.store(["b.test"]), undefined);
});

const BAD_NAMES = ["../../bin/sh", "a b", "a;b", "a/b", "$(id)", "a\nb", "ü"];

for (const name of BAD_NAMES) {
  Deno.test(`\`parseDockerConfig()\` takes ${JSON.stringify(name)} for no helper`, () => {
    const config = parseDockerConfig(
      JSON.stringify({ credHelpers: { "a.test": name }, credsStore: name }),
      PATH,
    );
    for (const ask of [() => config.helper("a.test"), () => config.store(["b.test"])]) {
      assert.throws(ask, { code: "config-invalid", message: /names no credential helper$/ });
    }
  });
}

Deno.test("`parseDockerConfig()` throws nothing but KrustError on arbitrary documents", () => {
  const field = fc.constantFrom("auth", "username", "password", "identitytoken", "registrytoken");
  const value = fc.oneof(fc.string(), fc.base64String(), fc.jsonValue());
  const entries = fc.dictionary(
    fc.constantFrom("a.test", "https://a.test/v1/", "__proto__", "b"),
    fc.oneof(fc.dictionary(field, value), fc.jsonValue()),
  );
  const document = fc.oneof(
    fc.record({
      auths: entries,
      credHelpers: fc.dictionary(fc.string(), fc.string()),
      credsStore: value,
    })
      .map((file) => JSON.stringify(file)),
    fc.json(),
    fc.string(),
  );
  fc.assert(fc.property(document, (text) => {
    try {
      const config = parseDockerConfig(text, PATH);
      config.secret("a.test");
      config.helper("a.test");
      config.store(["a.test"]);
    } catch (error) {
      assert.ok(error instanceof KrustError, Deno.inspect(error));
      assert.equal(error.code, "config-invalid");
    }
  }));
});

Deno.test("`parseDockerConfig()` gives back any user and password that base64 can hold", () => {
  const user = fc.string({ unit: "grapheme", minLength: 1 }).filter((text) => !text.includes(":"));
  const password = fc.string({ unit: "grapheme", minLength: 1 })
    .filter((text) => !text.endsWith("\0"));
  fc.assert(fc.property(user, password, fc.boolean(), (username, secret, padded) => {
    fc.pre(username !== "<token>");
    const auth = base64(`${username}:${secret}`);
    assert.deepEqual(secretOf({ auth: padded ? auth : auth.replace(/=+$/, "") }), {
      kind: "basic",
      username,
      password: secret,
    });
  }));
});
