// Which processes of this machine are somebody's: found by a variable of their environment, so that
// children of children count as well, whoever their parent is by now.
import { isRunning } from "./is_running.ts";

/** The variable by which {@linkcode processesMarked} finds processes. */
export const MARK = "KRUST_TEST_MARK";

/** The process numbers, zombies aside, whose environment has {@linkcode MARK} with this value. */
export function processesMarked(value: string): readonly number[] {
  return [...Deno.readDirSync("/proc")]
    .filter(({ name }) => /^\d+$/.test(name))
    .map(({ name }) => Number(name))
    .filter((pid) => environmentOf(pid).includes(`${MARK}=${value}`) && isRunning(pid));
}

/** Where in the kernel each thread of a process waits, as `/proc` names it. */
export function waitingIn(pid: number): readonly string[] {
  try {
    return [...Deno.readDirSync(`/proc/${pid}/task`)]
      .map(({ name }) => textOf(`/proc/${pid}/task/${name}/wchan`));
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) throw error;
    return [];
  }
}

function environmentOf(pid: number): readonly string[] {
  return textOf(`/proc/${pid}/environ`).split("\0");
}

/** A file's text; none where it went away. Deno lets nobody read `/proc` who may not do everything. */
function textOf(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) throw error;
    return "";
  }
}
