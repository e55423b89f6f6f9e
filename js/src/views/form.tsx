/** A form: what kind of control each field is. */

import { useState } from "preact/hooks";
import type { Draft } from "../draft";
import type { Field, FieldOf } from "../form";
import { uuid } from "../protocol";
import { Choice, Control, Ticks, Yes } from "./field";

export interface FieldProps<F extends Field = Field> {
  field: F;
  draft: Draft;
  /** What ids in this view of the form begin with. */
  prefix: string;
}

export function Form({ form, draft }: { form: Field; draft: Draft }) {
  const [prefix] = useState(uuid);
  return (
    <div class="snb-form">
      <FieldView field={form} draft={draft} prefix={prefix} />
    </div>
  );
}

function FieldView({ field, ...rest }: FieldProps) {
  switch (field.kind) {
    case "group":
      return <Group field={field} {...rest} />;
    case "yes":
      return <Yes field={field} {...rest} />;
    case "one":
      return <Choice field={field} {...rest} />;
    case "many":
      return <Ticks field={field} {...rest} />;
    default:
      return <Control field={field} {...rest} />;
  }
}

/** The whole form needs no frame: it stands in one. */
function Group({ field, ...rest }: FieldProps<FieldOf<"group">>) {
  const fields = field.fields.map((part) => <FieldView key={part.at} field={part} {...rest} />);
  if (!field.name)
    return (
      <>
        {field.help && <p class="snb-help">{field.help}</p>}
        {fields}
      </>
    );
  return (
    <fieldset class="snb-group">
      <legend class="snb-legend">
        {field.label}
        {!field.required && <span class="snb-dim"> optional</span>}
      </legend>
      {field.help && <p class="snb-help">{field.help}</p>}
      {fields}
    </fieldset>
  );
}
