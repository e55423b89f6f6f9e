import { describe, expect, test } from "vitest";
import { filledIn, placeOf, prefilled, type Raw } from "../src/filled";
import { type Field, formOf, type Json, type Schema } from "../src/form";
import { limitsOf } from "../src/limits";
import { HAS_PYTHON, python } from "./python";

function object(properties: Record<string, Schema>, required = Object.keys(properties)): Schema {
  return { type: "object", properties, required };
}

function fieldAt(schema: Schema, at: string): Field {
  const fields = (field: Field): Field[] => [field, ...(field.kind === "group" ? field.fields.flatMap(fields) : [])];
  const found = fields(formOf(schema)).find((field) => field.at === at);
  if (!found) throw new Error(`no field at ${at}`);
  return found;
}

/** What comes of a form whose controls hold these. */
function fill(schema: Schema, raws: Record<string, Raw>, given?: Json) {
  const form = formOf(schema);
  const { value, faults } = filledIn(form, new Map([...prefilled(form, given), ...Object.entries(raws)]));
  return { value, faults: Object.fromEntries(faults) };
}

describe("a schema as fields", () => {
  test.each([
    [{ type: "string" }, { kind: "text", lines: false, input: "text" }],
    [
      { type: "string", maxLength: 1000 },
      { kind: "text", lines: true },
    ],
    [
      { type: "string", format: "markdown" },
      { kind: "text", lines: true },
    ],
    [
      { type: "string", format: "email" },
      { kind: "text", input: "email" },
    ],
    [
      { type: "integer", minimum: 1 },
      { kind: "number", whole: true, min: 1 },
    ],
    [
      { type: "number", exclusiveMaximum: 2 },
      { kind: "number", max: 2, open: { min: false, max: true } },
    ],
    [{ type: "boolean" }, { kind: "yes" }],
    [{ enum: ["a", 1, null] }, { kind: "one", options: ["a", 1, null] }],
    [{ const: "yes" }, { kind: "one", options: ["yes"] }],
    [
      { type: "array", items: { type: "integer" } },
      { kind: "list", of: { kind: "number" } },
    ],
    [
      { type: "array", items: { enum: ["a", "b"] } },
      { kind: "many", options: ["a", "b"] },
    ],
    [{ type: ["string", "null"] }, { kind: "text", nullable: true }],
    [{ anyOf: [{ type: "integer" }, { type: "null" }] }, { kind: "number", nullable: true }],
  ])("%j", (schema, kind) => {
    expect(formOf(schema)).toMatchObject(kind);
  });

  test.each([
    {},
    { type: ["string", "integer"] },
    { anyOf: [{ type: "string" }, { type: "integer" }] },
    { type: "object" },
    { type: "array" },
    { type: "array", items: { type: "object", properties: { a: { type: "string" } } } },
    { $ref: "#" },
    { $ref: "#/$defs/lost" },
  ])("%j has no shape that could be told: it is written as JSON", (schema) => {
    expect(formOf(schema).kind).toBe("json");
    expect(limitsOf(formOf(schema))).toBe("the form cannot show this part: write it as JSON");
  });

  test("names become words, where there is no title", () => {
    const schema = object({ first_name: { type: "string" }, n: { type: "integer", title: "How many" } }, ["n"]);
    expect(fieldAt(schema, "$.first_name")).toMatchObject({ label: "First name", required: false });
    expect(fieldAt(schema, "$.n")).toMatchObject({ label: "How many", required: true });
  });

  test("references are followed, also around in circles", () => {
    const node = object({ name: { type: "string" }, next: { $ref: "#/$defs/node" } }, ["name"]);
    const schema = { $ref: "#/$defs/node", $defs: { node } };
    expect(fieldAt(schema, "$.next.next.name").kind).toBe("text");
    expect(JSON.stringify(formOf(schema)).length).toBeLessThan(10_000);
  });

  test.each([
    [{ type: "integer", minimum: 1, maximum: 10 }, "a whole number, 1 to 10"],
    [{ type: "number", exclusiveMinimum: 0, multipleOf: 0.5 }, "a number, more than 0, in steps of 0.5"],
    [{ type: "string", minLength: 2, maxLength: 9 }, "2 to 9 characters"],
    [{ type: "array", items: { type: "string" }, maxItems: 3 }, "one per line; at most 3 lines"],
    [{ type: "array", items: { enum: ["a"] }, minItems: 1 }, "at least 1"],
    [{ type: "string", pattern: "^[A-Z]" }, "matches ^[A-Z]"],
    [{ type: "string" }, ""],
  ])("%j says what it takes: %s", (schema, words) => {
    expect(limitsOf(formOf(schema))).toBe(words);
  });
});

