/** Which arrows go back; as strands_nb/picture/flow.py finds them. */

interface Link {
  readonly from: string;
  readonly to: string;
}

/**
 * The links that close a circle.
 *
 * A walk in the given order, first from where nothing leads to, meets them as links to where it came from.
 */
export function goingBack<L extends Link>(items: readonly string[], links: readonly L[]): Set<L> {
  const leaving = new Map<string, L[]>(items.map((item) => [item, []]));
  for (const link of links) leaving.get(link.from)?.push(link);
  const entered = new Set(links.filter(({ from, to }) => from !== to).map(({ to }) => to));
  const back = new Set<L>();
  const done = new Map<string, boolean>();
  const explore = (here: string) => {
    done.set(here, false);
    for (const link of leaving.get(here) ?? []) {
      if (done.get(link.to) === undefined) explore(link.to);
      else if (!done.get(link.to)) back.add(link);
    }
    done.set(here, true);
  };
  const first = [...items.filter((item) => !entered.has(item)), ...items];
  for (const item of first) if (!done.has(item)) explore(item);
  return back;
}
