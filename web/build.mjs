// Builds the page and the reference of the API: `node build.mjs [--outdir DIR]` (default: dist).
// Every file but the two .html has a hash of its bytes in its name, so that a browser may keep it for ever.
import { createHash } from 'node:crypto';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { renderDocs } from './docs.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));

function outDirectory() {
  const [option, value] = process.argv.slice(2);
  if (option === undefined) return path.join(here, 'dist');
  if (option !== '--outdir' || !value) throw new Error('usage: node build.mjs [--outdir DIR]');
  return path.resolve(value);
}

async function bundle(outdir) {
  const result = await build({
    absWorkingDir: here,
    entryPoints: { page: 'src/main.ts', theme: 'src/theme.css', docs: 'src/docs.css' },
    outdir: path.join(outdir, 'assets'),
    entryNames: '[name]-[hash]',
    bundle: true,
    minify: true,
    format: 'esm',
    target: ['es2022', 'chrome105', 'firefox110', 'safari16.4'],
    legalComments: 'none',
    metafile: true,
    logLevel: 'warning',
  });
  const urls = {};
  for (const [file, output] of Object.entries(result.metafile.outputs)) {
    if (output.entryPoint) urls[output.entryPoint] = `/assets/${path.basename(file)}`;
  }
  return {
    script: urls['src/main.ts'],
    style: urls['src/theme.css'],
    docsStyle: urls['src/docs.css'],
  };
}

async function copyHashed(outdir, source) {
  const bytes = await readFile(path.join(here, source));
  const hash = createHash('sha256').update(bytes).digest('hex').slice(0, 8).toUpperCase();
  const { name, ext } = path.parse(source);
  await writeFile(path.join(outdir, 'assets', `${name}-${hash}${ext}`), bytes);
  return `/assets/${name}-${hash}${ext}`;
}

async function writePage(outdir, urls) {
  const template = await readFile(path.join(here, 'index.html'), 'utf8');
  const html = template.replace(/\{\{(\w+)\}\}/g, (_, name) => {
    if (!urls[name]) throw new Error(`index.html: nothing was built for {{${name}}}`);
    return urls[name];
  });
  await writeFile(path.join(outdir, 'index.html'), html);
}

async function writeDocs(outdir, urls) {
  const api = JSON.parse(await readFile(path.join(here, '../src/gateway/openapi.json'), 'utf8'));
  await writeFile(path.join(outdir, 'docs.html'), renderDocs(api, urls));
}

const outdir = outDirectory();
await rm(outdir, { recursive: true, force: true });
await mkdir(path.join(outdir, 'assets'), { recursive: true });
const urls = await bundle(outdir);
urls.icon = await copyHashed(outdir, 'src/icon.svg');
await writePage(outdir, urls);
await writeDocs(outdir, urls);
