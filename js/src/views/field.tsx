/** The controls of a form, each with its label, its help and what is wrong with it. */

import type { ComponentChildren } from "preact";
import type { Field, FieldOf, Json } from "../form";
import { limitsOf } from "../limits";
import type { FieldProps } from "./form";

/** More options than these are a list that opens. */
const MAX_RADIOS = 5;

interface Marks {
  id: string;
  help: string;
  fault: string | undefined;
  /** What ties a control to all this. */
  control: {
    "data-at": string;
    "aria-describedby": string | undefined;
    "aria-invalid": boolean | undefined;
  };
}

function marksOf({ field, draft, prefix }: FieldProps): Marks {
  const id = `${prefix}${field.at}`.replace(/\s/g, "_");
  const fault = draft.faults.value.get(field.at);
  const help = [field.help, limitsOf(field)].filter(Boolean).join(" · ");
  const described = [help && `${id}-help`, fault && `${id}-fault`].filter(Boolean).join(" ");
  const control = {
    "data-at": field.at,
    "aria-describedby": described || undefined,
    "aria-invalid": fault ? true : undefined,
  };
  return { id, help, fault, control };
}

function Name({ field }: { field: Field }) {
  return (
    <>
      {field.label || "Answer"}
      {!field.required && <span class="snb-dim"> optional</span>}
    </>
  );
}

function Notes({ id, help, fault }: Marks) {
  return (
    <>
      {help && (
        <p class="snb-help" id={`${id}-help`}>
          {help}
        </p>
      )}
      {fault && (
        <p class="snb-fault" id={`${id}-fault`}>
          {fault}
        </p>
      )}
    </>
  );
}

/** A text, a number, several of them, or JSON. */
export function Control(props: FieldProps<FieldOf<"text" | "number" | "list" | "json">>) {
  const { field, draft } = props;
  const marks = marksOf(props);
  const common = {
    id: marks.id,
    value: String(draft.values.value.get(field.at) ?? ""),
    "aria-required": field.required,
    ...marks.control,
    onInput: (event: { currentTarget: { value: string } }) => draft.fill(field.at, event.currentTarget.value),
  };
  return (
    <div class="snb-field">
      <label class="snb-legend" for={marks.id}>
        <Name field={field} />
      </label>
      {hasLines(field) ? (
        <textarea class={field.kind === "json" ? "snb-input snb-code" : "snb-input"} rows={3} {...common} />
      ) : (
        <input class="snb-input" autocomplete="off" {...(inputOf(field) as { type: "text" })} {...common} />
      )}
      <Notes {...marks} />
    </div>
  );
}

function hasLines(field: Field): boolean {
  return field.kind === "list" || field.kind === "json" || (field.kind === "text" && field.lines);
}

/** A number is a text too: a browser's own number field silently drops what it cannot read. */
function inputOf(field: Field): { type: string; inputMode?: string } {
  if (field.kind === "number") return { type: "text", inputMode: field.whole ? "numeric" : "decimal" };
  return { type: field.kind === "text" ? field.input : "text" };
}

/** Yes or no. */
export function Yes(props: FieldProps<FieldOf<"yes">>) {
  const { field, draft } = props;
  const marks = marksOf(props);
  return (
    <div class="snb-field">
      <label class="snb-option">
        <input
          type="checkbox"
          checked={draft.values.value.get(field.at) === true}
          {...marks.control}
          onChange={(event) => draft.fill(field.at, event.currentTarget.checked)}
        />
        {field.label || "Yes"}
      </label>
      <Notes {...marks} />
    </div>
  );
}

/** One of several. */
export function Choice(props: FieldProps<FieldOf<"one">>) {
  const { field, draft } = props;
  const marks = marksOf(props);
  const value = String(draft.values.value.get(field.at) ?? "");
  const choose = (raw: string) => draft.fill(field.at, raw);
  const options = field.options.map((option, at) => ({ raw: String(at), text: worded(option) }));
  if (field.options.length > MAX_RADIOS)
    return (
      <div class="snb-field">
        <label class="snb-legend" for={marks.id}>
          <Name field={field} />
        </label>
        <select
          id={marks.id}
          class="snb-input"
          value={value}
          aria-required={field.required}
          {...marks.control}
          onChange={(event) => choose(event.currentTarget.value)}
        >
          <option value="">{field.required ? "choose one" : "none"}</option>
          {options.map(({ raw, text }) => (
            <option key={raw} value={raw}>
              {text}
            </option>
          ))}
        </select>
        <Notes {...marks} />
      </div>
    );
  const offered = field.required ? options : [...options, { raw: "", text: "none" }];
  return (
    <Options field={field} role="radiogroup" marks={marks}>
      {offered.map(({ raw, text }) => (
        <label key={raw} class="snb-option">
          <input
            type="radio"
            name={marks.id}
            checked={raw === value}
            {...first(raw, offered, marks)}
            onChange={() => choose(raw)}
          />
          {text}
        </label>
      ))}
    </Options>
  );
}

/** Any of several. */
export function Ticks(props: FieldProps<FieldOf<"many">>) {
  const { field, draft } = props;
  const marks = marksOf(props);
  const ticked = draft.values.value.get(field.at) as readonly string[];
  const options = field.options.map((option, at) => ({ raw: String(at), text: worded(option) }));
  const tick = (raw: string, on: boolean) => {
    const wanted = options.filter((option) => (option.raw === raw ? on : ticked.includes(option.raw)));
    draft.fill(
      field.at,
      wanted.map((option) => option.raw),
    ); // in the order of the options
  };
  return (
    <Options field={field} role="group" marks={marks}>
      {options.map(({ raw, text }) => (
        <label key={raw} class="snb-option">
          <input
            type="checkbox"
            checked={ticked.includes(raw)}
            {...first(raw, options, marks)}
            onChange={(event) => tick(raw, event.currentTarget.checked)}
          />
          {text}
        </label>
      ))}
    </Options>
  );
}

/** The first option stands for its group. */
function first(raw: string, options: { raw: string }[], { control }: Marks): Partial<Marks["control"]> {
  return raw === options[0]?.raw ? control : {};
}

function Options(props: { field: Field; role: "radiogroup" | "group"; marks: Marks; children: ComponentChildren }) {
  const { field, role, marks, children } = props;
  return (
    <fieldset class="snb-field" role={role} aria-describedby={marks.control["aria-describedby"]}>
      <legend class="snb-legend">
        <Name field={field} />
      </legend>
      <div class="snb-options">{children}</div>
      <Notes {...marks} />
    </fieldset>
  );
}

function worded(option: Json): string {
  return typeof option === "string" ? option : JSON.stringify(option);
}
