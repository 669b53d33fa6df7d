// Every parser that is fuzzed.
import { BINARY_TARGETS } from "./binary_targets.ts";
import { DOCUMENT_TARGETS } from "./document_targets.ts";
import type { FuzzTarget } from "./fuzz.ts";
import { TEXT_TARGETS } from "./text_targets.ts";

/** All of them. */
export const TARGETS: readonly FuzzTarget[] = [
  ...TEXT_TARGETS,
  ...DOCUMENT_TARGETS,
  ...BINARY_TARGETS,
];
