// Rust's own linker, which a toolchain may or may not have.
import { join } from "node:path";

/** Whether rust-lld is in the host's folder under `lib/rustlib`, whatever the host's triple. */
export async function holdsRustLld(rustlib: string): Promise<boolean> {
  try {
    for await (const { name } of Deno.readDir(rustlib)) {
      for (const program of ["rust-lld", "rust-lld.exe"]) {
        const found = await Deno.stat(join(rustlib, name, "bin", program)).catch(() => undefined);
        if (found !== undefined) return true;
      }
    }
    return false;
  } catch {
    return true;
  }
}
