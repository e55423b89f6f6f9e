/** Colours for YAML as `to_yaml` writes it: enough to read it by, and never wrong enough to mislead. */

export type Paint = "key" | "dash" | "plain" | "literal" | "name";

/** A part of a line, all of one colour. */
export interface Piece {
  readonly text: string;
  readonly paint: Paint;
}

/** A line: how far it is indented, and its parts. */
export interface Line {
  readonly indent: number;
  readonly pieces: readonly Piece[];
}

const KEY = /^((?:- )*)((?:"(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|[^\s'"#&*!|>%@`[\]{},:-][^:]*?|-?[^\s:]+):)(?=\s|$)/;
const LITERAL = /^(?:true|false|null|~|[-+]?[0-9.][0-9.eE+-]*|\[\]|\{\}|[|>][-+0-9]*)$/;

/** The lines of a document. */
export function paintYaml(yaml: string): Line[] {
  let block = Number.POSITIVE_INFINITY; // how far the key of a block of text is indented
  return yaml
    .replace(/\n$/, "")
    .split("\n")
    .map((line) => {
      const text = line.trimStart();
      const indent = line.length - text.length;
      if (text && indent <= block) block = Number.POSITIVE_INFINITY;
      if (indent > block) return { indent, pieces: names(text) };
      if (/[:-] [|>][-+0-9]*$/.test(text)) block = indent;
      return { indent, pieces: paintLine(text) };
    });
}

function paintLine(text: string): Piece[] {
  const [, dashes = "", key = ""] = KEY.exec(text) ?? [undefined, /^(?:- |-$)*/.exec(text)?.[0]];
  const value = text.slice(dashes.length + key.length);
  const parts: Piece[] = [
    { text: dashes, paint: "dash" },
    { text: key, paint: "key" },
    ...(LITERAL.test(value.trim()) ? [{ text: value, paint: "literal" as const }] : names(value)),
  ];
  return parts.filter((part) => part.text);
}

/** A text with the names in it, `{{ topic }}`, told apart. */
function names(text: string): Piece[] {
  const parts = text.split(/(\{\{.*?\}\}|\{%.*?%\})/);
  return parts.map((part, at): Piece => ({ text: part, paint: at % 2 ? "name" : "plain" })).filter((part) => part.text);
}
