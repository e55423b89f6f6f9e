/** Two runs side by side, as strands_nb/app/comparison.py has them. */

export type Change = "same" | "gone" | "new";
export type UnitChange = "same" | "changed" | "added" | "removed";

export interface Piece {
  readonly change: Change;
  readonly text: string;
}

export interface Field {
  readonly name: string;
  readonly before: string;
  readonly after: string;
}

export interface UnitComparison {
  readonly key: string;
  readonly name: string;
  readonly change: UnitChange;
  readonly fields: readonly Field[];
  readonly prompt: readonly Piece[];
  readonly reply: readonly Piece[];
}

export interface ComparisonJson {
  readonly same: boolean;
  readonly overall: readonly Field[];
  readonly changes: readonly string[];
  readonly units: readonly UnitComparison[];
}

/** Of a long text that is the same, so much is shown before and after what is not. */
const KEPT = 160;

export function cut({ change, text }: Piece): string {
  if (change !== "same" || text.length <= 3 * KEPT) return text;
  return `${text.slice(0, KEPT)} […] ${text.slice(-KEPT)}`;
}
