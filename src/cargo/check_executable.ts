// Refuses a program that would die in its container, before it is packed (spec.md, rule 6).
import { KrustError } from "../core/error.ts";
import { formatPlatform, type Platform } from "../oci/platform.ts";
import { type ByteSource, type Elf, type ElfHeaders, readElf } from "./elf.ts";

/** The ELF machine that each architecture of {@linkcode SUPPORTED_PLATFORMS} runs. */
const MACHINE_OF: Readonly<Record<string, string>> = {
  "amd64": "x86_64",
  "arm64": "aarch64",
  "arm": "arm",
  "386": "i386",
  "riscv64": "riscv64",
  "ppc64le": "powerpc64le",
  "s390x": "s390x",
};

/** The architecture whose programs have this ELF machine; undefined where none is known. */
export function architectureOf(machine: string): string | undefined {
  return Object.entries(MACHINE_OF).find(([, known]) => known === machine)?.[0];
}

/**
 * Reads a program and checks that it starts on `platform`, in a file system without a loader and
 * without libraries unless it may be `dynamic`.
 *
 * @param name names the program in errors.
 * @throws {KrustError} `executable-mismatch` that says what it is or what it is linked with.
 */
export async function checkExecutable(
  source: ByteSource,
  name: string,
  platform: Platform,
  { dynamic = false }: { readonly dynamic?: boolean } = {},
): Promise<Elf> {
  const what = `"${name}" cannot run on ${formatPlatform(platform)}: it`;
  const machine = MACHINE_OF[platform.architecture] ?? platform.architecture;
  const headers = await readElf(source, what, `ELF ${machine}`);
  if (headers.machine !== machine) {
    throw mismatch(`${what} is ELF ${headers.machine}, wanted ELF ${machine}`, [
      `compile it for ${formatPlatform(platform)}`,
    ]);
  }
  requireProgram(headers, what);
  if (!dynamic) requireStatic(headers, what);
  const { interpreter, needed, versions } = headers;
  return {
    machine,
    needed,
    ...(interpreter === undefined ? {} : { interpreter }),
    ...(versions === undefined ? {} : { versions }),
  };
}

/** An open file as a {@linkcode ByteSource}; closing it stays with the caller. */
export function fileSource(file: Deno.FsFile, size: number): ByteSource {
  return {
    size,
    async read(offset, length): Promise<Uint8Array> {
      await file.seek(offset, Deno.SeekMode.Start);
      const bytes = new Uint8Array(length);
      let at = 0;
      while (at < length) {
        const read = await file.read(bytes.subarray(at));
        if (read === null) break;
        at += read;
      }
      return bytes.subarray(0, at);
    },
  };
}

function requireProgram(headers: ElfHeaders, what: string): void {
  if (headers.type !== "executable" && headers.type !== "dynamic") {
    const kind = {
      object: "an object file",
      core: "a core dump",
      unknown: "of an unknown ELF type",
    };
    throw mismatch(`${what} is ${kind[headers.type]}, no program`, [
      "name a binary or an example, not a library",
    ]);
  }
  if (!headers.startable) {
    throw mismatch(`${what} is a shared library, no program: it has no address to start at`, [
      "name a binary or an example, not a library",
    ]);
  }
}

function requireStatic({ interpreter, needed }: ElfHeaders, what: string): void {
  if (interpreter === undefined && needed.length === 0) return;
  const libraries = needed.length === 0 ? "" : ` (linked with ${needed.join(", ")})`;
  const missing = interpreter === undefined
    ? `needs ${needed.join(", ")}`
    : `needs ${interpreter}${libraries}`;
  throw mismatch(`${what} ${missing}, absent in the base`, staticHelp(interpreter), {
    ...(interpreter === undefined ? {} : { interpreter }),
    needed: needed.join(","),
  });
}

function staticHelp(interpreter: string | undefined): readonly string[] {
  if (interpreter?.includes("ld-musl") === true) {
    return [
      "its linker added musl's loader: use a musl cross compiler (such as x86_64-linux-musl-gcc of musl-cross), cc, or rust-lld as linker, not Debian's musl-gcc",
      "look for `-C target-feature=-crt-static` in the flags of rustc",
    ];
  }
  return [
    "link it statically: build for a musl target, or for glibc with `-C target-feature=+crt-static`",
    "look for `-C target-feature=-crt-static` in the flags of rustc",
  ];
}

function mismatch(
  message: string,
  help: readonly string[],
  details: Readonly<Record<string, string>> = {},
): KrustError {
  return new KrustError("executable-mismatch", message, { help, details });
}
