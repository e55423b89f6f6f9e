/** What differs between two runs: marked by sign and by colour. */

import type { ComponentChildren } from "preact";
import { type Change, type ComparisonJson, cut, type Piece, type UnitChange, type UnitComparison } from "../comparison";
import type { Tone } from "../signs";

const SIGNS: Record<UnitChange, { sign: string; tone: Tone }> = {
  same: { sign: "=", tone: "dim" },
  changed: { sign: "≠", tone: "ask" },
  added: { sign: "+", tone: "ok" },
  removed: { sign: "✕", tone: "bad" },
};

export function Comparison({ comparison, back }: { comparison: ComparisonJson; back: () => void }) {
  return (
    <section class="snb-comparison" aria-label="Comparison">
      <p class="snb-offers">
        <b>{comparison.same ? "The same but for time and cost" : "Before and now"}</b>
        <button type="button" class="snb-button" onClick={back}>
          Other sessions
        </button>
      </p>
      <table>
        <thead>
          <tr>
            <th />
            <th>before</th>
            <th>now</th>
          </tr>
        </thead>
        <tbody>
          {comparison.overall.map((field) => (
            <tr key={field.name}>
              <th scope="row">{field.name}</th>
              <td>{field.before}</td>
              <td>{field.after}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {comparison.changes.length > 0 && (
        <ul class="snb-changes">
          {comparison.changes.map((line) => (
            <li key={line}>{line}</li>
          ))}
        </ul>
      )}
      {comparison.units.map((unit) => (
        <Unit key={unit.key} unit={unit} />
      ))}
    </section>
  );
}

function Unit({ unit }: { unit: UnitComparison }) {
  const { sign, tone } = SIGNS[unit.change];
  return (
    <section class="snb-compared" aria-label={`${unit.name}: ${unit.change}`}>
      <p>
        <span class={`snb-sign snb-${tone}`} aria-hidden="true">
          {sign}
        </span>{" "}
        <b>{unit.name}</b> <span class="snb-dim">{unit.change}</span>
      </p>
      {unit.fields.map(({ name, before, after }) => (
        <p key={name} class="snb-dim">
          {name}: {before || "none"} → {after || "none"}
        </p>
      ))}
      <Text name="Prompt" pieces={unit.prompt} />
      <Text name="Reply" pieces={unit.reply} />
    </section>
  );
}

function Text({ name, pieces }: { name: string; pieces: readonly Piece[] }) {
  if (pieces.length === 0) return null;
  return (
    <>
      <p class="snb-part">{name}</p>
      <p class="snb-diff">
        {pieces.map((piece, at) => (
          <Marked key={at} change={piece.change}>
            {cut(piece)}
          </Marked>
        ))}
      </p>
    </>
  );
}

function Marked({ change, children }: { change: Change; children: string }): ComponentChildren {
  if (change === "gone") return <del>{children}</del>;
  return change === "new" ? <ins>{children}</ins> : children;
}
