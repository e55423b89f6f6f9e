/** The choices that a question offers. */

import { useState } from "preact/hooks";
import type { Draft } from "../draft";
import { uuid } from "../protocol";

export function Choices({ choices, draft }: { choices: string[]; draft: Draft }) {
  const [group] = useState(uuid); // another view of the same question is another group
  if (choices.length === 0) return null;
  const choose = (text: string) => {
    draft.choice.value = text;
    draft.hint.value = "";
  };
  return (
    <fieldset class="snb-choices">
      <legend class="snb-hidden">Choose one</legend>
      {choices.map((text) => (
        <label key={text}>
          <input type="radio" name={group} checked={text === draft.choice.value} onChange={() => choose(text)} />
          {text}
        </label>
      ))}
    </fieldset>
  );
}
