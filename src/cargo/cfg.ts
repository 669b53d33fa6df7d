// `cfg(…)` expressions, as they stand in keys of cargo's `[target.'cfg(…)']`, and whether they hold.

/** What holds for a target: the lines of `rustc --print cfg`, such as `unix` and `target_os="linux"`. */
export type CfgFacts = ReadonlySet<string>;

const TOKEN = /\s*(?:([A-Za-z_][A-Za-z0-9_]*)|"([^"]*)"|([(),=]))/y;

/** The deepest nesting that is understood; nobody writes deeper. */
const DEPTH_LIMIT = 64;

type Token =
  | { readonly kind: "name" | "text"; readonly text: string }
  | { readonly kind: "mark"; readonly text: string };

/**
 * Whether `cfg(…)` holds (Rust reference, "Conditional compilation"). Undefined for a text that is no
 * such expression.
 */
export function evaluateCfg(expression: string, facts: CfgFacts): boolean | undefined {
  const tokens = tokenize(expression);
  if (tokens === undefined) return undefined;
  return new CfgReader(tokens, facts).whole();
}

function tokenize(expression: string): readonly Token[] | undefined {
  const tokens: Token[] = [];
  const end = expression.trimEnd().length;
  for (let at = 0; at < end;) {
    TOKEN.lastIndex = at;
    const match = TOKEN.exec(expression);
    if (match === null) return undefined;
    at = TOKEN.lastIndex;
    const [, name, text, mark] = match;
    if (name !== undefined) tokens.push({ kind: "name", text: name });
    else if (text !== undefined) tokens.push({ kind: "text", text });
    else tokens.push({ kind: "mark", text: mark ?? "" });
  }
  return tokens;
}

/** Walks over the tokens once; a method gives undefined where they do not fit. */
class CfgReader {
  readonly #tokens: readonly Token[];
  readonly #facts: CfgFacts;
  #at = 0;

  constructor(tokens: readonly Token[], facts: CfgFacts) {
    this.#tokens = tokens;
    this.#facts = facts;
  }

  whole(): boolean | undefined {
    if (this.#name() !== "cfg" || !this.#mark("(")) return undefined;
    const value = this.#predicate(0);
    return this.#mark(")") && this.#at === this.#tokens.length ? value : undefined;
  }

  #predicate(depth: number): boolean | undefined {
    const name = this.#name();
    if (name === undefined || depth > DEPTH_LIMIT) return undefined;
    if (this.#mark("(")) return this.#combine(name, depth);
    if (!this.#mark("=")) return name === "true" || (name !== "false" && this.#facts.has(name));
    const token = this.#tokens[this.#at++];
    return token?.kind === "text" ? this.#facts.has(`${name}="${token.text}"`) : undefined;
  }

  #combine(name: string, depth: number): boolean | undefined {
    const values: boolean[] = [];
    while (!this.#mark(")")) {
      const value = this.#predicate(depth + 1);
      if (value === undefined) return undefined;
      values.push(value);
      if (!this.#mark(",") && !this.#peek(")")) return undefined;
    }
    if (name === "all") return values.every((value) => value);
    if (name === "any") return values.some((value) => value);
    return name === "not" && values.length === 1 ? values[0] === false : undefined;
  }

  #name(): string | undefined {
    const token = this.#tokens[this.#at];
    if (token?.kind !== "name") return undefined;
    this.#at++;
    return token.text;
  }

  #peek(mark: string): boolean {
    const token = this.#tokens[this.#at];
    return token?.kind === "mark" && token.text === mark;
  }

  #mark(mark: string): boolean {
    if (!this.#peek(mark)) return false;
    this.#at++;
    return true;
  }
}
