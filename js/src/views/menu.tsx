/** What one does with a run: run it again, compare it, take it elsewhere; and fold its card when that is done. */

import { useRef } from "preact/hooks";
import { cost, tokens } from "../format";
import type { OtherSession } from "../menu";
import type { ExportFormat } from "../protocol";
import { hasEnded } from "../shown";
import { runSign } from "../signs";
import { Comparison } from "./comparison";
import type { Props } from "./props";

const FORMATS: ExportFormat[] = ["py", "yaml", "html", "md"];

/** Beside the other buttons: when the run has ended, what one then wants most; before, all of it behind one. */
export function MenuButtons({ store }: Props) {
  const { menu } = store;
  if (!hasEnded(store.status.value)) return <Toggle store={store} label="More" sign="⋯" />;
  return (
    <>
      <Again store={store} />
      <Compare store={store} />
      <Toggle store={store} label="Export" sign="Export" />
      <button type="button" class="snb-button" title="Leave the result in the notebook" onClick={() => menu.fold()}>
        Done
      </button>
    </>
  );
}

function Toggle({ store, label, sign }: Props & { label: string; sign: string }) {
  const { menu } = store;
  const open = menu.shown.value !== undefined;
  const toggle = () => menu.toggle();
  return (
    <button type="button" class="snb-button snb-toggle" aria-expanded={open} aria-label={label} onClick={toggle}>
      {sign}
    </button>
  );
}

function Again({ store }: Props) {
  const { menu } = store;
  const off = menu.busy.value || store.status.value === "running";
  return (
    <button type="button" class="snb-button" disabled={off} onClick={() => menu.again()}>
      Run again
    </button>
  );
}

function Compare({ store }: Props) {
  const { menu } = store;
  return (
    <button type="button" class="snb-button" disabled={menu.busy.value} onClick={() => menu.choose()}>
      Compare with…
    </button>
  );
}

/** Below them, while it is open. */
export function Menu({ store }: Props) {
  const { menu } = store;
  const box = useRef<HTMLElement>(null);
  const shown = menu.shown.value;
  const { text, bad } = menu.note.value;
  if (!store.live.value || !shown) return <Note text={text} bad={bad} />;
  const close = (event: KeyboardEvent) => {
    if (event.key !== "Escape") return;
    menu.toggle();
    box.current?.closest(".snb")?.querySelector<HTMLElement>(".snb-toggle")?.focus();
  };
  return (
    <section class="snb-menu" aria-label="What one does with the run" onKeyDown={close} ref={box}>
      {shown.part === "menu" && <Choices store={store} />}
      {shown.part === "sessions" && <Sessions store={store} sessions={shown.sessions} />}
      {shown.part === "comparison" && <Comparison comparison={shown.comparison} back={() => menu.choose()} />}
      <Note text={text} bad={bad} />
    </section>
  );
}

function Note({ text, bad }: { text: string; bad: boolean }) {
  if (!text) return null;
  return (
    <p class={bad ? "snb-told snb-bad" : "snb-told snb-dim"} role="status">
      {text}
    </p>
  );
}

function Choices({ store }: Props) {
  const { menu } = store;
  return (
    <p class="snb-offers">
      {!hasEnded(store.status.value) && (
        <>
          <Again store={store} />
          <Compare store={store} />
        </>
      )}
      <span class="snb-dim">Export</span>
      {FORMATS.map((format) => (
        <button
          key={format}
          type="button"
          class="snb-button"
          aria-label={`Export .${format}`}
          disabled={menu.busy.value}
          onClick={() => menu.export(format)}
        >
          .{format}
        </button>
      ))}
    </p>
  );
}

function Sessions({ store, sessions }: Props & { sessions: readonly OtherSession[] }) {
  const { menu } = store;
  return (
    <>
      <p class="snb-offers">
        <b>Compare with</b>
        <button type="button" class="snb-button" onClick={() => menu.back()}>
          Back
        </button>
      </p>
      {sessions.length === 0 && <p class="snb-told snb-dim">there is no other session of this workflow</p>}
      <ul class="snb-sessions" aria-label="Sessions">
        {sessions.map((session) => (
          <li key={session.session_id}>
            <button
              type="button"
              class="snb-row"
              disabled={menu.busy.value}
              onClick={() => menu.compare(session.session_id)}
            >
              <Session session={session} />
            </button>
          </li>
        ))}
      </ul>
    </>
  );
}

function Session({ session }: { session: OtherSession }) {
  const { sign, word, tone } = runSign(session.status, false);
  const spent = [tokens(session.tokens), cost(session.cost)].filter(Boolean).join(" · ");
  return (
    <>
      <span class={`snb-sign snb-${tone}`} role="img" aria-label={word}>
        {sign}
      </span>
      <span class="snb-label">{session.session_id}</span>
      <span class="snb-text">{new Date(session.updated_at).toLocaleString()}</span>
      <span class="snb-took">{spent}</span>
    </>
  );
}
