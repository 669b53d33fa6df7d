// txtar: a text with files behind it, each after a line `-- NAME --`. The form of script tests.

/** A text and the files that follow it. */
export interface Archive {
  /** What stands before the first file. */
  readonly comment: string;
  readonly files: readonly ArchiveFile[];
}

/** A file of an archive. */
export interface ArchiveFile {
  /** Relative path with forward slashes. */
  readonly name: string;
  /** What it holds; ends with a newline unless it is empty. */
  readonly text: string;
}

const MARKER = /^-- (.+?) --[ \t]*$/;

/**
 * Reads an archive.
 *
 * @throws {Error} for a file that is there twice or that would lie outside the folder it is written to.
 */
export function parseTxtar(text: string): Archive {
  const parts: { readonly name: string; readonly lines: string[] }[] = [{ name: "", lines: [] }];
  for (const line of text === "" ? [] : text.replace(/\n$/, "").split("\n")) {
    const name = MARKER.exec(line)?.[1]?.trim();
    if (name === undefined) parts.at(-1)?.lines.push(line);
    else parts.push({ name: checkName(name, parts.map((part) => part.name)), lines: [] });
  }
  const [comment, ...files] = parts.map(({ name, lines }) => ({
    name,
    text: lines.length === 0 ? "" : `${lines.join("\n")}\n`,
  }));
  return { comment: comment?.text ?? "", files };
}

/** An archive as text; reading it gives the archive again. */
export function formatTxtar({ comment, files }: Archive): string {
  return comment + files.map(({ name, text }) => `-- ${name} --\n${text}`).join("");
}

function checkName(name: string, known: readonly string[]): string {
  if (known.includes(name)) throw new Error(`the archive has "${name}" twice`);
  const parts = name.split("/");
  if (parts.some((part) => part === "" || part === "." || part === "..")) {
    throw new Error(`the archive has a file "${name}" that is no plain relative path`);
  }
  return name;
}
