// Bundles the widget into the Python package: strands_nb/notebook/static/run.js (+ run.css, + licenses of what is inside).
// `node build.mjs --watch` rebuilds on every change; `ANYWIDGET_HMR=1 jupyter lab` then shows it without a restart.
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";

/** A notebook stores nothing of it, but every opened one loads it. */
const MAX_BYTES = 220_000;

const here = dirname(fileURLToPath(import.meta.url));
const outdir = join(here, "..", "strands_nb", "notebook", "static");
const entry = ["run.tsx", "run.ts"].map((name) => join(here, "src", name)).find(existsSync);

/**
 * dagre is one file with tables such as `Se(H,{preorder:()=>a,prim:()=>b});`, which esbuild must keep with all they name.
 * Only what the file itself takes from a table stays in it: 7 kB less of algorithms that nobody calls.
 * @type {esbuild.Plugin}
 */
const leanDagre = {
  name: "lean-dagre",
  setup: ({ onLoad }) =>
    onLoad({ filter: /dagre\.esm\.js$/ }, ({ path }) => ({ contents: withoutUnused(readFileSync(path, "utf8")) })),
};

function withoutUnused(code) {
  return code.replace(
    /(?<=[;}])([\w$]+)\(([\w$]+),\{((?:[\w$]+:\(\)=>[\w$]+,?)+)\}\);/g,
    (_, define, table, entries) => {
      const name = table.replaceAll("$", "\\$");
      const taken = [...code.matchAll(new RegExp(`\\{([^{}]*)\\}=${name}\\b|\\b${name}\\.([\\w$]+)`, "g"))];
      const used = new Set(taken.flatMap(([, some = "", one = ""]) => [one, ...some.split(/:[\w$]+,?|,/)]));
      const kept = entries.split(",").filter((entry) => used.has(entry.split(":")[0]));
      return `${define}(${table},{${kept.join(",")}});`;
    },
  );
}

/**
 * marked makes an instance of its own, of which nobody here takes anything: without it, 1 kB less.
 * @type {esbuild.Plugin}
 */
const leanMarked = {
  name: "lean-marked",
  setup: ({ onLoad }) =>
    onLoad({ filter: /marked\.esm\.js$/ }, ({ path }) => ({ contents: withoutInstance(readFileSync(path, "utf8")) })),
};

function withoutInstance(code) {
  return code.replace(
    /var \w+=new \w+;function (\w+)\((\w+),(\w+)\)\{return \w+\.parse\(\2,\3\)\}\1\.options=.*?;export\{.*?(\w+ as Marked).*?\};/s,
    "export{$4};",
  );
}

/** @type {esbuild.BuildOptions} */
const options = {
  entryPoints: entry ? [entry] : [],
  outdir,
  bundle: true,
  format: "esm",
  target: "es2022", // what JupyterLab 4 itself needs; older ones would cost 4 kB for private fields
  minify: true,
  charset: "utf8", // anywidget reads it as such
  legalComments: "none", // licenses.txt has the full texts
  tsconfigRaw: { compilerOptions: { jsx: "react", jsxFactory: "h", jsxFragmentFactory: "Fragment" } },
  inject: [join(here, "scripts", "h.ts")],
  define: { "process.env.NODE_ENV": '"production"' },
  absWorkingDir: here,
  plugins: [leanDagre, leanMarked],
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
