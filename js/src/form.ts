/**
 * JSON Schema as fields to fill in.
 *
 * What it does not know (`allOf`, `if`, patterns, …) it leaves to the kernel, whose word counts anyway; a part whose
 * very shape it cannot tell is one field for JSON.
 */

export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };
export type Schema = Readonly<Record<string, unknown>>;

interface Common {
  /** Where its value is, as the kernel spells it: `$.address.city`. */
  readonly at: string;
  /** The property it is; nothing for the whole. */
  readonly name: string;
  readonly label: string;
  readonly help: string;
  readonly required: boolean;
  readonly nullable: boolean;
  readonly fallback: Json | undefined;
}

export interface TextKind {
  readonly kind: "text";
  readonly lines: boolean;
  readonly input: "text" | "email" | "url" | "date";
  readonly minLength: number;
  readonly maxLength: number;
  /** For people to read: the kernel tries it. */
  readonly pattern: string;
}

export interface NumberKind {
  readonly kind: "number";
  readonly whole: boolean;
  readonly min: number;
  readonly max: number;
  /** Whether these two are allowed themselves. */
  readonly open: { readonly min: boolean; readonly max: boolean };
  readonly step: number | undefined;
}

interface OneOf {
  readonly kind: "one";
  readonly options: readonly Json[];
}

interface Items {
  readonly least: number;
  readonly most: number;
}

interface ManyOf extends Items {
  readonly kind: "many";
  readonly options: readonly Json[];
}

interface List extends Items {
  readonly kind: "list";
  readonly of: TextKind | NumberKind;
  readonly unique: boolean;
}

interface Yes {
  readonly kind: "yes";
}

/** What no other kind can show. */
interface Other {
  readonly kind: "json";
}

interface Group {
  readonly kind: "group";
  readonly fields: readonly Field[];
}

type Kind = TextKind | NumberKind | Yes | Other | OneOf | ManyOf | List | Group;
export type Field = Common & Kind;
export type FieldOf<K extends Field["kind"]> = Extract<Field, { readonly kind: K }>;

/** A text longer than this is written on several lines. */
const LONG = 200;
/** Groups within groups, and references behind references. */
const MAX_DEPTH = 8;
const INPUTS: Record<string, TextKind["input"]> = { email: "email", uri: "url", date: "date" };
const MULTILINE = new Set(["multiline", "multi-line", "textarea", "markdown"]);

/** The field for a whole schema. */
export function formOf(schema: Schema): Field {
  return new Reader(schema).field(schema, { at: "$", name: "", required: true, depth: 0 });
}

interface Place {
  at: string;
  name: string;
  required: boolean;
  depth: number;
}

class Reader {
  readonly #root: Schema;

  constructor(root: Schema) {
    this.#root = root;
  }

