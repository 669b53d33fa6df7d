// Colour for a terminal: SGR sequences where it is wanted, the text itself where it is not.

/** Functions that colour a piece of one line. */
export interface Style {
  /** Of what matters most in a line. */
  bold(text: string): string;
  /** Of what is done, as cargo's verbs are. */
  done(text: string): string;
  /** Of what goes on. */
  active(text: string): string;
  /** Of the word `warning`. */
  warning(text: string): string;
  /** Of the word `error`. */
  error(text: string): string;
}

/** The style of a terminal with colours, or of anything else. */
export function createStyle(color: boolean): Style {
  // util.styleText is not used: it costs the start-up of node:util and looks at the environment.
  const sgr = (codes: string) => (text: string): string =>
    color && text !== "" ? `\u001b[${codes}m${text}\u001b[0m` : text;
  return {
    bold: sgr("1"),
    done: sgr("1;32"),
    active: sgr("1;36"),
    warning: sgr("1;33"),
    error: sgr("1;31"),
  };
}
