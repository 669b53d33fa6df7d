// Every quirk of a hosted registry that the fault registry can have, by name.
import { QUIRKS_OF_CLOUDS } from "./quirks_of_clouds.ts";
import { QUIRKS_OF_FORGES } from "./quirks_of_forges.ts";

export type { Quirk } from "./quirk.ts";

/** Quirks by name. */
export const QUIRKS = { ...QUIRKS_OF_CLOUDS, ...QUIRKS_OF_FORGES };

/** The name of a quirk. */
export type QuirkName = keyof typeof QUIRKS;
