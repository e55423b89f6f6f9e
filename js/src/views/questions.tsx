/** All open questions, oldest first: the loudest thing on the page, and gone when answered. */

import type { Props } from "./card";
import { Question } from "./question";

export function Questions({ store }: Props) {
  const questions = store.questions.value;
  return (
    <>
      {questions.map((question, index) => (
        <Question
          key={question.question_id}
          store={store}
          question={question}
          place={questions.length > 1 ? `${index + 1} of ${questions.length}` : ""}
        />
      ))}
    </>
  );
}
