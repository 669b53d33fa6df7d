// What compiling tells the person who watches; `src/report/reporter.ts`'s Reporter is one.

/** The part of a reporter that this folder uses. */
export interface CargoReport {
  /** Says something that everybody wants to know. */
  info(text: string): void;
  /** Says something that is only for `-v`. */
  debug(text: string): void;
  /** Says something that may be wrong. */
  warn(text: string): void;
  /** Passes on a line of a program that was run. */
  output(program: string, line: string): void;
  /** Whether programs may write to the terminal by themselves. */
  readonly passThrough: boolean;
}
