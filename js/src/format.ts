/** Times, counts and prices in words; an empty string where there is nothing to say. */

/** `00:06`, `1:02:03`: how long something has been going on. */
export function clock(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const parts = [Math.floor(whole / 60) % 60, whole % 60].map((part) => String(part).padStart(2, "0"));
  const hours = Math.floor(whole / 3600);
  return [...(hours ? [String(hours)] : []), ...parts].join(":");
}

/** `4:52`: how long something still lasts. */
export function countdown(seconds: number): string {
  return clock(seconds).replace(/^0(?=\d:)/, "");
}

/** `2.1 s`, `3 min 05 s`: how long something took. */
export function duration(seconds: number | null): string {
  if (seconds === null) return "";
  if (seconds < 0.1) return "< 0.1 s";
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, "0")} s`;
}

/** `1,020 tok`; nothing for none. */
export function tokens(count: number, { limit = null, estimated = false }: TokenOptions = {}): string {
  if (count === 0) return "";
  const of = limit ? ` / ${number(limit)}` : "";
  return `${estimated ? "≈ " : ""}${number(count)}${of} tok`;
}

interface TokenOptions {
  limit?: number | null;
  estimated?: boolean;
}

/** `≈ $0.0011 / max $1.00`; nothing for nothing, and never a zero. */
export function cost(dollars: number | null, limit: number | null = null): string {
  const spent = dollars === null ? "cost unknown" : dollars > 0 ? `≈ ${money(dollars)}` : "";
  const max = limit ? `max ${money(limit)}` : "";
  return [spent, max].filter(Boolean).join(" / ");
}

/** More digits the less it is: `$1.00`, `$0.012`, `$0.0011`. */
function money(dollars: number): string {
  if (dollars < 0.0001) return "$0.0001";
  if (dollars >= 0.995) return `$${dollars.toFixed(2)}`;
  return `$${dollars.toFixed(dollars >= 0.01 ? 3 : 4).replace(/(\.\d\d+?)0+$/, "$1")}`;
}

/** `3 tasks`; nothing for none. */
export function soMany(count: number, thing: string): string {
  return count === 0 ? "" : `${number(count)} ${thing}${count > 1 ? "s" : ""}`;
}

function number(count: number): string {
  return count.toLocaleString("en-US");
}

/** The first line that says something, without its Markdown signs. */
export function firstLine(text: string): string {
  return plain(
    text
      .slice(0, 2000)
      .split("\n")
      .find((line) => plain(line)) ?? "",
  );
}

/** The last line of what has been written so far, or its end: no card is wide enough for more than `room`. */
export function lastLine(text: string, room = 240): string {
  const line = plain(text.slice(-2000).trimEnd().split("\n").at(-1) ?? "");
  return line.length <= room ? line : `… ${line.slice(-room).replace(/^\S*\s/, "")}`;
}

function plain(line: string): string {
  const lead = /^\s*(?:#{1,6}\s+|>\s*|[-*+]\s+|\d+[.)]\s+|```.*|[-*_=|: ]+$)/;
  return line
    .replace(lead, "")
    .replace(/\*\*|__|`/g, "")
    .trim();
}
