// Parsers of what this machine says: the environment, arguments, files beside docker's and krust's own, and
// what cargo, rustc, git and container engines write.
import assert from "node:assert/strict";
import fc from "fast-check";
import { editAuths } from "../../src/auth/docker_config_edit.ts";
import { parseDockerConfig } from "../../src/auth/docker_config.ts";
import { sourceRevision } from "../../src/build/revision.ts";
import { readCargoArguments } from "../../src/cargo/arguments.ts";
import { parseConfigFile } from "../../src/cargo/config_file.ts";
import { FailureNotes } from "../../src/cargo/failure.ts";
import { lastError } from "../../src/cargo/last_error.ts";
import { readMetadata } from "../../src/cargo/metadata.ts";
import { words } from "../../src/cargo/target_configuration.ts";
import { parseListenAddress } from "../../src/cli/listen_address.ts";
import { parseArguments } from "../../src/cli/parse.ts";
import { readRegistryArgument } from "../../src/cli/registry_argument.ts";
import { resolveSettings } from "../../src/config/resolve_settings.ts";
import { NO_USER_CONFIG } from "../../src/config/user_settings.ts";
import { Once } from "../../src/core/once.ts";
import { readProxies } from "../../src/core/proxy.ts";
import { bytesOf, lines } from "../../src/core/streams.ts";
import { openClient } from "../../src/core/tls.ts";
import { findEngine } from "../../src/sinks/engine.ts";
import { fakeHost } from "../support/fake_host.ts";
import { type FuzzTarget, target } from "./fuzz.ts";
import { bytesFrom, harmed, harmedJson, wordsOf } from "./inputs.ts";

const proxyUrls = fc.oneof(
  harmed(["http://u:p%40@proxy.test:3128", "socks5://127.0.0.1:1080", "proxy"], ":", "/", "@", "["),
  wordsOf("http", "://", "proxy.test", ":", "3128", "@", "[::1]", "socks5", "/"),
);
const exceptions = fc.oneof(
  harmed(["localhost,.corp.test,10.0.0.0/8,*", "*.test, 127.0.0.1/32"], ",", ".", "/", "*", "/33"),
  wordsOf("registry.test", ".", ",", "*", "10.0.0.1", "/", "8", "[::1]", " "),
);

const proxies = target("proxy variables", fc.tuple(proxyUrls, exceptions), ([proxy, straight]) => {
  const find = readProxies((name) =>
    name === "HTTPS_PROXY" ? proxy : name === "NO_PROXY" ? straight : undefined
  );
  for (const at of ["https://registry.test/", "https://10.0.0.1:5000/", "https://[::1]/"]) {
    const found = find(new URL(at));
    if (found === undefined) continue;
    assert.equal(found.variable, "HTTPS_PROXY");
    assert.ok(!found.host.includes("@"), "no user information");
  }
});

const settings = target(
  "settings",
  fc.record({
    platform: fc.oneof(
      wordsOf("linux/amd64", "all", "host", ",", "arm64"),
      fc.array(wordsOf("linux/arm/v7", ",")),
    ),
    tag: fc.array(wordsOf("v1", ",", "latest", ".")),
    label: fc.array(wordsOf("a", "=", "b")),
    sourceDateEpoch: wordsOf("0", "9", "-", ".", "e"),
    libc: wordsOf("musl", "gnu", "x"),
  }, { requiredKeys: [] }),
  (flags) => {
    const env = (name: string): string | undefined =>
      name === "SOURCE_DATE_EPOCH" ? flags.sourceDateEpoch : undefined;
    const { sourceDateEpoch: { value } } = resolveSettings({ flags, env, file: NO_USER_CONFIG });
    assert.ok(value === undefined || Number.isSafeInteger(value));
  },
);

const argument = wordsOf(
  ...["--", "-", "build", "login", "auth", "check", "registry", "serve", "help", "version"],
  ...["--platform", "=", "linux/amd64", "-v", "-p", "--tag", "--password", "--addr", "completions"],
);

const commandLine = target(
  "arguments",
  fc.array(argument, { maxLength: 6 }),
  async (args) => void await parseArguments(args),
);

const cargoArguments = target(
  "cargo's arguments",
  fc.array(
    wordsOf("--bin", "=", "x", "-p", "--profile", "--config", "-Z", "--target-dir", "--release"),
    { maxLength: 6 },
  ),
  (args) => {
    const { rest, selection } = readCargoArguments(args);
    for (const each of rest) {
      assert.doesNotMatch(each, /^(?:--(?:config|target|message-format|manifest-path)(?:=|$)|-Z)/);
    }
    for (const bin of selection.bins) assert.equal(typeof bin, "string");
  },
);

const listenAddress = target(
  "listen address",
  wordsOf("127.0.0.1", ":", "5000", "[::1]", "localhost", "65536", "/", "@"),
  (text) => {
    const { port, hostname } = parseListenAddress(text);
    assert.ok(port >= 0 && port <= 65_535 && hostname !== "");
  },
);

const registryArgument = target(
  "registry argument",
  wordsOf("https://", "ghcr.io", "/", "v2", ":", "5000", "user:secret@", "docker.io", "[::1]"),
  (text) => assert.doesNotMatch(readRegistryArgument(text), /[/@\s]/),
);

