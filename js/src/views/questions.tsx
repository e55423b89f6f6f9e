/** All open questions, oldest first: the loudest thing on the page, and gone when answered. */

import type { Props } from "./props";
import { Question } from "./question";

export function Questions({ store }: Props) {
  const questions = store.questions.value;
  const open = questions.filter((question) => !question.answered);
  const place = (index: number) => (open.length > 1 && index >= 0 ? `${index + 1} of ${open.length}` : "");
  return (
    <>
      {questions.map((question) => (
        <Question key={question.question_id} store={store} question={question} place={place(open.indexOf(question))} />
      ))}
    </>
  );
}