  field(given: unknown, { at, name, required, depth }: Place): Field {
    const { schema, nullable } = this.#plain(given);
    const fallback = (schema.default ?? undefined) as Json | undefined;
    const label = text(schema.title) || worded(name);
    const common = { at, name, label, help: text(schema.description), required, nullable, fallback };
    return { ...common, ...this.#kind(schema, at, depth) };
  }

  /** Without references, and without the `null` beside another type. */
  #plain(given: unknown): { schema: Schema; nullable: boolean } {
    let schema = isSchema(given) ? given : {};
    let nullable = false;
    for (let turn = 0; turn < MAX_DEPTH; turn++) {
      const { $ref, anyOf, oneOf, type, ...rest } = schema;
      const either = schemas(anyOf ?? oneOf);
      const others = either.filter((one) => one.type !== "null");
      if (typeof $ref === "string") schema = { ...this.#target($ref), ...rest };
      else if (either.length === 2 && others.length === 1) [schema, nullable] = [{ ...others[0], ...rest }, true];
      else if (Array.isArray(type) && type.length === 2 && type.includes("null"))
        [schema, nullable] = [{ ...schema, type: type.find((one) => one !== "null") }, true];
      else break;
    }
    return { schema, nullable };
  }

  #target(reference: string): Schema {
    const names = reference.replace(/^#\/?/, "").split("/").filter(Boolean);
    const found = names.reduce<unknown>((part, name) => {
      return isSchema(part) ? part[name.replace(/~1/g, "/").replace(/~0/g, "~")] : undefined;
    }, this.#root);
    return isSchema(found) && names.length > 0 ? found : {};
  }

  #kind(schema: Schema, at: string, depth: number): Kind {
    const { type, enum: options, properties } = schema;
    if ("const" in schema) return { kind: "one", options: [schema.const as Json] };
    if (Array.isArray(options)) return { kind: "one", options };
    if (type === "string") return textKind(schema);
    if (type === "number" || type === "integer") return numberKind(schema);
    if (type === "boolean") return { kind: "yes" };
    if (type === "array") return this.#list(schema);
    const isGroup = type === "object" && isSchema(properties) && depth < MAX_DEPTH;
    return isGroup ? this.#group(schema, properties, at, depth) : { kind: "json" };
  }

  #list(schema: Schema): Kind {
    const items = this.#plain(schema.items).schema;
    const bounds = { least: number(schema.minItems, 0), most: number(schema.maxItems, Number.POSITIVE_INFINITY) };
    const unique = schema.uniqueItems === true;
    if (Array.isArray(items.enum)) return { kind: "many", options: items.enum, ...bounds };
    const of = this.#kind(items, "", MAX_DEPTH);
    if (of.kind === "text" || of.kind === "number") return { kind: "list", of, unique, ...bounds };
    return { kind: "json" };
  }

  #group(schema: Schema, properties: Schema, at: string, depth: number): Kind {
    const needed = Array.isArray(schema.required) ? schema.required : [];
    const fields = Object.entries(properties).map(([name, part]) => {
      return this.field(part, { at: below(at, name), name, required: needed.includes(name), depth: depth + 1 });
    });
    return { kind: "group", fields };
  }
}

function textKind(schema: Schema): TextKind {
  const format = text(schema.format);
  const maxLength = number(schema.maxLength, Number.POSITIVE_INFINITY);
  const lines = MULTILINE.has(format) || (maxLength > LONG && maxLength < Number.POSITIVE_INFINITY);
  const input = INPUTS[format] ?? "text";
  return {
    kind: "text",
    lines,
    input,
    minLength: number(schema.minLength, 0),
    maxLength,
    pattern: text(schema.pattern),
  };
}

function numberKind(schema: Schema): NumberKind {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf } = schema;
  const min = Math.max(number(minimum, Number.NEGATIVE_INFINITY), number(exclusiveMinimum, Number.NEGATIVE_INFINITY));
  const max = Math.min(number(maximum, Number.POSITIVE_INFINITY), number(exclusiveMaximum, Number.POSITIVE_INFINITY));
  return {
    kind: "number",
    whole: schema.type === "integer",
    min,
    max,
    open: { min: min === exclusiveMinimum, max: max === exclusiveMaximum },
    step: typeof multipleOf === "number" ? multipleOf : undefined,
  };
}

/** The path of a property as jsonschema's `json_path` spells it. */
export function below(at: string, name: string): string {
  return /^[A-Za-z][A-Za-z0-9_]*$/.test(name) ? `${at}.${name}` : `${at}['${name.replace(/[\\']/g, "\\$&")}']`;
}

/** `first_name` as words. */
function worded(name: string): string {
  const words = name.replace(/[_-]+/g, " ").trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function isSchema(part: unknown): part is Schema {
  return typeof part === "object" && part !== null && !Array.isArray(part);
}

function schemas(parts: unknown): Schema[] {
  return Array.isArray(parts) ? parts.filter(isSchema) : [];
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function number(value: unknown, otherwise: number): number {
  return typeof value === "number" ? value : otherwise;
}
