/** What there is to know and to do about the run as a whole, to the right of the tabs. */

import type { ComponentChildren } from "preact";
import type { Tone } from "../signs";
import type { RunStatus } from "../state";
import { BUSY, isUnderway, RUN } from "../steering";
import type { Store } from "../store";
import { MenuButtons } from "./menu";
import { progressOf } from "./progress";
import type { Props } from "./props";

/** A note of more characters has a line of its own, below tabs and buttons. */
const SHORT = 40;

type Command = "pause" | "cancel" | "resume";

const COMMANDS: Record<RunStatus, Command[]> = {
  running: ["pause", "cancel"],
  paused: ["resume", "cancel"],
  interrupted: ["resume"],
  failed: ["resume"],
  completed: [],
  cancelled: [],
};

const LABELS: Record<Command, string> = { pause: "Pause", cancel: "Cancel", resume: "Resume" };

export function Actions({ store, children }: Props & { children: ComponentChildren }) {
  const notes = notesOf(store);
  const beside = notes.filter(({ text }) => text.length <= SHORT);
  const below = notes.filter(({ text }) => text.length > SHORT);
  const commands = store.live.value ? COMMANDS[store.status.value] : [];
  const menu = store.live.value && store.head.value.menu === true;
  return (
    <>
      <div class="snb-actions">
        {children}
        <Notes notes={beside} />
        <div class="snb-buttons">
          {commands.map((command) => (
            <CommandButton key={command} store={store} command={command} />
          ))}
          {menu && <MenuButtons store={store} />}
        </div>
      </div>
      {below.length > 0 && <Notes notes={below} />}
    </>
  );
}

function Notes({ notes }: { notes: Note[] }) {
  return (
    <div class="snb-notes">
      {notes.map(({ text, tone }) => (
        <p key={text} class={`snb-${tone}`}>
          {text}
        </p>
      ))}
    </div>
  );
}

function CommandButton({ store, command }: Props & { command: Command }) {
  const busy = isUnderway(store.steering.deliveries.value.get(RUN));
  const click = () => void store.steering.command(command);
  return (
    <button type="button" class="snb-button" disabled={busy} onClick={click}>
      {LABELS[command]}
    </button>
  );
}

interface Note {
  text: string;
  tone: Tone;
}

function notesOf(store: Store): Note[] {
  const notes = [
    deliveryNote(store),
    errorNote(store),
    lostNote(store),
    { text: store.note.value, tone: "dim" as const },
  ];
  const said = notes.filter((note) => note.text);
  return said.length > 0 ? said : [progressNote(store)].filter((note) => note.text);
}

function deliveryNote(store: Store): Note {
  const delivery = store.steering.deliveries.value.get(RUN);
  if (delivery?.state === "refused") return { text: delivery.error, tone: "bad" };
  return { text: delivery?.state === "late" ? BUSY.request : "", tone: "dim" };
}

function errorNote(store: Store): Note {
  const { status, error } = store.picture.run.value;
  return { text: error ?? "", tone: status === "failed" ? "bad" : "dim" };
}

function lostNote(store: Store): Note {
  return { text: store.lost.value ? "the kernel is gone; what was recorded is kept" : "", tone: "dim" };
}

function progressNote(store: Store): Note {
  const { done, total } = progressOf(store.picture.run.value);
  const finished = store.status.value === "completed" || total === 0;
  return { text: finished ? "" : `${done} of ${total} steps`, tone: "dim" };
}
