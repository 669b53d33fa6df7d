// From arguments to the command that they choose.
import { type Command, CommanderError } from "commander";
import { KrustError } from "../core/error.ts";
import { writeResult } from "./output.ts";
import { createProgram, type ProgramOptions, type Run } from "./program.ts";
import { withHelpOf } from "./usage_error.ts";

/**
 * Parses arguments into the command that they choose; help and version are commands, too.
 *
 * Everything from the first `--` on is set aside beforehand: parsers take the first word after it for
 * the directory.
 *
 * @throws {KrustError} `usage`.
 */
export async function parseArguments(
  args: readonly string[],
  options: Pick<ProgramOptions, "name"> = {},
): Promise<Run> {
  const { own, rest } = cutAtDashes(args);
  let chosen: Run | undefined;
  let command: Command | undefined;
  let shown = "";
  const program = createProgram({
    ...options,
    rest,
    choose: (run) => chosen = run,
    show: (text) => shown += text,
  });
  program.hook("preAction", (_program, acting) => {
    command = acting;
  });
  try {
    await program.parseAsync(own, { from: "user" });
  } catch (error) {
    // Help and version end parsing with an error whose exit status is 0.
    if (!(error instanceof CommanderError)) throw error;
  }
  if (shown !== "") {
    return async ({ host, signal }) => {
      await writeResult(host, shown, { signal });
      return 0;
    };
  }
  if (chosen !== undefined && command !== undefined) return helping(chosen, command);
  throw new KrustError("internal", "commander chose no command and said nothing");
}

/** A command whose errors in what it was given lead to its help. */
function helping(run: Run, command: Command): Run {
  return async (context) => {
    try {
      return await run(context);
    } catch (error) {
      throw withHelpOf(command, error);
    }
  };
}

/** Arguments of krust's own, and those after the first `--`. */
export function cutAtDashes(
  args: readonly string[],
): { readonly own: readonly string[]; readonly rest: readonly string[] } {
  const end = args.indexOf("--");
  return end === -1
    ? { own: args, rest: [] }
    : { own: args.slice(0, end), rest: args.slice(end + 1) };
}
