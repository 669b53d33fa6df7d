// `--name-template`: how an image is called below the repository prefix.
import { nearestWord } from "../core/nearest.ts";
import { printable } from "../core/printable.ts";
import { type Fault, readText } from "./reader.ts";

/** What a name can be made of. */
export interface NameFacts {
  /** The package's name. */
  readonly package: string;
  /** The entrypoint's name: a binary or an example. */
  readonly bin: string;
  /** The package's version. */
  readonly version: string;
}

const PLACES: readonly (keyof NameFacts)[] = ["package", "bin", "version"];

const PLACE = /\{([^{}]*)\}/g;

/** Reads a template: text with `{package}`, `{bin}`, `{version}` in it. */
export function readNameTemplate(raw: unknown, fault: Fault): string {
  const text = readText(raw, fault);
  for (const [, word = ""] of text.matchAll(PLACE)) {
    if (PLACES.some((place) => place === word)) continue;
    const nearest = nearestWord(word, PLACES) ?? PLACES.join("}, {");
    throw fault(`there is no {${printable(word)}}; there is {${nearest}}`);
  }
  if (/[{}]/.test(text.replace(PLACE, ""))) throw fault("a brace is open or closed alone");
  return text;
}

/** The name that a template stands for. */
export function expandName(template: string, facts: NameFacts): string {
  return template.replace(PLACE, (_, word: string) => {
    const place = PLACES.find((known) => known === word);
    return place === undefined ? "" : facts[place];
  });
}
