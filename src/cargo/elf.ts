// placeholder until the reader is written
export interface Elf {
  readonly machine: string;
  readonly interpreter?: string;
  readonly needed: readonly string[];
}