const dockerEdit = target(
  "docker config edit",
  harmedJson({
    auths: { "ghcr.io": { auth: "eDp5" }, "https://index.docker.io/v1/": {} },
    HttpHeaders: { a: "b" },
    big: 12345678901234567890n.toString(),
    credsStore: "",
  }),
  (text) => {
    parseDockerConfig(text, "config.json");
    const edited = editAuths(text, "ghcr.io", () => ({ auth: "bWU6cHc=" }));
    const secret = parseDockerConfig(edited, "config.json").secret("ghcr.io");
    assert.deepEqual(secret, { kind: "basic", username: "me", password: "pw" });
  },
);

const CARGO_CONFIG = `include = ["a.toml", { path = "b.toml" }]
[build]
rustflags = ["-C", "x"]
[target.'cfg(unix)']
linker = "ld"
rustflags = "a b"
[unstable]
build-std = ["std"]
`;

const cargoConfig = target(
  "cargo's config.toml",
  harmed([CARGO_CONFIG], "[", "]", "=", '"', "'", "{", ".", "#", "include"),
  (text) => {
    const { file, includes } = parseConfigFile(text, "/w/.cargo/config.toml");
    for (const path of includes) assert.equal(typeof path, "string");
    for (const { rustflags = [] } of Object.values(file.targets)) {
      for (const flag of [rustflags].flat()) assert.equal(typeof flag, "string");
    }
  },
);

const REFUSALS = [
  "error: bad key\n --> Cargo.toml:4:5\n  |\n4 | a = = 1\n  |     ^\n",
  "error: failed to parse manifest at `/w/Cargo.toml`\n\nCaused by:\n  TOML parse error at line 4, column 5\n    |\n  4 | x\n    | ^\n  invalid key\n",
  "error: linking with `cc` failed: exit status: 1\nerror: could not compile `x`\n",
  "error[E0308]: mismatched types\nCaused by:\n    0: a\n    1: b\nStack backtrace:\n  1: c\n",
];

const diagnostics = fc.oneof(
  harmed(REFUSALS, "\n", "error: ", "Caused by:", "`", ":1:2", "\u001b[31m", " --> ", "  "),
  wordsOf("error", ": ", "\n", "Caused by:", " --> ", ":1:1", "`", "TOML parse error at line 1, "),
);

const NEEDLESS = {
  report: {
    info(): void {},
    debug(): void {},
    warn(): void {},
    output(): void {},
    passThrough: false,
  },
  platformConfig: {},
  installedTargets: new Once<void>(),
};

const cargoDiagnostics = target("cargo's diagnostics", diagnostics, async (text) => {
  const notes = new FailureNotes();
  for (const line of text.split("\n")) notes.note(line);
  assert.ok((lastError(notes.text) ?? "").length <= 600);
  const host = fakeHost({
    cwd: "/",
    programs: {
      cargo: ({ err }) => {
        err(text);
        return 101;
      },
    },
  });
  await readMetadata({ ...NEEDLESS, host, cargoProgram: "cargo" }, "/");
});

const gitAnswer = target(
  "git's answer",
  wordsOf("# branch.oid ", "a".repeat(40), "0123456789abcdef".repeat(4), "\n", "# ", "? y"),
  async (text) => {
    const host = fakeHost({
      cwd: "/",
      programs: {
        git: ({ out }) => {
          out(text);
          return 0;
        },
      },
    });
    const revision = await sourceRevision("/", host);
    assert.match(revision ?? "a".repeat(40), /^[0-9a-f]{40,64}$/);
  },
);

const engineAnswer = target(
  "engine's answer",
  wordsOf("linux", "/", "amd64", "x86_64", "\n", "<no value>"),
  async (text) => {
    const host = fakeHost({
      cwd: "/",
      programs: {
        docker: ({ out }) => {
          out(text);
          return 0;
        },
      },
    });
    const { platform } = await findEngine({ host });
    assert.match(platform.os + platform.architecture, /^[a-z0-9_]+$/);
  },
);

const rustflags = target("RUSTFLAGS", wordsOf("-C", " ", "\t", "\u00a0", "x=y"), (text) => {
  for (const word of words(text)) assert.doesNotMatch(word, /\s/);
});

const programLines = target(
  "lines",
  fc.tuple(bytesFrom(wordsOf("\n", "\r\n", "{", "a")), fc.integer({ min: 1, max: 50 })),
  async ([bytes, limit]) => {
    let total = 0;
    for await (const line of lines(bytesOf(bytes), limit)) {
      assert.ok(!line.includes("\n"));
      total += line.length;
    }
    assert.ok(total <= bytes.length);
  },
);

const PEM = "-----BEGIN CERTIFICATE-----\nMIIBAAAA\n-----END CERTIFICATE-----\n";

const pem = target("PEM", harmed([PEM, PEM.repeat(2)], "-----BEGIN ", "\n", "=", "MII"), (text) => {
  try {
    openClient({ authorities: [text] }).close();
  } catch (error) {
    assert.ok(error instanceof Error && !error.message.includes("MII"));
  }
});

/** The targets of this file. */
export const HOST_TARGETS: readonly FuzzTarget[] = [
  proxies,
  settings,
  commandLine,
  cargoArguments,
  listenAddress,
  registryArgument,
  dockerEdit,
  cargoConfig,
  cargoDiagnostics,
  gitAnswer,
  engineAnswer,
  rustflags,
  programLines,
  pem,
];
