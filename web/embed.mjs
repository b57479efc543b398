// Writes the C++ that holds the built page: `node embed.mjs DIST OUTPUT.cpp`, where DIST lies
// beside OUTPUT.cpp or below. The bytes come in by #embed; their hashes stand in the text, so that
// the text changes whenever they do (a compiler cache need not know about #embed).
import { createHash } from 'node:crypto';
import { readFile, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';

const contentTypes = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

async function filesBelow(directory) {
  const entries = await readdir(directory, { withFileTypes: true });
  const lists = await Promise.all(
    entries.map((entry) => {
      const file = path.join(directory, entry.name);
      return entry.isDirectory() ? filesBelow(file) : [file];
    }),
  );
  return lists.flat();
}

async function describe(dist, output, file) {
  const contentType = contentTypes[path.extname(file)];
  if (!contentType) throw new Error(`${file}: no content type is known for it (web/embed.mjs)`);
  const hash = createHash('sha256').update(await readFile(file)).digest('hex');
  const url = '/' + path.relative(dist, file).split(path.sep).join('/');
  return {
    path: url.replace(/(index)?\.html$/, ''),
    contentType,
    etag: `\\"${hash.slice(0, 32)}\\"`,
    immutable: /-[0-9A-Z]{8}\.\w+$/.test(url),
    source: path.relative(path.dirname(output), file),
  };
}

function render(assets) {
  const bytes = assets.map(
    (asset, i) => `constexpr unsigned char bytes_${i}[] = {\n#embed "${asset.source}"\n};\n`,
  );
  const rows = assets.map(
    (asset, i) =>
      `      Asset{"${asset.path}", "${asset.contentType}", text(bytes_${i}),\n` +
      `            "${asset.etag}", ${asset.immutable}},\n`,
  );
  return `// Written by web/embed.mjs.
#include <array>
#include <cstddef>

#include "web/assets.hpp"

namespace signpost::web {
namespace {

${bytes.join('\n')}
template <std::size_t size>
std::string_view text(const unsigned char (&bytes)[size]) {
  return {reinterpret_cast<const char*>(bytes), size};
}

}  // namespace

std::span<const Asset> assets() {
  static const std::array table{
${rows.join('')}  };
  return table;
}

}  // namespace signpost::web
`;
}

const [dist, output] = process.argv.slice(2).map((argument) => path.resolve(argument));
if (!dist || !output) throw new Error('usage: node embed.mjs DIST OUTPUT.cpp');
const files = await filesBelow(dist);
const assets = await Promise.all(files.map((file) => describe(dist, output, file)));
assets.sort((a, b) => (a.path < b.path ? -1 : 1));
await writeFile(output, render(assets));
