// Where inputs come from: words of a grammar strung together, and good examples with harm done to them.
import fc from "fast-check";

const ODD_TEXT: readonly string[] = [
  "",
  " ",
  "\n",
  "\r\n",
  "\t",
  "\u0000",
  "\u001b[31m",
  "\ufeff",
  "\u202e",
  "\ud800",
  "é",
  "İ",
  "😀",
  "%",
  "%2e%2e",
  "__proto__",
  "constructor",
  "0",
  "-1",
  "1e999",
  "99999999999999999999",
];

/** Words of a grammar, odd text and anything else, in any order. */
export function wordsOf(...words: readonly string[]): fc.Arbitrary<string> {
  const word = fc.oneof(
    { weight: 8, arbitrary: fc.constantFrom(...words) },
    { weight: 2, arbitrary: fc.constantFrom(...ODD_TEXT) },
    { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 12 }) },
  );
  return fc.oneof(
    { weight: 6, arbitrary: fc.array(word, { maxLength: 12 }).map((all) => all.join("")) },
    // Length alone is an attack where work grows faster than the input.
    {
      weight: 1,
      arbitrary: fc.tuple(word, fc.integer({ min: 1, max: 20_000 }), word)
        .map(([one, times, end]) => one.repeat(Math.min(times, 60_000 / (one.length + 1))) + end),
    },
  );
}

interface Edit {
  readonly at: number;
  readonly length: number;
  readonly times: number;
  readonly text: string;
}

/** Good texts with harm done: pieces taken out, put in, repeated. */
export function harmed(
  examples: readonly string[],
  ...words: readonly string[]
): fc.Arbitrary<string> {
  const edit: fc.Arbitrary<Edit> = fc.record({
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    length: fc.nat(8),
    times: fc.oneof({ weight: 9, arbitrary: fc.constant(1) }, {
      arbitrary: fc.nat(400),
      weight: 1,
    }),
    text: fc.oneof(
      fc.constantFrom("", ...ODD_TEXT, ...words),
      fc.string({ unit: "binary", maxLength: 4 }),
    ),
  });
  return fc.tuple(fc.constantFrom(...examples), fc.array(edit, { maxLength: 6 })).map((
    [example, edits],
  ) =>
    edits.reduce((text, { at, length, times, text: put }) => {
      const start = Math.floor(at * text.length);
      return text.slice(0, start) + put.repeat(times) + text.slice(start + length);
    }, example)
  );
}

/** A text as bytes, now and then with bytes that are no UTF-8. */
export function bytesFrom(texts: fc.Arbitrary<string>): fc.Arbitrary<Uint8Array<ArrayBuffer>> {
  return fc.tuple(texts, fc.option(fc.tuple(fc.nat(), fc.nat(255)), { freq: 4 })).map((
    [text, change],
  ) => {
    const bytes = new TextEncoder().encode(text);
    if (change !== null && bytes.length > 0) bytes[change[0] % bytes.length] = change[1];
    return bytes;
  });
}

const WIDE: readonly number[] = [0, 1, 0x7f, 0x80, 0xff];

/** Good bytes with harm done: some overwritten, cut off, or added. */
export function harmedBytes(
  examples: readonly Uint8Array<ArrayBuffer>[],
): fc.Arbitrary<Uint8Array<ArrayBuffer>> {
  const change = fc.record({
    // Headers stand at the front: most harm is done there.
    at: fc.oneof(fc.nat(600), fc.nat()),
    bytes: fc.array(fc.oneof(fc.constantFrom(...WIDE), fc.nat(255)), { maxLength: 9 }),
  });
  return fc.record({
    example: fc.constantFrom(...examples),
    changes: fc.array(change, { maxLength: 5 }),
    end: fc.option(fc.nat(), { freq: 3 }),
    more: fc.uint8Array({ maxLength: 40 }),
  }).map(({ example, changes, end, more }) => {
    const kept = example.slice(0, end === null ? undefined : end % (example.length + 1));
    for (const { at, bytes } of changes) {
      const start = kept.length === 0 ? 0 : at % kept.length;
      kept.set(bytes.slice(0, kept.length - start), start);
    }
    return new Uint8Array([...kept, ...more]);
  });
}

/** JSON of an example with members taken away, of another type, or more than there should be. */
export function harmedJson(...examples: readonly unknown[]): fc.Arbitrary<string> {
  const value = fc.oneof(
    fc.constantFrom(null, true, -1, 0.5, 2 ** 53, 1e300, "", "sha256:0", [], {}, [[]], [null]),
    fc.jsonValue({ maxDepth: 3 }),
  );
  const edits = fc.array(fc.tuple(fc.nat(), fc.nat(2), value), { maxLength: 3 });
  const structural = fc.tuple(fc.constantFrom(...examples), edits).map(([example, list]) => {
    const holder: Record<string, unknown> = { root: structuredClone(example) };
    for (const [nth, how, put] of list) {
      const places = placesIn(holder);
      const place = places[nth % places.length];
      if (place === undefined) continue;
      if (how === 0) Reflect.deleteProperty(place.parent, place.key);
      // A copy: what is put in may be changed by the next edit, and is there for other inputs too.
      else Reflect.set(place.parent, place.key, structuredClone(put));
    }
    return JSON.stringify(holder["root"] ?? null);
  });
  const texts = examples.map((example) => JSON.stringify(example));
  return fc.oneof(
    { weight: 3, arbitrary: structural },
    { weight: 2, arbitrary: harmed(texts, "{", "}", "[", "]", ",", ":", '"', "null", '{"a":') },
    { weight: 1, arbitrary: nested() },
  );
}

/** Nesting so deep that a walk by recursion would fall over. */
function nested(): fc.Arbitrary<string> {
  return fc.tuple(fc.constantFrom("[", '{"a":', '{"manifests":['), fc.nat(5_000))
    .map(([open, depth]) => open.repeat(depth));
}

function placesIn(
  root: object,
): readonly { readonly parent: object; readonly key: string }[] {
  const places: { readonly parent: object; readonly key: string }[] = [];
  const walk = (parent: object): void => {
    for (const [key, value] of Object.entries(parent)) {
      places.push({ parent, key });
      if (typeof value === "object" && value !== null) walk(value);
    }
  };
  walk(root);
  return places;
}
