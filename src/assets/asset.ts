// What a user wants in the image beside the program, and what was found of it on this machine.

/** Files, folders or a pattern, and where they go. */
export interface Asset {
  /** As the user wrote it, for errors: `--asset public:/srv/www`. */
  readonly label: string;
  /** A file, a folder, or a pattern of either; absolute. */
  readonly source: string;
  /** Absolute path in the image; a folder where it ends with `/` or the source is a folder or pattern. */
  readonly destination: string;
  /** Permission bits of its files; 0755 for executable ones and 0644 for the others if not given. */
  readonly mode?: number;
  /**
   * Who named it: `project` is the project's Cargo.toml, whose author is not trusted with files outside
   * the project (reliability.md S6); `user` is whoever runs krust.
   */
  readonly namedBy: "project" | "user";
  /** Whether it is no fault that there is nothing at the source. */
  readonly optional?: boolean;
}

/** A file that was found for an image. */
export interface FoundFile {
  /** What it is. */
  readonly type: "file";
  /** Path in the image. */
  readonly path: string;
  /** Where it lies, absolute and without links. */
  readonly source: string;
  /** Size in bytes. */
  readonly size: number;
  /** Permission bits in the image. */
  readonly mode: number;
}

/** A folder that was found with nothing in it. */
export interface FoundFolder {
  /** What it is. */
  readonly type: "directory";
  /** Path in the image. */
  readonly path: string;
}

/** What was found for an image. */
export type Found = FoundFile | FoundFolder;
