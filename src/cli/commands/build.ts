// `krust build`: builds what is asked for, and prints the reference.
import type { BuildArguments } from "../build_options.ts";
import { buildProject } from "../build_project.ts";
import { conclude } from "../conclude.ts";
import { writeReferences } from "../output.ts";
import type { Context } from "../program.ts";
import { openSession } from "../session.ts";

/**
 * Builds an image and writes it where it was asked for; nothing is printed before all is there.
 *
 * @throws {KrustError} whatever goes wrong.
 */
export async function build(given: BuildArguments, context: Context): Promise<number> {
  // stdout may be the terminal that progress is drawn on: drawing has stopped when this comes back.
  const references = await publish(given, context);
  await writeReferences(context.host, references, { signal: context.signal });
  return 0;
}

/** Builds and writes; gives the references to print. */
async function publish(given: BuildArguments, context: Context): Promise<readonly string[]> {
  await using session = await openSession(given, context);
  const built = await buildProject(session, given);
  if (built === undefined) return [];
  await conclude(session, built);
  return built.result.references;
}
