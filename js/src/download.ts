/** Give a text to the browser as a file. */

/** Kept so long: some browsers begin to read it later. */
const KEPT_MS = 60_000;

export function download(name: string, type: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), KEPT_MS);
}
