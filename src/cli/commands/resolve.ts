// `krust resolve`: prints documents with images in place of the references to projects.
import type { DocumentArguments } from "../document_commands.ts";
import { nevertheless, writeResult } from "../output.ts";
import type { Context } from "../program.ts";
import { resolveFiles } from "../resolve_files.ts";

/**
 * Resolves documents; nothing is printed before all that they refer to is built and published.
 *
 * @throws {KrustError} whatever goes wrong.
 */
export async function resolve(given: DocumentArguments, context: Context): Promise<number> {
  const { text, images } = await resolveFiles(given, given.rest, context);
  if (text !== undefined) {
    const { host, signal } = context;
    await writeResult(host, text, { signal, help: nevertheless(images) });
  }
  return 0;
}
