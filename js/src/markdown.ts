/** Markdown from a model, as nodes that are safe to show. All of it is untrusted. */

import createDOMPurify, { type Config, type DOMPurify } from "dompurify";
import { Marked } from "marked";

/** Longer texts are shown as they are: parsing them would stop the page. */
const MAX_LENGTH = 100_000;

/**
 * What may stay, in a notebook too: `strands_nb/clean/html.py` has the same lists. No `img` or anything else that
 * fetches, since a fetch can carry data away; no `id`, `class`, `style` or `data-*`, since JupyterLab acts on some of
 * them (`data-commandlinker-command` runs a command when clicked).
 */
const ALLOWED: Config = {
  ALLOWED_TAGS: [
    ...["p", "br", "hr", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "pre", "code", "kbd"],
    ...["strong", "b", "em", "i", "del", "s", "sub", "sup", "a", "ul", "ol", "li"],
    ...["table", "thead", "tbody", "tr", "th", "td", "#text"],
  ],
  ALLOWED_ATTR: ["href", "start", "align"],
  ALLOWED_URI_REGEXP: /^(?:https?:\/\/|mailto:)/i,
  ADD_URI_SAFE_ATTR: ["start", "align"], // the expression is for links only
  ALLOW_DATA_ATTR: false,
  ALLOW_ARIA_ATTR: false,
  RETURN_DOM_FRAGMENT: true,
};

const marked = new Marked({
  gfm: true,
  renderer: {
    checkbox: ({ checked }) => (checked ? "☑ " : "☐ "), // an input would not survive
    image: ({ text }) => escapeHtml(text), // what it says instead of showing
  },
});

let purifier: DOMPurify | undefined;

/** The text as nodes; plain paragraphs where it is too long or too tangled to parse. */
export function renderMarkdown(text: string): DocumentFragment {
  if (text.length > MAX_LENGTH) return plainText(text);
  try {
    return sanitize(marked.parse(text, { async: false }));
  } catch {
    return plainText(text); // nested deeper than the stack
  }
}

/** The text as it is, line breaks kept. */
export function plainText(text: string): DocumentFragment {
  const fragment = document.createDocumentFragment();
  const paragraph = document.createElement("p");
  paragraph.className = "snb-plain";
  paragraph.textContent = text;
  fragment.append(paragraph);
  return fragment;
}

function escapeHtml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}

function sanitize(html: string): DocumentFragment {
  purifier ??= ownPurifier();
  return purifier.sanitize(html, ALLOWED) as unknown as DocumentFragment;
}

/** An instance of our own: hooks on the common one would reach other people's widgets. */
function ownPurifier(): DOMPurify {
  const purify = createDOMPurify(window);
  purify.addHook("afterSanitizeAttributes", (node) => {
    if (node.nodeName !== "A") return;
    if (!node.hasAttribute("href")) return;
    node.setAttribute("target", "_blank");
    node.setAttribute("rel", "noopener noreferrer");
  });
  return purify;
}
