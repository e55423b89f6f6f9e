/** The text under review, to be edited and approved so. */

import { useState } from "preact/hooks";
import type { Draft } from "../draft";
import { type OpenQuestion, uuid } from "../protocol";

/** Enough to see what one does, without pushing the buttons off the screen. */
const MAX_ROWS = 12;

interface EditorProps {
  original: string;
  draft: Draft;
  question: OpenQuestion;
  onClose: () => void;
}

export function Editor({ original, draft, question, onClose }: EditorProps) {
  const [id] = useState(uuid);
  const text = draft.edited.value ?? "";
  const edit = (changed: string) => {
    draft.edited.value = changed;
    draft.hint.value = "";
  };
  return (
    <div class="snb-field">
      <p class="snb-legend">
        <label for={id}>Text to approve</label>
        {text !== original && <span class="snb-edited">edited</span>}
        <button type="button" class="snb-link" onClick={text === original ? onClose : () => edit(original)}>
          {text === original ? "close" : "reset"}
        </button>
      </p>
      <textarea
        id={id}
        class={question.edits ? "snb-input snb-editor snb-code" : "snb-input snb-editor"}
        rows={Math.min(MAX_ROWS, text.split("\n").length + 1)}
        aria-describedby={`${id}-help`}
        value={text}
        onInput={(event) => edit(event.currentTarget.value)}
      />
      <p class="snb-help" id={`${id}-help`}>
        {question.edits
          ? "It takes the place of what was planned."
          : "It is sent as your answer; the reply itself stays as recorded."}
      </p>
    </div>
  );
}
