/** All open questions, oldest first: the loudest thing on the page, and gone when answered. */

import type { OpenQuestion } from "../protocol";
import { pathName } from "../shown";
import type { Store } from "../store";
import type { Props } from "./props";
import { Question } from "./question";

export function Questions({ store }: Props) {
  const questions = store.questions.value;
  const open = questions.filter((question) => !question.answered);
  const several = open.length > 1;
  const place = (index: number) => (several && index >= 0 ? `${index + 1} of ${open.length}` : "");
  return (
    <>
      {questions.map((question) => (
        <Question
          key={question.question_id}
          store={store}
          question={question}
          where={several ? whereOf(store, question) : ""}
          place={place(open.indexOf(question))}
        />
      ))}
    </>
  );
}

/** The name of the row that asks. */
function whereOf({ picture }: Store, { key }: OpenQuestion): string {
  const known = new Set(picture.keys.value);
  return pathName(key, (above) => (known.has(above) ? picture.row(above).unit.value : undefined));
}
