// The reference that /docs shows: one page without a script, made from openapi.json when the
// program is built, so that it works offline and under the strictest Content-Security-Policy.

const escapes = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const escape = (text) => String(text).replace(/[&<>"]/g, (c) => escapes[c]);
// Descriptions use `code` and nothing else of Markdown.
const prose = (text = '') => escape(text).replace(/`([^`]+)`/g, '<code>$1</code>');
const code = (text) => `<code>${escape(text)}</code>`;
const link = (name) => `<a href="#schema-${escape(name)}">${escape(name)}</a>`;
const paragraph = (text) => (text ? `<p>${prose(text)}</p>` : '');

function lookUp(api, value) {
  if (!value?.$ref) return value;
  return value.$ref.slice(2).split('/').reduce((node, step) => node[step], api);
}

const limits = [
  ['minLength', 'at least', 'characters'], ['maxLength', 'at most', 'characters'],
  ['minItems', 'at least', 'items'], ['maxItems', 'at most', 'items'],
  ['minimum', 'from', ''], ['maximum', 'to', ''],
  ['pattern', 'matches', ''], ['format', '', ''], ['default', 'default', ''],
];

function limitsOf(schema) {
  const found = limits.filter(([key]) => schema[key] !== undefined);
  return found.map(([key, before, after]) => `${before} ${code(schema[key])} ${after}`.trim()).join(', ');
}

// A type in a few words, with links to what has a name.
function typeOf(schema) {
  if (!schema || Object.keys(schema).length === 0) return 'anything';
  if (schema.$ref) return link(schema.$ref.split('/').pop());
  if (schema.const !== undefined) return code(JSON.stringify(schema.const));
  const choices = schema.oneOf ?? schema.anyOf;
  if (choices) return choices.map(typeOf).join(' or ');
  if (schema.enum) return schema.enum.map((value) => code(JSON.stringify(value))).join(', ');
  if (schema.type === 'array') return `list of ${typeOf(schema.items)}`;
  if (schema.additionalProperties?.type && !schema.properties) {
    return `object of ${typeOf(schema.additionalProperties)} by name`;
  }
  return escape([schema.type ?? 'object'].flat().join(' or '));
}

function row(name, required, schema, description) {
  const notes = [limitsOf(schema), prose(description ?? schema.description)].filter(Boolean);
  return `<tr><th scope="row">${code(name)}${required ? ' <em>required</em>' : ''}</th>
    <td>${typeOf(schema)}</td><td>${notes.join('. ')}</td></tr>`;
}

const table = (rows) => `<div class="scroll"><table><tbody>${rows.join('')}</tbody></table></div>`;

function fields(schema) {
  const rows = Object.entries(schema.properties ?? {}).map(([name, property]) =>
    row(name, schema.required?.includes(name), property),
  );
  return rows.length ? table(rows) : '';
}

// What a body holds: a name to follow, or its fields on the spot.
function content(body) {
  return Object.entries(body?.content ?? {})
    .map(([type, { schema }]) => `${code(type)}: ${typeOf(schema)}${schema?.$ref ? '' : fields(schema ?? {})}`)
    .join('<br>');
}

function parameters(api, operation, shared) {
  const all = [...(shared ?? []), ...(operation.parameters ?? [])].map((one) => lookUp(api, one));
  if (!all.length) return '';
  const rows = all.map((one) =>
    row(`${one.name} (${one.in})`, one.required, one.schema ?? {}, one.description),
  );
  return `<h4>Parameters</h4>${table(rows)}`;
}

function answers(api, operation) {
  const rows = Object.entries(operation.responses).map(([status, given]) => {
    const answer = lookUp(api, given);
    const headers = Object.keys(answer.headers ?? {}).map(code).join(', ');
    const what = [prose(answer.description), headers && `Fields: ${headers}.`, content(answer)];
    return `<tr><th scope="row"><span class="status s${status[0]}">${status}</span></th>
      <td>${what.filter(Boolean).join(' ')}</td></tr>`;
  });
  return `<h4>Answers</h4>${table(rows)}`;
}

function credential(api, operation) {
  const ways = operation.security ?? api.security;
  if (!ways.length) return 'No credential is looked at.';
  const optional = ways.some((way) => Object.keys(way).length === 0);
  return optional ? 'A credential is optional.' : 'Needs a credential.';
}

function article(api, { path, method, operation, shared }) {
  const body = lookUp(api, operation.requestBody);
  return `<article id="${operation.operationId}">
  <h3><a href="#${operation.operationId}"><span class="method">${method.toUpperCase()}</span> ${escape(path)}</a></h3>
  <p class="summary">${prose(operation.summary)}. <span class="credential">${credential(api, operation)}</span></p>
  ${paragraph(operation.description)}
  ${parameters(api, operation, shared)}
  ${body ? `<h4>Body</h4>${content(body)}` : ''}
  ${answers(api, operation)}
</article>`;
}

const methods = ['get', 'head', 'post', 'put', 'patch', 'delete'];

function operationsByTag(api) {
  const groups = new Map(api.tags.map((tag) => [tag.name, []]));
  for (const [path, item] of Object.entries(api.paths)) {
    for (const method of methods.filter((name) => item[name])) {
      const operation = item[method];
      for (const tag of operation.tags) {
        groups.get(tag).push({ path, method, operation, shared: item.parameters });
      }
    }
  }
  return [...groups].filter(([, list]) => list.length);
}

function contents(groups) {
  const entry = ({ path, method, operation }) =>
    `<li><a href="#${operation.operationId}"><span class="method">${method.toUpperCase()}</span> ${escape(path)}</a></li>`;
  return groups
    .map(([tag, list]) => `<h2>${escape(tag)}</h2><ul>${list.map(entry).join('')}</ul>`)
    .join('');
}

function schemas(api) {
  return Object.entries(api.components.schemas)
    .map(([name, schema]) => `<article id="schema-${name}"><h3><a href="#schema-${name}">${name}</a></h3>
      ${paragraph(schema.description)}${fields(schema) || `<p>${typeOf(schema)} ${limitsOf(schema)}</p>`}</article>`)
    .join('');
}

// The whole page. `urls` are those of the built style sheets and icon.
export function renderDocs(api, urls) {
  const groups = operationsByTag(api);
  const sections = groups.map(
    ([tag, list]) => `<section><h2>${escape(tag)}</h2>${list.map((one) => article(api, one)).join('')}</section>`,
  );
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Signpost API ${escape(api.info.version)}</title>
<link rel="icon" href="${urls.icon}">
<link rel="stylesheet" href="${urls.style}">
<link rel="stylesheet" href="${urls.docsStyle}">
</head>
<body>
<nav aria-label="Contents"><p><a href="/">Signpost</a> <a href="/openapi.json">openapi.json</a></p>
${contents(groups)}<h2><a href="#schemas">schemas</a></h2></nav>
<main>
<h1>Signpost's HTTP API</h1>
<p>${prose(api.info.description)}</p>
${sections.join('\n')}
<section id="schemas"><h2>schemas</h2>${schemas(api)}</section>
</main>
</body>
</html>
`;
}
