/** Where the keyboard is, also inside a shadow root. */

export function focusedElement(near: Node): Element | null {
  const root = near.getRootNode() as Document | ShadowRoot;
  return root.activeElement ?? document.activeElement;
}

/**
 * Whether a question may take the focus: it is in the card already, or nowhere.
 *
 * Not from an editor, and not from a notebook in command mode either: who presses A there wants a cell above, and must
 * not approve something instead.
 */
export function mayTakeFocus(card: Element): boolean {
  const focused = focusedElement(card);
  return (
    focused === null || focused === document.body || focused === document.documentElement || card.contains(focused)
  );
}

/**
 * Keep the focus in the card when the button that has it is disabled, or goes: it would drop on the page, and the next
 * keys with it. Returns how to stop.
 */
export function keepFocus(card: HTMLElement): () => void {
  let last: Element | null = null;
  const follow = ({ type, target }: FocusEvent) => {
    last = type === "focusin" ? (target as Element) : null;
  };
  const observer = new MutationObserver(() => {
    if (last === null || (card.contains(last) && !last.matches(":disabled"))) return;
    const focused = focusedElement(card);
    if (focused === null || focused === document.body || focused === last) card.focus({ preventScroll: true });
  });
  observer.observe(card, { subtree: true, childList: true, attributeFilter: ["disabled"] });
  card.addEventListener("focusin", follow);
  card.addEventListener("focusout", follow);
  return () => {
    observer.disconnect();
    card.removeEventListener("focusin", follow);
    card.removeEventListener("focusout", follow);
  };
}

const TICKED = new Set(["radio", "checkbox", "button"]);

/** Whether letters that are pressed there are written, or choose something. */
export function isTyping(target: unknown): boolean {
  if (target instanceof HTMLInputElement) return !TICKED.has(target.type);
  return target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement;
}
