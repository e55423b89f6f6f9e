/** The workflow as YAML, to read and to copy. */

import { useEffect, useState } from "preact/hooks";
import { copyText } from "../clipboard";
import { type Line, paintYaml } from "../yaml";
import type { ViewProps } from "./props";

const SAID_MS = 2000;

export function Spec({ store }: ViewProps) {
  const { yaml, note } = store.spec;
  const live = store.live.value;
  useEffect(() => {
    if (live) void store.spec.load(store.steering); // each time it is looked at: a run may go on with an edited one
  }, [store, live]);
  if (yaml.value) return <Yaml text={yaml.value} />;
  const why = live ? note.value : "the workflow can be read here while the kernel is there";
  return <p class="snb-empty">{why || "…"}</p>;
}

function Yaml({ text }: { text: string }) {
  return (
    <div class="snb-spec">
      <Copy text={text} />
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: keys scroll it */}
      <pre class="snb-yaml" tabIndex={0}>
        {paintYaml(text).map((line, at) => (
          <code key={at} style={{ "--snb-indent": `${line.indent}ch` }}>
            <Painted line={line} />
          </code>
        ))}
      </pre>
    </div>
  );
}

/** With the blanks that are only shown as an indent, so that a selection is still YAML. */
function Painted({ line }: { line: Line }) {
  return (
    <>
      {" ".repeat(line.indent)}
      {line.pieces.map(({ text, paint }, at) => (
        <span key={at} class={`snb-y-${paint}`}>
          {text}
        </span>
      ))}
      {line.pieces.length === 0 && "\n"}
    </>
  );
}

function Copy({ text }: { text: string }) {
  const [said, say] = useState("Copy");
  const copy = async () => {
    say((await copyText(text)) ? "Copied" : "Select and copy");
    setTimeout(() => say("Copy"), SAID_MS);
  };
  return (
    <button type="button" class="snb-button snb-copy" aria-live="polite" onClick={() => void copy()}>
      {said}
    </button>
  );
}
