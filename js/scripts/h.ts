/** What elements become in the bundle: `h(…)` is shorter than `jsx(…)`, by some kilobytes over all. */

export { Fragment, h } from "preact";
