/** What is under a row that has ended: the prompt, the tools, the whole reply. */

import { duration } from "../format";
import type { ToolState, UnitState } from "../state";
import { Markdown } from "./markdown";

export function Detail({ unit, text }: { unit: UnitState; text: string }) {
  const reply = unit.response ?? text; // of an interrupted unit there is what it had written
  return (
    <div class="snb-open">
      {unit.prompt && (
        <>
          <p class="snb-part">Prompt</p>
          <p class="snb-prompt">{unit.prompt}</p>
        </>
      )}
      <Tools tools={unit.tools} />
      {unit.error && <p class="snb-bad snb-plain">{unit.error}</p>}
      {reply && (
        <>
          <p class="snb-part">Reply</p>
          <Markdown class="snb-reply" text={reply} />
        </>
      )}
    </div>
  );
}

function Tools({ tools }: { tools: readonly ToolState[] }) {
  if (tools.length === 0) return null;
  return (
    <ul class="snb-tools" aria-label="Tools">
      {tools.map((tool) => (
        <Tool key={tool.tool_id} tool={tool} />
      ))}
    </ul>
  );
}

function Tool({ tool }: { tool: ToolState }) {
  const { sign, tone } = tool.ok === false ? { sign: "✕", tone: "bad" } : { sign: tool.ok ? "✓" : "○", tone: "ok" };
  const call = `${tool.name} ${JSON.stringify(tool.arguments)}`;
  return (
    <li title={tool.result ?? ""}>
      <span class={`snb-${tone}`} role="img" aria-label={tool.ok === false ? "failed" : "done"}>
        {sign}
      </span>{" "}
      {call} {tool.result !== null && <span class="snb-dim">→ {tool.result}</span>}{" "}
      <span class="snb-dim">{duration(tool.duration)}</span>
    </li>
  );
}
