// Crates that are known to take more than Rust: a C or C++ compiler for the target, a system library,
// or a program on this machine; and what spares a project that. Facts from the crates' build scripts.

/** What is known of a crate that stands in the target's program. */
export interface NativeCrate {
  /** What it compiles. */
  readonly compiles?: "c" | "c++";
  /** The system library that it links with where it does not compile a copy of its own. */
  readonly library?: string;
  /** Its build script's dependency that is there exactly where it compiles a copy of its own. */
  readonly bundledBy?: string;
  /** Variables by which users name a library of their own, as the ends of their names. */
  readonly variables?: readonly string[];
  /** What helps, a line each. */
  readonly help: readonly string[];
}

const RUSTLS =
  "rustls takes no system library: with reqwest, default-features = false and a feature of rustls";

const c = (...help: readonly string[]): NativeCrate => ({ compiles: "c", help });
const cxx = (...help: readonly string[]): NativeCrate => ({ compiles: "c++", help });

/** By the crate's name. */
export const NATIVE_CRATES: Readonly<Record<string, NativeCrate>> = {
  "openssl-sys": {
    library: "OpenSSL",
    bundledBy: "openssl-src",
    compiles: "c",
    variables: ["OPENSSL_DIR", "OPENSSL_LIB_DIR", "OPENSSL_STATIC"],
    help: [
      RUSTLS,
      'or compile OpenSSL in: openssl = { version = "0.10", features = ["vendored"] }',
    ],
  },
  "libsqlite3-sys": {
    library: "SQLite",
    bundledBy: "cc",
    compiles: "c",
    variables: ["SQLITE3_LIB_DIR"],
    help: ['compile SQLite in: rusqlite = { features = ["bundled"] }'],
  },
  "pq-sys": {
    library: "libpq",
    bundledBy: "pq-src",
    compiles: "c",
    variables: ["PQ_LIB_DIR", "PQ_LIB_STATIC"],
    help: ["tokio-postgres and sqlx speak to PostgreSQL in Rust", 'or pq-sys\'s feature "bundled"'],
  },
  "mysqlclient-sys": {
    library: "libmysqlclient",
    bundledBy: "mysqlclient-src",
    compiles: "c++",
    variables: ["MYSQLCLIENT_LIB_DIR"],
    help: ["mysql_async and sqlx speak to MySQL in Rust"],
  },
  "sasl2-sys": {
    library: "libsasl2",
    bundledBy: "cc",
    compiles: "c",
    variables: ["SASL2_DIR"],
    help: ['compile it in: sasl2-sys\'s feature "vendored"'],
  },
  "libdbus-sys": {
    library: "libdbus-1",
    bundledBy: "cc",
    compiles: "c",
    help: ["zbus speaks D-Bus in Rust", 'or libdbus-sys\'s feature "vendored"'],
  },
  "zmq-sys": {
    library: "libzmq",
    bundledBy: "zeromq-src",
    compiles: "c++",
    help: ["the crate zeromq is Rust"],
  },
  "mlua-sys": {
    library: "Lua",
    bundledBy: "lua-src",
    compiles: "c",
    help: ['compile Lua in: mlua\'s feature "vendored"'],
  },
  "libudev-sys": { library: "libudev", help: ["link with glibc on a base that has libudev"] },
  "alsa-sys": { library: "libasound", help: ["link with glibc on a base that has libasound"] },
  "libgssapi-sys": { library: "Kerberos", help: ["link with glibc on a base that has Kerberos"] },
  "ring": c(),
  "aws-lc-sys": c('rustls with its feature "ring" in place of "aws-lc-rs" compiles less C'),
  "aws-lc-fips-sys": c(),
  "openssl-src": c(RUSTLS),
  "zstd-sys": c("ruzstd decompresses in Rust"),
  "lz4-sys": c("lz4_flex is Rust"),
  "libz-sys": c("flate2's own back end is Rust: leave its features zlib off"),
  "libz-ng-sys": c("flate2's own back end is Rust"),
  "bzip2-sys": c("bzip2 0.6 and later are Rust"),
  "lzma-sys": c("lzma-rs is Rust"),
  "liblzma-sys": c("lzma-rs is Rust"),
  "libgit2-sys": c("gix is Rust"),
  "libssh2-sys": c("russh is Rust"),
  "curl-sys": c("reqwest with rustls is Rust but for its cryptography"),
  "libnghttp2-sys": c(),
  "rdkafka-sys": c("rskafka is Rust"),
  "tikv-jemalloc-sys": c("use it for glibc's targets alone, or leave it out"),
  "jemalloc-sys": c("use it for glibc's targets alone, or leave it out"),
  "libmimalloc-sys": c(),
  "libsodium-sys": c(),
  "libsodium-sys-stable": c(),
  "secp256k1-sys": c("k256 is Rust"),
  "onig_sys": c("fancy-regex is Rust"),
  "pcre2-sys": c("fancy-regex is Rust"),
  "freetype-sys": c(),
  "tree-sitter": c(),
  "psm": c(),
  "blake3": c('its feature "pure" takes no compiler'),
  "librocksdb-sys": cxx("redb and fjall are Rust"),
  "libduckdb-sys": cxx(),
  "snmalloc-sys": cxx(),
  "link-cplusplus": cxx(),
  "grpcio-sys": cxx("tonic is Rust"),
  "harfbuzz-sys": cxx("rustybuzz is Rust"),
};

/** A program that a build script runs on this machine. */
export interface BuildTool {
  /** What must be there. */
  readonly program: string;
  /** The variable by which users name one elsewhere. */
  readonly variable: string;
  /** Debian's package, in the line that helps. */
  readonly help: string;
}

/** By the crate that runs it. */
export const BUILD_TOOLS: Readonly<Record<string, BuildTool>> = {
  "cmake": { program: "cmake", variable: "CMAKE", help: "install cmake" },
  "prost-build": {
    program: "protoc",
    variable: "PROTOC",
    help: "install protoc (Debian: protobuf-compiler), or let protox compile in Rust",
  },
};

/** Build scripts with one of these compile C, as a rule. */
export const COMPILING: readonly string[] = ["cc", "cmake", "autotools"];

/** Names in Cargo.lock without any of which a project is pure Rust as far as can be told. */
export const TELLTALES: ReadonlySet<string> = new Set([
  ...Object.keys(NATIVE_CRATES),
  ...Object.keys(BUILD_TOOLS),
  ...COMPILING,
]);
