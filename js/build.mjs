// Bundles the widget into the Python package: strands_nb/notebook/static/run.js (+ run.css, + licenses of what is inside).
// `node build.mjs --watch` rebuilds on every change; `ANYWIDGET_HMR=1 jupyter lab` then shows it without a restart.
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";

/** A notebook stores nothing of it, but every opened one loads it. */
const MAX_BYTES = 240_000;

const here = dirname(fileURLToPath(import.meta.url));
const outdir = join(here, "..", "strands_nb", "notebook", "static");
const entry = ["run.tsx", "run.ts"].map((name) => join(here, "src", name)).find(existsSync);

/** @type {esbuild.BuildOptions} */
const options = {
  entryPoints: entry ? [entry] : [],
  outdir,
  bundle: true,
  format: "esm",
  target: "es2022", // what JupyterLab 4 itself needs; older ones would cost 4 kB for private fields
  minify: true,
  legalComments: "none", // licenses.txt has the full texts
  jsx: "automatic",
  jsxImportSource: "preact",
  define: { "process.env.NODE_ENV": '"production"' },
  absWorkingDir: here,
  metafile: true,
  logLevel: "warning",
};

/** The packages whose code is in the bundle, each with its license text. */
function licenses(metafile) {
  const packages = new Set(
    Object.keys(metafile.inputs).flatMap((path) => path.match(/^node_modules\/(?:@[^/]+\/)?[^/]+/) ?? []),
  );
  return [...packages].sort().map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(join(here, folder, "package.json"), "utf8"));
    const file = readdirSync(join(here, folder)).find((f) => /^licen[cs]e/i.test(f));
    const text = file ? readFileSync(join(here, folder, file), "utf8").trim() : "";
    return `${name} ${version} (${license})\n\n${text}\n`;
  });
}

function checkSize() {
  const size = statSync(join(outdir, "run.js")).size;
  if (size > MAX_BYTES) {
    rmSync(join(outdir, "run.js")); // or the next build would take it for a good one
    throw new Error(`run.js has ${size} bytes, more than ${MAX_BYTES}: see what grew with esbuild --analyze`);
  }
  console.log(`strands_nb/notebook/static/run.js: ${size} bytes`);
}

if (!entry) {
  console.log("js/src has no run.tsx: nothing to build");
} else if (process.argv.includes("--watch")) {
  const context = await esbuild.context({ ...options, logLevel: "info" });
  await context.watch();
} else {
  const { metafile } = await esbuild.build(options);
  writeFileSync(join(outdir, "licenses.txt"), licenses(metafile).join(`\n${"-".repeat(80)}\n\n`));
  checkSize();
}
