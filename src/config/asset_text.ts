// `SRC:DEST[:MODE]`, as the command line and files have it (spec.md, "build").
import { type Fault, readText } from "./reader.ts";

/** An asset as it is written. */
export interface AssetText {
  /** A file, a folder, or a pattern, as it is written. */
  readonly source: string;
  /** Absolute path in the image. */
  readonly destination: string;
  /** Permission bits of its files. */
  readonly mode?: number;
}

/** Reads an asset, which stays as it is written. */
export function readAsset(raw: unknown, fault: Fault): string {
  const text = readText(raw, fault);
  parseAsset(text, fault);
  return text;
}

/** The parts of an asset. */
export function parseAsset(text: string, fault: (reason: string) => Error): AssetText {
  // A source may hold colons: what counts is the last one before a `/`.
  const [, source, destination, mode] = /^(.+):(\/[^:]*)(?::([^:]*))?$/s.exec(text) ?? [];
  if (source === undefined || destination === undefined) {
    throw fault("expected SRC:DEST or SRC:DEST:MODE, DEST being an absolute path in the image");
  }
  if (destination.split("/").includes("..")) throw fault(`expected a DEST without ..`);
  if (mode === undefined) return { source, destination };
  if (!/^(?:0o?)?[0-7]{3}$/.test(mode)) {
    throw fault("expected a MODE of three octal digits, such as 0644");
  }
  return { source, destination, mode: parseInt(mode.slice(-3), 8) };
}
