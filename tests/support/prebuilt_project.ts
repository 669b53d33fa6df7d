// A Cargo project that costs next to nothing to build again: no dependencies, and as large an executable
// as a test wants.
import { join } from "node:path";
import { noise } from "./images.ts";

/** How {@linkcode writeProject} makes one. */
export interface ProjectOptions {
  /** The package's name; `steady` if not given. */
  readonly name?: string;
  /** Bytes that do not compress, in the executable; 1,000 if not given. */
  readonly size?: number;
  /** Tells executables apart; 1 if not given. */
  readonly seed?: number;
}

/** Writes a project into a folder, which is made. */
export async function writeProject(
  folder: string,
  { name = "steady", size = 1_000, seed = 1 }: ProjectOptions = {},
): Promise<void> {
  await Deno.mkdir(join(folder, "src"), { recursive: true });
  await Deno.writeTextFile(
    join(folder, "Cargo.toml"),
    `[package]\nname = "${name}"\nversion = "0.1.0"\nedition = "2021"\n[workspace]\n`,
  );
  await Deno.writeTextFile(
    join(folder, "src/main.rs"),
    `static NOISE: &[u8] = include_bytes!("../noise");
fn main() {
    println!("{}", NOISE[std::env::args().count()]);
}
`,
  );
  await Deno.writeFile(join(folder, "noise"), noise(seed, size));
}
