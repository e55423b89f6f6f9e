/** What a field of a form takes, in words. */

import type { Field, NumberKind, TextKind } from "./form";

/** Nothing where it takes anything. */
export function limitsOf(field: Field): string {
  switch (field.kind) {
    case "text":
      return textLimits(field);
    case "number":
      return numberLimits(field);
    case "many":
      return span(field.least, field.most);
    case "list":
      return listed("; ", "one per line", span(field.least, field.most, " lines"), itemLimits(field.of));
    case "json":
      return "the form cannot show this part: write it as JSON";
    default:
      return "";
  }
}

function itemLimits(of: TextKind | NumberKind): string {
  return of.kind === "number" ? numberLimits(of) : textLimits(of);
}

function textLimits({ minLength, maxLength, pattern }: TextKind): string {
  return listed(", ", span(minLength, maxLength, " characters"), pattern && `matches ${pattern}`);
}

function numberLimits({ min, max, open, step, whole }: NumberKind): string {
  const closed = !open.min && !open.max && Number.isFinite(min) && Number.isFinite(max);
  const low = Number.isFinite(min) ? `${open.min ? "more than" : "at least"} ${min}` : "";
  const high = Number.isFinite(max) ? `${open.max ? "less than" : "at most"} ${max}` : "";
  const range = closed ? `${min} to ${max}` : listed(", ", low, high);
  return listed(", ", whole ? "a whole number" : "a number", range, step === undefined ? "" : `in steps of ${step}`);
}

function span(least: number, most: number, unit = ""): string {
  if (Number.isFinite(most)) return least > 0 ? `${least} to ${most}${unit}` : `at most ${most}${unit}`;
  return least > 0 ? `at least ${least}${unit}` : "";
}

function listed(between: string, ...parts: string[]): string {
  return parts.filter(Boolean).join(between);
}