describe("what is filled in", () => {
  test.each<[Schema, Raw, Json]>([
    [{ type: "string" }, " as typed ", " as typed "],
    [{ type: "integer" }, " 12 ", 12],
    [{ type: "number" }, "-1.5e3", -1500],
    [{ type: "number", multipleOf: 0.1 }, "0.3", 0.3],
    [{ type: "boolean" }, true, true],
    [{ enum: ["a", { b: 1 }] }, "1", { b: 1 }],
    [{ type: "array", items: { enum: ["a", "b", "c"] } }, ["0", "2"], ["a", "c"]],
    [{ type: "array", items: { type: "string" } }, "one\n\n two \n", ["one", "two"]],
    [{ type: "array", items: { type: "integer" } }, "1\n2", [1, 2]],
    [{ type: "array", items: { type: "string" } }, "", []],
    [{}, '{"a": [1]}', { a: [1] }],
  ])("%j, %j is %j", (schema, raw, value) => {
    expect(fill(schema, { $: raw })).toEqual({ value, faults: {} });
  });

  test.each<[Schema, Raw, string]>([
    [{ type: "string" }, "", "fill this in"],
    [{ type: "string", minLength: 3 }, "a👍", "at least 3 characters, please"],
    [{ type: "string", maxLength: 1 }, "ab", "at most 1 characters, please"],
    [{ type: "integer" }, "1.5", "write a whole number"],
    [{ type: "integer" }, "9007199254740993", "so large a number cannot be passed on exactly"],
    [{ type: "number" }, "0x10", "write a number"],
    [{ type: "number" }, "1e999", "write a number"],
    [{ type: "number", minimum: 1 }, "0", "at least 1"],
    [{ type: "number", exclusiveMaximum: 1 }, "1", "less than 1"],
    [{ type: "number", multipleOf: 0.5 }, "0.75", "in steps of 0.5"],
    [{ enum: ["a"] }, "", "fill this in"],
    [{ type: "array", items: { enum: ["a", "b"] }, minItems: 1 }, [], "at least 1, please"],
    [{ type: "array", items: { type: "integer" } }, "1\ntwo", "“two”: write a number"],
    [{ type: "array", items: { type: "string" }, maxItems: 1 }, "a\nb", "at most 1, please"],
    [{ type: "array", items: { type: "string" }, uniqueItems: true }, "a\na", "no item twice, please"],
    [{}, "{", expect.stringContaining("this is no JSON") as unknown as string],
  ])("%j, %j is refused: %s", (schema, raw, fault) => {
    expect(fill(schema, { $: raw })).toEqual({ value: undefined, faults: { $: fault } });
  });

  test("what is optional and empty is left out; a tick that is not set says no", () => {
    const schema = object({ name: { type: "string" }, n: { type: "integer" }, yes: { type: "boolean" } }, ["name"]);
    expect(fill(schema, { "$.name": "Ada" }).value).toEqual({ name: "Ada", yes: false });
  });

  test("what may be null is null where it is needed and empty", () => {
    const schema = object({ note: { type: ["string", "null"] } });
    expect(fill(schema, {}).value).toEqual({ note: null });
  });

  test("an optional group wants its own only once something in it is filled in", () => {
    const address = object({ city: { type: "string" }, zip: { type: "string" }, post: { type: "boolean" } }, ["city"]);
    const schema = object({ address }, []);
    expect(fill(schema, {})).toEqual({ value: {}, faults: {} });
    expect(fill(schema, { "$.address.zip": "1010" }).faults).toEqual({ "$.address.city": "fill this in" });
  });

  test("defaults are there from the start; what the question proposes goes before what the schema does", () => {
    const schema = object({ a: { enum: ["x", "y"], default: "y" }, b: { type: "integer", default: 1 }, c: {} });
    expect(fill(schema, {}, { b: 2, c: [true] }).value).toEqual({ a: "y", b: 2, c: [true] });
    expect(fill(schema, { "$.c": "0" }, "nonsense").value).toEqual({ a: "y", b: 1, c: 0 });
  });
});

