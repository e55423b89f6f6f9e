// Writes generated/events.ts, which is not in git, from the Python event classes: `npm run generate`.
// It holds types only: `tsc` needs it, the bundle does not.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, "..", "..");
const target = join(here, "..", "generated", "events.ts");

const PROGRAM = `
import json
from strands_nb.engine.events import Event, event_adapter
tags = [[c.tag, c.__name__, c.durable] for c in Event.__args__]
print(json.dumps({"tags": tags, "schema": event_adapter.json_schema()["$defs"]}))
`;

function readSchema() {
  const own = join(root, ".venv", "bin", "python");
  const python = process.env.PYTHON ?? (existsSync(own) ? own : "python3");
  return JSON.parse(
    execFileSync(python, ["-c", PROGRAM], { cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] }),
  );
}

/** A JSON schema as a TypeScript type. */
function typeOf(schema) {
  if (schema.$ref) return schema.$ref.split("/").pop();
  if (schema.anyOf) return schema.anyOf.map(typeOf).join(" | ");
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(" | ");
  if ("const" in schema) return JSON.stringify(schema.const);
  if (schema.type === "array") return arrayOf(schema);
  if (schema.type === "object") return "Record<string, unknown>";
  const plain = { integer: "number", number: "number", string: "string", boolean: "boolean", null: "null" };
  return plain[schema.type] ?? "unknown";
}

function arrayOf(schema) {
  if (schema.prefixItems) return `[${schema.prefixItems.map(typeOf).join(", ")}]`;
  const item = typeOf(schema.items ?? {});
  return item.includes("|") ? `(${item})[]` : `${item}[]`;
}

function interfaceOf(name, { description, properties, required = [] }) {
  const fields = Object.entries(properties).map(
    ([field, schema]) => `  ${field}${required.includes(field) ? "" : "?"}: ${typeOf(schema)};`,
  );
  const comment = description ? `/** ${description.replace(/\s+/g, " ")} */\n` : "";
  return `${comment}export interface ${name} {\n${fields.join("\n")}\n}\n`;
}

function generate({ tags, schema }) {
  const payloads = Object.keys(schema).filter((name) => !tags.some(([, event]) => event === name));
  const { data: _, ...envelope } = schema[tags[0][1]].properties;
  const required = Object.keys(envelope);
  const dataOf = ([tag, event]) => `  ${tag}: ${typeOf(schema[event].properties.data)};`;
  return [
    "// Written by `npm run generate` from strands_nb/engine/events.py; do not edit.\n",
    ...payloads.map((name) => interfaceOf(name, schema[name])),
    interfaceOf("Envelope", { description: "What every event has beside its data.", properties: envelope, required }),
    `/** What each kind of event carries, by its tag. */\nexport interface EventData {\n${tags.map(dataOf).join("\n")}\n}\n`,
    "export type Tag = keyof EventData;\n",
    "/** Tag, and whether such an event is part of the journal. */",
    `export interface Durability {\n${tags.map(([tag, , durable]) => `  ${tag}: ${durable};`).join("\n")}\n}\n`,
  ].join("\n");
}

mkdirSync(dirname(target), { recursive: true });
writeFileSync(target, generate(readSchema()));
