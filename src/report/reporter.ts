// What the program tells the person who watches: steps with bytes, messages, and cargo's own output.

/** How much a message matters. */
export type Level = "debug" | "info" | "warning";

/** One thing that happened, as data; every renderer shows these and nothing else. */
export type ReportEvent =
  | { readonly event: "message"; readonly level: Level; readonly text: string }
  | { readonly event: "start"; readonly step: number; readonly label: string }
  | {
    readonly event: "progress";
    readonly step: number;
    /** Bytes done so far. */
    readonly done: number;
    /** Bytes in all; undefined while not known. */
    readonly total?: number;
  }
  | {
    readonly event: "finish";
    readonly step: number;
    readonly label: string;
    readonly outcome: "done" | "cached" | "failed";
    /** Bytes done. */
    readonly done: number;
    /** Milliseconds since the start. */
    readonly elapsed: number;
  }
  /** A line of a program that krust runs. */
  | { readonly event: "output"; readonly program: string; readonly line: string };

/** Shows events; `tty`, `plain`, `json` and `silent` are the four. */
export interface Renderer {
  /** Shows one event. Never throws: a terminal that is gone must not change the result. */
  show(event: ReportEvent): void;
  /**
   * Whether a program that krust runs may write to the terminal by itself (cargo with its colours
   * and bars); otherwise its lines come as `output` events.
   */
  readonly passThrough: boolean;
  /** Clears what is drawn and stops drawing. */
  close(): void;
}

/** What the layers below the command line tell things to. */
export interface Reporter {
  /**
   * Runs `work` as a named step that is shown while it lasts.
   *
   * @param label begins with a verb in its -ing form, as `Pushing layer …` does: it becomes the past
   * tense when the step is done. Sizes and times are added to it.
   */
  step<T>(label: string, work: (step: Step) => Promise<T>): Promise<T>;
  /** Says something that everybody wants to know. */
  info(text: string): void;
  /** Says something that is only for `-v`. */
  debug(text: string): void;
  /** Says something that may be wrong. The same warning is given once. */
  warn(text: string): void;
  /** Passes on a line of a program that krust runs. */
  output(program: string, line: string): void;
  /** Whether programs may write to the terminal by themselves. */
  readonly passThrough: boolean;
}

/** A step under way. */
export interface Step {
  /** Sets how many bytes there are to do. */
  total(bytes: number): void;
  /** Adds to the bytes done; negative where some are done again. */
  advance(bytes: number): void;
  /** Marks the step as having had nothing to do. */
  cached(): void;
}

/** A reporter that tells nobody. */
export const SILENT: Reporter = {
  step: (_label, work) => work({ total() {}, advance() {}, cached() {} }),
  info() {},
  debug() {},
  warn() {},
  output() {},
  passThrough: false,
};
