/** Which of several open questions a view shows. */

/**
 * The one that was shown, as long as it is open: whoever types an answer is not to lose it from sight. Then the one
 * after it that is still open, or the one before. `ids` and `former` are in the order of asking.
 */
export function nextShown(
  ids: readonly string[],
  former: readonly string[],
  shown: string | undefined,
): string | undefined {
  if (shown === undefined || ids.includes(shown)) return shown ?? ids[0];
  const after = former.slice(former.indexOf(shown) + 1).find((id) => ids.includes(id));
  return after ?? ids.find((id) => !former.includes(id)) ?? ids[0];
}

/** The neighbour of one; from the last on to the first, and back. */
export function neighbour<T>(all: readonly T[], one: T, by: number): T | undefined {
  return all[(all.indexOf(one) + by + all.length) % all.length];
}
