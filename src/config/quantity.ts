// Sizes and spans of time as people write them.

/** Bytes by the letter of their unit; `KB` and `KiB` are the same here, as they are to most who write them. */
const UNITS: Readonly<Record<string, number>> = {
  "": 1,
  k: 1024,
  m: 1024 ** 2,
  g: 1024 ** 3,
  t: 1024 ** 4,
};

/** The bytes that a size means (`500 MiB`, `2G`, `1048576`); undefined where it is none. */
export function parseSize(text: string): number | undefined {
  const [, number, unit = ""] = /^(\d{1,15}(?:\.\d+)?) ?(?:([kmgt])i?)?b?$/i.exec(text) ?? [];
  const bytes = Math.round(Number(number) * (UNITS[unit.toLowerCase()] ?? NaN));
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}

/** Milliseconds by unit. */
const SPANS: Readonly<Record<string, number>> = {
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

/** The milliseconds that a span of time means (`90m`, `12h`, `30d`, `2w`); undefined where it is none. */
export function parseSpan(text: string): number | undefined {
  const [, number, unit = ""] = /^(\d{1,6})([mhdw])$/.exec(text) ?? [];
  const span = Number(number) * (SPANS[unit] ?? NaN);
  return Number.isSafeInteger(span) ? span : undefined;
}
