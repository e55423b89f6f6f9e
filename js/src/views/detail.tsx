/** What is under a row that has ended: what was asked, the tools, the whole reply, and what it took. */

import type { ComponentChildren } from "preact";
import { cost, soMany, tokens } from "../format";
import { decisionText, revisionText } from "../shown";
import type { UnitState } from "../state";
import { Capped } from "./capped";
import { Markdown } from "./markdown";
import { Tools } from "./tools";
import { Value } from "./value";

const PROMPT = { letters: 700, lines: 8 };
const REPLY = { letters: 3000, lines: 32 };

export function Detail({ unit, text }: { unit: UnitState; text: string }) {
  const asked = unit.kind === "hitl";
  return (
    <div class="snb-open">
      {unit.prompt && (
        <Part name={asked ? "Question" : "Prompt"}>
          <Capped text={unit.prompt} room={PROMPT}>
            {(shown) => <p class="snb-prompt">{shown}</p>}
          </Capped>
        </Part>
      )}
      <Tools tools={unit.tools} />
      {unit.error && <p class="snb-bad snb-plain">{unit.error}</p>}
      <Reply unit={unit} text={text} />
      <Facts unit={unit} />
    </div>
  );
}

function Part({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    <>
      <p class="snb-part">{name}</p>
      {children}
    </>
  );
}

/** What was decided as what it is; of an interrupted unit what it had written. */
function Reply({ unit, text }: { unit: UnitState; text: string }) {
  const reply = unit.response ?? text;
  if (decisionText(unit)) {
    return (
      <Part name="Decision">
        <div class="snb-reply">
          <Value value={unit.value} />
        </div>
      </Part>
    );
  }
  if (!reply) return null;
  return (
    <Part name={unit.kind === "hitl" ? "Answer" : "Reply"}>
      <Capped text={reply} room={REPLY}>
        {(shown) => <Markdown class="snb-reply" text={shown} />}
      </Capped>
    </Part>
  );
}

/** Who worked, how often, and what was paid for it. */
function Facts({ unit }: { unit: UnitState }) {
  if (unit.kind !== "agent") return null;
  const { agent, model, attempts } = unit;
  const often = attempts > 1 ? soMany(attempts, "attempt") : "";
  const spent = unit.tokens > 0 ? cost(unit.cost) : "";
  const facts = [agent, model, revisionText(unit), often, tokens(unit.tokens), spent].filter(Boolean);
  return facts.length > 0 ? <p class="snb-facts">{facts.join(" · ")}</p> : null;
}
