// Other people's programs, run to their end.

/** Runs a program; gives its standard output, and throws with all it said where it fails. */
export async function run(
  program: string,
  args: readonly string[],
  options: { readonly env?: Readonly<Record<string, string>>; readonly cwd?: string } = {},
): Promise<string> {
  const { success, code, stdout, stderr } = await new Deno.Command(program, {
    args: [...args],
    env: { ...options.env },
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  const out = decoder.decode(stdout);
  if (success) return out;
  throw new Error(
    `${program} ${args.join(" ")} ended with ${code}:\n${out}${decoder.decode(stderr)}`,
  );
}
