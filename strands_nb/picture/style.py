"""The colours of the picture: the theme's, in the manner of the card of a run (`js/src/styles.css`).

Whatever reads SVG but no CSS variables takes the colours that stand in the picture itself.
"""

from __future__ import annotations

__all__ = ("CSS", "LOOK")

# Inside a page every rule holds for the whole page, so each begins with the picture's own class.
CSS = """
.snb-picture {
  --snb-own-bg: #fff; --snb-own-fg: #1f2328; --snb-own-warn: #c37e00;
  --snb-bg: var(--jp-layout-color0, var(--vscode-editor-background, var(--snb-own-bg)));
  --snb-fg: var(--jp-ui-font-color0, var(--vscode-editor-foreground, var(--snb-own-fg)));
  --snb-theme-warn: var(--jp-warn-color1, var(--vscode-charts-orange, var(--snb-own-warn)));
  --snb-warn: color-mix(in srgb, var(--snb-theme-warn) 75%, var(--snb-fg));
  --snb-warn-bg: color-mix(in srgb, #ffb300 9%, var(--snb-bg));
  --snb-dim: color-mix(in srgb, var(--snb-fg) 68%, var(--snb-bg));
  --snb-edge: color-mix(in srgb, var(--snb-fg) 45%, var(--snb-bg));
  --snb-line: color-mix(in srgb, var(--snb-fg) 15%, var(--snb-bg));
  --snb-soft: color-mix(in srgb, var(--snb-fg) 3%, var(--snb-bg));
  display: block; max-width: 100%; height: auto;
  font-family: var(--jp-ui-font-family, var(--vscode-font-family, system-ui, -apple-system, "Segoe UI", sans-serif));
}
@media (prefers-color-scheme: dark) {
  .snb-picture { --snb-own-bg: #111418; --snb-own-fg: #e6edf3; --snb-own-warn: #ce9000; }
}
.snb-picture .snb-p-paper { fill: var(--snb-bg); stroke: var(--snb-line); }
.snb-picture .snb-p-head { fill: var(--snb-soft); }
.snb-picture .snb-p-rule { stroke: var(--snb-line); }
.snb-picture .snb-p-frame { fill: var(--snb-soft); stroke: var(--snb-line); }
.snb-picture .snb-p-box { fill: var(--snb-bg); stroke: var(--snb-edge); }
.snb-picture .snb-p-gate { fill: var(--snb-warn-bg); stroke: var(--snb-warn); }
.snb-picture .snb-p-tag { fill: var(--snb-bg); stroke: var(--snb-line); }
.snb-picture .snb-p-on, .snb-picture .snb-p-back { stroke: var(--snb-edge); }
.snb-picture .snb-p-tip { fill: var(--snb-edge); }
.snb-picture .snb-p-title, .snb-picture .snb-p-label { fill: var(--snb-fg); }
.snb-picture .snb-p-note { fill: var(--snb-dim); }
"""

_LINE, _EDGE, _SOFT, _TEXT, _DIM = "#dde1e6", "#8c959f", "#f7f8fa", "#1f2328", "#656d76"
_PLAIN = {
    "paper": f'fill="#fff" stroke="{_LINE}"',
    "head": f'fill="{_SOFT}"',
    "rule": f'stroke="{_LINE}"',
    "frame": f'fill="{_SOFT}" stroke="{_LINE}"',
    "box": f'fill="#fff" stroke="{_EDGE}"',
    "gate": 'fill="#fff8e8" stroke="#9a6700"',
    "tag": f'fill="#fff" stroke="{_LINE}"',
    "on": f'stroke="{_EDGE}" stroke-width="1.25"',
    "back": f'stroke="{_EDGE}" stroke-width="1.25" stroke-dasharray="4 3"',
    "tip": f'fill="{_EDGE}"',
    "title": f'fill="{_TEXT}" font-size="14" font-weight="700"',
    "label": f'fill="{_TEXT}" font-size="13" font-weight="500"',
    "note": f'fill="{_DIM}" font-size="11"',
}
LOOK = {kind: f'class="snb-p-{kind}" {plain}' for kind, plain in _PLAIN.items()}
"""The attributes of each kind of thing."""
