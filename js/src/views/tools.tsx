/** The tools a step has used: a line each, which opens to arguments and result. */

import { duration } from "../format";
import type { ToolState } from "../state";
import { Capped } from "./capped";
import { Value } from "./value";

const ROOM = { letters: 2000, lines: 20 };
/** What one line may show. */
const MAX_LINE = 300;

export function Tools({ tools }: { tools: readonly ToolState[] }) {
  if (tools.length === 0) return null;
  return (
    <ul class="snb-tools" aria-label="Tools">
      {tools.map((tool) => (
        <li key={tool.tool_id}>
          <Tool tool={tool} />
        </li>
      ))}
    </ul>
  );
}

function Tool({ tool }: { tool: ToolState }) {
  const { sign, word, tone } = toolSign(tool);
  const result = tool.result ?? "";
  return (
    <details class="snb-tool">
      <summary>
        <span class={`snb-${tone}`} role="img" aria-label={word}>
          {sign}
        </span>
        <span class="snb-call">
          {tool.name} {oneLine(JSON.stringify(tool.arguments))}
          {result && <span class={tool.ok ? "snb-dim" : "snb-bad"}> → {oneLine(result)}</span>}
        </span>
        <span class="snb-took">{duration(tool.duration)}</span>
      </summary>
      <div class="snb-within">
        <Value value={tool.arguments} />
        {result && (
          <Capped text={result} room={ROOM}>
            {(text) => <p class={tool.ok ? "snb-plain" : "snb-plain snb-bad"}>{text}</p>}
          </Capped>
        )}
      </div>
    </details>
  );
}

function toolSign({ ok }: ToolState) {
  if (ok === null) return { sign: "◉", word: "under way", tone: "run" };
  return ok ? { sign: "✓", word: "done", tone: "ok" } : { sign: "✕", word: "failed", tone: "bad" };
}

function oneLine(text = ""): string {
  return text.slice(0, MAX_LINE).replace(/\s+/g, " ");
}
