// Every parser that is fuzzed.
import { BINARY_TARGETS } from "./binary_targets.ts";
import { DOCUMENT_TARGETS } from "./document_targets.ts";
import type { FuzzTarget } from "./fuzz.ts";
import { HOST_TARGETS } from "./host_targets.ts";
import { KUBERNETES_TARGETS } from "./kubernetes_targets.ts";
import { SERVER_TARGETS } from "./server_targets.ts";
import { TEXT_TARGETS } from "./text_targets.ts";
import { WIRE_TARGETS } from "./wire_targets.ts";

/** All of them. */
export const TARGETS: readonly FuzzTarget[] = [
  ...TEXT_TARGETS,
  ...WIRE_TARGETS,
  ...DOCUMENT_TARGETS,
  ...HOST_TARGETS,
  ...KUBERNETES_TARGETS,
  ...SERVER_TARGETS,
  ...BINARY_TARGETS,
];
