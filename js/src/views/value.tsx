/** JSON for reading: names and values in two columns, lists as lists, and what is deeper as it is. */

import { isRecord } from "../json";

const DEEPEST = 2;

export function Value({ value, depth = 0 }: { value: unknown; depth?: number }) {
  if (depth <= DEEPEST && Array.isArray(value) && value.length > 0) return <List items={value} depth={depth} />;
  if (depth <= DEEPEST && isRecord(value) && Object.keys(value).length > 0) return <Fields of={value} depth={depth} />;
  if (typeof value === "string") return <span class="snb-plain">{value}</span>;
  return <code>{JSON.stringify(value, null, 1)}</code>;
}

function List({ items, depth }: { items: unknown[]; depth: number }) {
  return (
    <ol class="snb-values">
      {items.map((item, at) => (
        <li key={at}>
          <Value value={item} depth={depth + 1} />
        </li>
      ))}
    </ol>
  );
}

function Fields({ of, depth }: { of: Record<string, unknown>; depth: number }) {
  return (
    <dl class="snb-fields">
      {Object.entries(of).map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>
            <Value value={value} depth={depth + 1} />
          </dd>
        </div>
      ))}
    </dl>
  );
}
