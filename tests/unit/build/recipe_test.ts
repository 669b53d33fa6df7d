import assert from "node:assert/strict";
import type { PackageFacts } from "../../../src/cargo/cargo.ts";
import {
  applicationConfig,
  createdTime,
  describeBase,
  describePackage,
  formatTime,
} from "../../../src/build/recipe.ts";
import type { ContainerConfig } from "../../../src/oci/image_config.ts";
import { sha256 } from "../../../src/core/digest.ts";

const FACTS: PackageFacts = { name: "hello", version: "1.2.3", authors: ["me <me@x.test>"] };
const KEY = "org.opencontainers.image";

Deno.test("describePackage() has what there is, and no more", () => {
  assert.deepEqual(describePackage(FACTS), {
    [`${KEY}.title`]: "hello",
    [`${KEY}.version`]: "1.2.3",
  });
});

Deno.test("describePackage() has each fact under its key", () => {
  const facts = { ...FACTS, description: "Says hello", license: "MIT", repository: "https://x/y" };
  assert.deepEqual(describePackage(facts, "0".repeat(40)), {
    [`${KEY}.title`]: "hello",
    [`${KEY}.version`]: "1.2.3",
    [`${KEY}.description`]: "Says hello",
    [`${KEY}.licenses`]: "MIT",
    [`${KEY}.source`]: "https://x/y",
    [`${KEY}.revision`]: "0".repeat(40),
  });
});

const SOURCES: readonly (readonly [written: string, kept: string])[] = [
  ["https://git.test/a@b", "https://git.test/a@b"],
  ["https://me:pw@git.test/a", "https://git.test/a"],
  ["https://me:p@w@git.test/a", "https://git.test/a"],
  ["ssh://git@git.test/a", "ssh://git.test/a"],
];

for (const [written, kept] of SOURCES) {
  Deno.test(`describePackage() makes ${kept} of the repository ${written}`, () => {
    assert.equal(describePackage({ ...FACTS, repository: written })[`${KEY}.source`], kept);
  });
}

Deno.test("describeBase() says what is known", () => {
  const digest = sha256(new Uint8Array());
  assert.deepEqual(describeBase({ name: "x.test/b:v1", digest, index: digest }), {
    [`${KEY}.base.name`]: "x.test/b:v1",
    [`${KEY}.base.digest`]: digest,
    "dev.krust.base.index": digest,
  });
  assert.deepEqual(describeBase({}), {});
});

Deno.test("times are RFC 3339 in UTC, the epoch where there is none", () => {
  assert.equal(formatTime(1_700_000_000), "2023-11-14T22:13:20Z");
  assert.equal(createdTime(0), "1970-01-01T00:00:00Z");
  assert.equal(createdTime(undefined), "1970-01-01T00:00:00Z");
});

Deno.test("applicationConfig() keeps the base's configuration but for what starts it", () => {
  const base: ContainerConfig & { readonly Healthcheck: unknown } = {
    User: "1000",
    Env: ["A=1", "PATH=/bin", "B=2"],
    WorkingDir: "/srv",
    Entrypoint: ["/bin/sh"],
    Cmd: ["-c", "true"],
    Labels: { kept: "1", title: "base" },
    Volumes: { "/data": {} },
    ExposedPorts: { "80/tcp": {} },
    StopSignal: "SIGQUIT",
    Healthcheck: { Test: ["NONE"] },
  };
  assert.deepEqual(applicationConfig(base, "/app/hello", { title: "hello" }), {
    User: "1000",
    Env: ["A=1", "PATH=/bin:/app", "B=2"],
    WorkingDir: "/srv",
    Entrypoint: ["/app/hello"],
    Labels: { kept: "1", title: "hello" },
    Volumes: { "/data": {} },
    ExposedPorts: { "80/tcp": {} },
    StopSignal: "SIGQUIT",
    Healthcheck: { Test: ["NONE"] },
  });
});

const SYSTEM = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

const PATHS:
  readonly (readonly [env: readonly string[] | undefined, expected: readonly string[]])[] = [
    [undefined, [`PATH=${SYSTEM}:/app`]],
    [["A=1"], [`PATH=${SYSTEM}:/app`, "A=1"]],
    [["PATH=/bin"], ["PATH=/bin:/app"]],
    [["PATH=/app:/bin"], ["PATH=/app:/bin"]],
    [["PATH=/bin::/apps"], ["PATH=/bin:/apps:/app"]],
    [["PATH="], ["PATH=/app"]],
  ];

for (const [env, expected] of PATHS) {
  Deno.test(`applicationConfig() makes ${expected[0]} of the base's ${env?.join(" ")}`, () => {
    const config = applicationConfig(env === undefined ? {} : { Env: env }, "/app/x", {});
    assert.deepEqual(config.Env, expected);
  });
}

for (const User of [undefined, ""]) {
  Deno.test(`applicationConfig() runs as nobody in particular where User is ${User}`, () => {
    const base = User === undefined ? {} : { User };
    assert.equal(applicationConfig(base, "/app/x", {}).User, "65532:65532");
  });
}

Deno.test("applicationConfig() joins what is asked for to the base's, and wins over it", () => {
  const base: ContainerConfig = {
    User: "1000",
    Env: ["PATH=/bin", "A=1", "B=2"],
    Cmd: ["old"],
    WorkingDir: "/",
    Volumes: { "/z": {} },
    ExposedPorts: { "80/tcp": {} },
    StopSignal: "SIGQUIT",
  };
  const config = applicationConfig(base, "/app/x", {}, {
    env: { Z: "26", B: "", C: "a=b" },
    user: "7:7",
    workdir: "/srv",
    ports: ["443/tcp", "80/tcp"],
    entrypoint: ["/bin/init", "--"],
    cmd: ["", "a b"],
    volumes: ["/data"],
    stopSignal: "SIGINT",
  });
  assert.deepEqual(config, {
    User: "7:7",
    Env: ["PATH=/bin:/app", "A=1", "B=", "C=a=b", "Z=26"],
    Entrypoint: ["/bin/init", "--"],
    Cmd: ["", "a b"],
    WorkingDir: "/srv",
    Volumes: { "/data": {}, "/z": {} },
    ExposedPorts: { "443/tcp": {}, "80/tcp": {} },
    StopSignal: "SIGINT",
    Labels: {},
  });
});

Deno.test("applicationConfig() takes a PATH that is asked for as it is", () => {
  const { Env } = applicationConfig({ Env: ["PATH=/bin"] }, "/app/x", {}, { env: { PATH: "/x" } });
  assert.deepEqual(Env, ["PATH=/x"]);
});
