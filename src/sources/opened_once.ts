// A base that several images of one run stand on, resolved once for all of them.
import { Once } from "../core/once.ts";
import type { Base, Source } from "./source.ts";

/** The same source, whose name is resolved by the first who asks, so that all get the same base. */
export function openedOnce(source: Source): Source {
  const opened = new Once<Base>();
  return { open: (options) => opened.get("", () => source.open(options)) };
}
