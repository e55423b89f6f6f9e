/** Where a row stands that was not drawn beforehand: the twin of strands_nb/engine/rows.py. */

/** A row in its place: the key it had before, and that of the row it is named like; null where there is none. */
export interface Placed {
  readonly key: string;
  readonly was: string | null;
  readonly like: string | null;
}

/**
 * The rows `keys`, with those of `fresh` in their places.
 *
 * A new row stands after all that share the longest beginning with it, part by part, but its numbers take the place of
 * a `*`. It makes no difference whether new rows come one by one or all at once.
 */
export function arrange(keys: Iterable<string>, fresh: Iterable<string>): Placed[] {
  const top = new Place();
  for (const key of keys) Object.assign(top.at(key.split("/")), { there: true, was: key, like: key });
  for (const key of fresh) {
    const parts = key.split("/");
    const like = top.likeOf(parts);
    const place = top.take(parts);
    if (!place.there) Object.assign(place, { there: true, like });
  }
  return top.rows();
}

/** What stands at one part of the keys, and what is below it. */
class Place {
  there = false;
  was: string | null = null;
  like: string | null = null;
  below = new Map<string, Place>();
  /** Of those below, the first that a number or a `*` tells from others of its kind. */
  first: Place | undefined;

  /** The place of a key. */
  at(parts: readonly string[]): Place {
    let place: Place = this;
    for (const part of parts) place = place.below.get(part) ?? place.add(part);
    return place;
  }

  /** The same for a new key: its numbers take the place of a `*`. */
  take(parts: readonly string[]): Place {
    let place: Place = this;
    for (const part of parts) {
      if (!place.below.has(part) && place.below.has("*") && isNumber(part)) {
        place.below = new Map([...place.below].map(([name, below]) => [name === "*" ? part : name, below]));
      }
      place = place.below.get(part) ?? place.add(part);
    }
    return place;
  }

  /** A new place below, after all others. */
  add(part: string): Place {
    const place = new Place();
    this.below.set(part, place);
    if (part === "*" || isNumber(part)) this.first ??= place;
    return place;
  }

  /** What is named like the row of this key: what stands at its place, or there under other numbers. */
  likeOf(parts: readonly string[]): string | null {
    let places: Place[] = [this];
    for (const part of parts) {
      const found = places.flatMap(({ below, first }) => [below.get(part), isNumber(part) ? first : undefined]);
      places = [...new Set(found)].filter((place) => place !== undefined); // each once, the nearest first
    }
    return places.find((place) => place.there)?.like ?? null;
  }

  /** All rows in order. */
  rows(): Placed[] {
    const rows: Placed[] = [];
    const stack = this.#inside("");
    for (let next = stack.pop(); next; next = stack.pop()) {
      const [key, place] = next;
      const { there, was, like } = place;
      if (there) rows.push({ key, was, like });
      for (const inside of place.#inside(`${key}/`)) stack.push(inside);
    }
    return rows;
  }

  /** What is below by its key, the last first. */
  #inside(path: string): [string, Place][] {
    return [...this.below].map(([name, place]): [string, Place] => [path + name, place]).reverse();
  }
}

function isNumber(part: string): boolean {
  return /^[0-9]+$/.test(part);
}
