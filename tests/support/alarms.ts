// Alarms for tests: time that passes faster, or only as it is told.
import { type Alarm, SYSTEM_ALARM } from "../../src/core/time_limits.ts";

/** Turns of the event loop after which nobody is waited for. */
const TURNS = 5_000;

/** Alarms that ring so many times as soon. */
export function hurried(times: number): Alarm {
  return (milliseconds, ring) => SYSTEM_ALARM(milliseconds / times, ring);
}

/** Time that somebody tells. */
export interface ToldTime {
  readonly alarm: Alarm;
  /** Milliseconds that have passed. */
  readonly passed: () => number;
  /** Lets time pass, and rings what is due. */
  pass(milliseconds: number): void;
  /** Waits until an alarm was set that was not there at the last call. */
  set(): Promise<void>;
}

/** Time that does not pass by itself. */
export function toldTime(): ToldTime {
  const armed = new Set<{ readonly at: number; readonly ring: () => void }>();
  let now = 0;
  let count = 0;
  let seen = 0;
  return {
    alarm(milliseconds, ring) {
      const one = { at: now + milliseconds, ring };
      armed.add(one);
      count++;
      return () => void armed.delete(one);
    },
    passed: () => now,
    pass(milliseconds): void {
      now += milliseconds;
      for (const one of [...armed].filter(({ at }) => at <= now)) {
        armed.delete(one);
        one.ring();
      }
    },
    async set(): Promise<void> {
      for (let turns = 0; count === seen; turns++) {
        if (turns === TURNS) throw new Error("nobody waits for anything any more");
        await new Promise((turn) => setTimeout(turn, 0));
      }
      seen = count;
    },
  };
}
