import { expect, test } from "vitest";
import { renderMarkdown } from "../src/markdown";
import { HOSTILE } from "./corpora";
import { CLEANED } from "./golden";

const ATTRIBUTES = ["href", "target", "rel", "start", "align", "class"];

function html(text: string): string {
  const box = document.createElement("div");
  box.append(renderMarkdown(text));
  return box.innerHTML;
}

test.each(HOSTILE.map((text) => [text.slice(0, 60), text]))("harmless: %s", (_, text) => {
  const box = document.createElement("div");
  box.append(renderMarkdown(text));
  expect(box.querySelector("img, svg, math, form, input, button, iframe, object, embed, video, audio")).toBeNull();
  expect(box.querySelector("script, style, link, base, meta, template, noscript, textarea, select")).toBeNull();
  for (const element of box.querySelectorAll("*")) checkAttributes(element);
});

function checkAttributes(element: Element): void {
  for (const { name, value } of element.attributes) {
    expect(ATTRIBUTES).toContain(name);
    if (name === "class") expect(value).toBe("snb-plain"); // our own, around plain text
    if (name === "href") expect(value).toMatch(/^(https?:\/\/|mailto:)/i);
  }
  if (element.hasAttribute("href")) {
    expect(element.getAttribute("rel")).toBe("noopener noreferrer");
    expect(element.getAttribute("target")).toBe("_blank");
  }
}

test("an image is what it says, and nothing of it is fetched", () => {
  expect(html("before ![a <b> moon](https://evil.test/leak) after")).toBe("<p>before a &lt;b&gt; moon after</p>\n");
});

test.each(CLEANED.map((one) => [one.says, one]))("as the notebook keeps it: %s", (_, { text, html }) => {
  const fragment = renderMarkdown(text);
  fragment.normalize();
  expect(plain(fragment)).toBe(html);
});

/** Elements and texts in one line, attributes by name. */
function plain(node: Node): string {
  const inside = () => Array.from(node.childNodes, plain).join("");
  if (node.nodeType === Node.TEXT_NODE) return (node.textContent ?? "").replace(/\s+/g, " ").trim();
  if (!(node instanceof Element)) return inside();
  const attributes = Array.from(node.attributes, ({ name, value }) => ` ${name}=${value}`).sort();
  return `<${node.localName}${attributes.join("")}>${inside()}</>`;
}

test("JupyterLab's command linker finds nothing to run", () => {
  const link = `<a data-commandlinker-command="terminal:open" data-commandlinker-args="{}" href="https://ok.test">x</a>`;
  expect(html(link)).toBe(`<p><a href="https://ok.test" target="_blank" rel="noopener noreferrer">x</a></p>\n`);
});

test("Markdown is rendered", () => {
  expect(html("The **capacity** of `x`:\n\n3. three\n4. four")).toBe(
    `<p>The <strong>capacity</strong> of <code>x</code>:</p>\n<ol start="3">\n<li>three</li>\n<li>four</li>\n</ol>\n`,
  );
});

test("tables keep their alignment and task lists their marks", () => {
  expect(html("|a|\n|-:|\n|1|")).toContain(`<td align="right">1</td>`);
  expect(html("- [x] done\n- [ ] open")).toMatch(/☑ done.*☐ open/s);
});

test("a text that is too long is shown as it is", () => {
  expect(html(`**${"x".repeat(100_001)}`)).toMatch(/^<p class="snb-plain">\*\*x/);
});
