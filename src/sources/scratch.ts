// The base `scratch`: nothing at all, on any platform.
import { emptyImage } from "../image/mutate.ts";
import type { Source } from "./source.ts";

/** A source whose image has no layer; it has neither name nor digest. */
export function scratchSource(): Source {
  return {
    open: () => Promise.resolve({ image: (platform) => Promise.resolve(emptyImage(platform)) }),
  };
}
