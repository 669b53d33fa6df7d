// Whether a process is still there, for tests of what is left behind.

/**
 * Whether a process runs; one that has ended and that nobody has asked about does not. Deno lets only
 * those read /proc who may do everything, so another program does.
 */
export function isRunning(pid: number | string): boolean {
  const { success, stdout } = new Deno.Command("cat", {
    args: [`/proc/${pid}/stat`],
    stdin: "null",
    stderr: "null",
  }).outputSync();
  const stat = new TextDecoder().decode(stdout);
  return success && !/^ [ZX]/.test(stat.slice(stat.lastIndexOf(")") + 1));
}