describe.runIf(HAS_PYTHON)("the engine", () => {
  const schema = object({
    "a b": { type: "string", pattern: "^[A-Z]" },
    n: { type: "number", minimum: 0, exclusiveMaximum: 10, multipleOf: 0.5 },
    tone: { enum: ["plain", 2, null] },
    tags: { type: "array", items: { type: "string", minLength: 2 }, uniqueItems: true },
    address: object({ city: { type: "string" } }),
    note: { type: ["string", "null"] },
    extra: { type: "array", items: { type: "object" } },
  });
  const good = {
    "$['a b']": "Ada",
    ...{ "$.n": "1.5", "$.tone": "1", "$.tags": "ab\ncd", "$.address.city": "Wien", "$.extra": '[{"x": 1}]' },
  };
  /** What the engine has against the answers, in the words of its refusal. */
  const faultsOf = (answers: readonly unknown[]): (string | null)[] => {
    const program = `
import json, sys
from strands_nb.engine.form import form_fault
schema, *answers = json.loads(sys.argv[1])
print(json.dumps([form_fault(schema, json.dumps(answer)) for answer in answers]))`;
    return JSON.parse(python("-c", program, JSON.stringify([schema, ...answers])));
  };

  test("takes what a form has taken, and its refusals find their fields", () => {
    const { value, faults } = fill(schema, good);
    expect(faults).toEqual({});
    const wrong = (change: object) => ({ ...(value as object), ...change });
    const [taken, ...refused] = faultsOf([
      ...[value, wrong({ "a b": "ada" }), wrong({ n: 10 }), wrong({ tone: "loud" }), wrong({ tags: ["ab", "c"] })],
      ...[wrong({ address: {} }), wrong({ extra: [1] })],
    ]);
    expect(taken).toBeNull();
    const places = refused.map((fault) => placeOf(`g: the answer does not fit its form: ${fault}`, formOf(schema))?.at);
    expect(places).toEqual(["$['a b']", "$.n", "$.tone", "$.tags", "$.address.city", "$.extra"]);
  }, 60_000);
});

describe("the kernel's refusal", () => {
  const schema = object({
    "a b": { type: "string" },
    address: object({ city: { type: "string" } }),
    tags: { type: "array", items: { type: "string" } },
  });
  const refusal = (said: string) => placeOf(`steps/1: the answer does not fit its form: ${said}`, formOf(schema));

  test.each([
    ["at $.address.city: 'x' is too short", { at: "$.address.city", text: "'x' is too short" }],
    ["at $['a b']: 1 is not of type 'string'", { at: "$['a b']", text: "1 is not of type 'string'" }],
    ["at $.tags[1]: 'x' does not match '^: $'", { at: "$.tags", text: "'x' does not match '^: $'" }],
    ["at $.address: 'city' is a required property", { at: "$.address.city", text: "fill this in" }],
    ["'tags' is a required property", { at: "$.tags", text: "fill this in" }],
  ])("stands at the field that it names: %s", (said, place) => {
    expect(refusal(said)).toEqual(place);
  });

  test("of the whole, or of something else, stands below", () => {
    expect(refusal("Additional properties are not allowed")).toBeUndefined();
    expect(placeOf("steps/1 is answered already", formOf(schema))).toBeUndefined();
  });

  test("of a form that is one field stands there", () => {
    const place = placeOf(
      "g: the answer does not fit its form: 'a' does not match '^[A-Z]$'",
      formOf({ type: "string" }),
    );
    expect(place).toEqual({ at: "$", text: "'a' does not match '^[A-Z]$'" });
  });
});
