/** The open questions: one in full, the loudest thing on the page; the others as a list under it. */

import { useRef, useState } from "preact/hooks";
import { Draft } from "../draft";
import type { OpenQuestion } from "../protocol";
import { pathName } from "../shown";
import { neighbour, nextShown } from "../stack";
import type { Store } from "../store";
import { More } from "./more";
import type { Props } from "./props";
import { Question } from "./question";

export function Questions({ store }: Props) {
  const questions = store.questions.value;
  const open = questions.filter((question) => !question.answered);
  const [shown, show] = useShown(open);
  const draftOf = useDrafts(open);
  const at = shown ? open.indexOf(shown) : -1;
  const place =
    shown && open.length > 1
      ? { where: whereOf(store, shown), at, of: open.length, turn: (by: number) => show(neighbour(open, shown, by)) }
      : undefined;
  return (
    <>
      {questions
        .filter((question) => question.answered || question === shown)
        .map((question) => (
          <Question
            key={question.question_id}
            store={store}
            question={question}
            draft={draftOf(question)}
            place={question.answered ? undefined : place}
          />
        ))}
      <More store={store} questions={open.filter((question) => question !== shown)} whereOf={whereOf} onOpen={show} />
    </>
  );
}

/** The question that this view shows, and how to show another. */
function useShown(open: OpenQuestion[]) {
  const last = useRef<{ ids: string[]; shown: string | undefined }>({ ids: [], shown: undefined });
  const [, redraw] = useState({});
  const ids = open.map((question) => question.question_id);
  const shown = nextShown(ids, last.current.ids, last.current.shown);
  last.current = { ids, shown };
  const show = (question: OpenQuestion | undefined) => {
    last.current = { ids, shown: question?.question_id };
    redraw({});
  };
  return [open.find((question) => question.question_id === shown), show] as const;
}

/** What was begun, for each question that is still open. */
function useDrafts(open: OpenQuestion[]): (question: OpenQuestion) => Draft {
  const [drafts] = useState(() => new Map<string, Draft>());
  for (const id of drafts.keys()) if (!open.some((question) => question.question_id === id)) drafts.delete(id);
  return (question) => {
    const draft = drafts.get(question.question_id) ?? new Draft(question);
    drafts.set(question.question_id, draft);
    return draft;
  };
}

/** The name of the row that asks. */
function whereOf({ picture }: Store, { key }: OpenQuestion): string {
  const known = new Set(picture.keys.value);
  return pathName(key, (above) => (known.has(above) ? picture.row(above).unit.value : undefined));
}
