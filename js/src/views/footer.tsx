/** Where it is kept. */

import type { Props } from "./props";

export function Footer({ store }: Props) {
  const asked = store.questions.value.filter((question) => !question.answered).length;
  const session = store.session.value;
  const { bound } = store.head.value;
  return (
    <footer class="snb-footer">
      {asked > 0 && <span>{asked === 1 ? "1 question" : `${asked} questions`}</span>}
      {session && <span>session {session} · saved</span>}
      {bound && <span>{bound}</span>}
      <span>replies recorded once, never paid twice</span>
    </footer>
  );
}
