/** What is filled into a form: as it is typed, as the JSON it means, and what is wrong with it. */

import { below, type Field, type FieldOf, type Json, type NumberKind, type TextKind } from "./form";

/** What stands in a control: a text, a tick, or the numbers of the ticked options. */
export type Raw = string | boolean | readonly string[];
/** By the place of the field. */
export type Values = ReadonlyMap<string, Raw>;
/** What is wrong, by the place of the field. */
export type Faults = ReadonlyMap<string, string>;

const MISSING = "fill this in";

/** What stands in the controls at first: `given` where it fits, else what the schema proposes. */
export function prefilled(field: Field, given?: Json): Values {
  const values = new Map<string, Raw>();
  fill(field, given, values);
  return values;
}

function fill(field: Field, given: Json | undefined, values: Map<string, Raw>): void {
  const json = given ?? field.fallback;
  if (field.kind === "group")
    for (const part of field.fields) fill(part, (Object(json) as Record<string, Json>)[part.name], values);
  else values.set(field.at, typed(field, json));
}

function typed(field: Exclude<Field, FieldOf<"group">>, json: Json | undefined): Raw {
  const all = Array.isArray(json) ? (json as readonly Json[]) : [];
  switch (field.kind) {
    case "yes":
      return json === true;
    case "one":
      return json === undefined ? "" : optionOf(field.options, json);
    case "many":
      return all.map((one) => optionOf(field.options, one)).filter(Boolean);
    case "list":
      return all.join("\n");
    case "json":
      return json === undefined ? "" : JSON.stringify(json, null, 2);
    default:
      return typeof json === "string" || typeof json === "number" ? String(json) : "";
  }
}

function optionOf(options: readonly Json[], json: Json): string {
  const at = options.findIndex((option) => JSON.stringify(option) === JSON.stringify(json));
  return at < 0 ? "" : String(at);
}

export interface Filled {
  /** Nothing where nothing was filled in. */
  readonly value: Json | undefined;
  readonly faults: Faults;
}

/** What the controls mean. */
export function filledIn(field: Field, values: Values): Filled {
  const faults = new Map<string, string>();
  const { value } = read(field, values, faults);
  return { value, faults };
}

interface Reading {
  value: Json | undefined;
  /** Whether somebody put something there; a box that is not ticked says nothing. */
  touched: boolean;
}

function read(field: Field, values: Values, faults: Map<string, string>): Reading {
  if (field.kind === "group") return readGroup(field, values, faults);
  const raw = values.get(field.at) ?? "";
  const value = meant(field, raw);
  if (value instanceof Fault) faults.set(field.at, value.text);
  else if (value !== undefined) return { value, touched: value !== false };
  else if (field.required && field.nullable) return { value: null, touched: false };
  else if (field.required) faults.set(field.at, MISSING);
  return { value: undefined, touched: value instanceof Fault };
}

/** One that may be left out is, unless something in it was filled in. */
function readGroup(field: FieldOf<"group">, values: Values, faults: Map<string, string>): Reading {
  const own = new Map<string, string>();
  const parts = field.fields.map((part) => ({ name: part.name, ...read(part, values, own) }));
  const touched = parts.some((part) => part.touched);
  if (!field.required && !touched) return { value: undefined, touched };
  for (const [at, text] of own) faults.set(at, text);
  const said = parts.flatMap(({ name, value }) => (value === undefined ? [] : [[name, value] as const]));
  return { value: Object.fromEntries(said), touched };
}

class Fault {
  constructor(readonly text: string) {}
}

function meant(field: Exclude<Field, FieldOf<"group">>, raw: Raw): Json | undefined | Fault {
  switch (field.kind) {
    case "yes":
      return raw === true;
    case "one":
      return raw === "" ? undefined : field.options[Number(raw)];
    case "many":
      return several(
        field,
        (raw as readonly string[]).map((at) => field.options[Number(at)] ?? null),
      );
    case "list":
      return listed(field, String(raw));
    case "json":
      return parsed(String(raw));
    case "number":
      return String(raw).trim() === "" ? undefined : numbered(field, String(raw));
    case "text":
      return raw === "" ? undefined : worded(field, String(raw));
  }
}

function several(field: FieldOf<"many" | "list">, items: readonly Json[]): Json | undefined | Fault {
  if (items.length === 0 && field.least === 0) return field.required ? [] : undefined;
  if (items.length === 0 && !field.required) return undefined;
  if (items.length < field.least) return new Fault(`at least ${field.least}, please`);
  return items.length > field.most ? new Fault(`at most ${field.most}, please`) : items;
}

function listed(field: FieldOf<"list">, raw: string): Json | undefined | Fault {
  const items: Json[] = [];
  for (const line of raw.split("\n").map((one) => one.trim())) {
    const item = field.of.kind === "text" ? worded(field.of, line) : numbered(field.of, line);
    if (line && item instanceof Fault) return new Fault(`“${line}”: ${item.text}`);
    if (line) items.push(item as Json);
  }
  if (field.unique && new Set(items).size < items.length) return new Fault("no item twice, please");
  return several(field, items);
}

function parsed(raw: string): Json | undefined | Fault {
  try {
    return raw.trim() === "" ? undefined : JSON.parse(raw);
  } catch (error) {
    return new Fault(`this is no JSON: ${(error as Error).message}`);
  }
}

/** A pattern is not tried here: the kernel speaks another dialect, and does it in bounded time. */
function worded(kind: TextKind, raw: string): Json | Fault {
  const { length } = [...raw]; // characters, as the kernel counts them
  if (length < kind.minLength) return new Fault(`at least ${kind.minLength} characters, please`);
  return length > kind.maxLength ? new Fault(`at most ${kind.maxLength} characters, please`) : raw;
}

function numbered(kind: NumberKind, raw: string): Json | Fault {
  const value = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(raw.trim()) ? Number(raw) : Number.NaN;
  if (!Number.isFinite(value)) return new Fault("write a number");
  if (kind.whole && !Number.isInteger(value)) return new Fault("write a whole number");
  if (kind.whole && !Number.isSafeInteger(value)) return new Fault("so large a number cannot be passed on exactly");
  const { min, max, open, step } = kind;
  if (value < min || (open.min && value === min)) return new Fault(`${open.min ? "more than" : "at least"} ${min}`);
  if (value > max || (open.max && value === max)) return new Fault(`${open.max ? "less than" : "at most"} ${max}`);
  const steps = value / (step ?? 1);
  const between = step !== undefined && Math.abs(steps - Math.round(steps)) > 1e-9;
  return between ? new Fault(`in steps of ${step}`) : value;
}

/** The field that the kernel's refusal is about, and what it says; nothing where that cannot be told. */
export function placeOf(refusal: string, form: Field): { at: string; text: string } | undefined {
  const said = refusal.split("does not fit its form: ")[1];
  if (said === undefined) return undefined;
  const fields = allOf(form);
  const inside = fields.filter(({ at }) => said.startsWith(`at ${at}: `) || said.startsWith(`at ${at}[`));
  const nearest = inside.reduce((best, field) => (field.at.length > best.at.length ? field : best), form);
  const missing = /'([^']*)' is a required property$/.exec(said)?.[1];
  const lacking = missing === undefined ? undefined : fields.find(({ at }) => at === below(nearest.at, missing));
  if (lacking) return { at: lacking.at, text: MISSING };
  return nearest.kind === "group" ? undefined : { at: nearest.at, text: said.replace(/^at \$.*?: /, "") };
}

function allOf(field: Field): Field[] {
  return field.kind === "group" ? [field, ...field.fields.flatMap(allOf)] : [field];
}
