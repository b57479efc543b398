// Scripts of other origins: one that is allowed gets the JSON URL with a bearer token and fetches
// it from the store; one that is not allowed can do neither.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { after, before, describe, test } from 'node:test';
import { launch, openPage } from './browser.mjs';
import { makePhoto } from './samples.mjs';
import { startSignpost } from './server.mjs';

const secret = 'a secret of the app, and of nobody else: 0123456789';
const issuer = 'https://auth.example.com/';
const audience = 'files';

function token(subject) {
  const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const now = Math.floor(Date.now() / 1000);
  const claims = { iss: issuer, aud: audience, sub: subject, iat: now, exp: now + 600 };
  const signed = `${part({ alg: 'HS256', typ: 'JWT' })}.${part(claims)}`;
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
}

// An app of its own origin, with an empty page.
async function startApp() {
  const app = createServer((_, response) => {
    response.setHeader('Content-Type', 'text/html');
    response.end('<!doctype html><link rel="icon" href="data:,"><title>app</title>');
  });
  app.listen(0, '127.0.0.1');
  await once(app, 'listening');
  app.origin = `http://127.0.0.1:${app.address().port}`;
  return app;
}

// In the page: [status, SHA-256 of the bytes], or the exception's name where CORS forbids to look.
function fetchThere(page, url, bearer) {
  return page.evaluate(
    async ([address, authorization]) => {
      const headers = authorization ? { Authorization: `Bearer ${authorization}` } : {};
      try {
        const response = await fetch(address, { headers, credentials: 'omit' });
        return { status: response.status, bytes: [...new Uint8Array(await response.arrayBuffer())] };
      } catch (error) {
        return { error: error.name };
      }
    },
    [url, bearer],
  );
}

describe('a script of another origin', () => {
  let server;
  let browser;
  let photo;
  let id;
  const app = {};

  before(async () => {
    app.allowed = await startApp();
    app.stranger = await startApp();
    server = await startSignpost({
      'server.allowed_origins.0': app.allowed.origin,
      'auth.jwt.0.name': 'app',
      'auth.jwt.0.issuer': issuer,
      'auth.jwt.0.audience': audience,
      'auth.jwt.0.algorithms.0': 'HS256',
      'auth.jwt.0.secret': secret,
    });
    browser = await launch();
    photo = await makePhoto(browser, 'far.jpg', { width: 300, height: 200, seed: 4 });
    id = await store(photo);
  });
  after(async () => {
    await browser?.close();
    app.allowed?.close();
    app.stranger?.close();
    assert.equal(await server?.stop(), 0);
  });

  // As the app's own server would: no browser, a bearer token.
  async function store(file) {
    const headers = { Authorization: `Bearer ${token('ann')}`, 'Content-Type': 'application/json' };
    const body = { name: file.name, content_type: file.mimeType, size: file.buffer.length };
    const send = (path, value) =>
      fetch(server.url + path, { method: 'POST', headers, body: JSON.stringify(value) });
    const made = await send('/v1/files', body);
    assert.equal(made.status, 201, await made.clone().text());
    const { file: entry, upload } = await made.json();
    const put = await fetch(upload.url, {
      method: upload.method, headers: upload.headers, body: file.buffer,
    });
    assert.equal(put.status, 200, await put.text());
    const done = await send(`/v1/files/${entry.id}/complete`, {});
    assert.equal(done.status, 200, await done.text());
    return entry.id;
  }

  const urlOf = () => `${server.url}/v1/files/${id}/url`;

  async function signedUrl() {
    const response = await fetch(urlOf(), { headers: { Authorization: `Bearer ${token('ann')}` } });
    return (await response.json()).url;
  }

  test('that is allowed gets the URL and fetches it from the store', async () => {
    const page = await openPage(browser);
    await page.goto(app.allowed.origin);
    const answer = await fetchThere(page, urlOf(), token('ann'));
    assert.equal(answer.status, 200);
    const { url } = JSON.parse(Buffer.from(answer.bytes).toString());
    assert.equal(new URL(url).origin, server.store);
    const bytes = await fetchThere(page, url);
    assert.equal(bytes.status, 200);
    assert.deepEqual(Buffer.from(bytes.bytes), photo.buffer);
    assert.deepEqual(page.faults(), []);
  });

  test('that is allowed reads why it is refused: another user is told 404, nobody 401', async () => {
    const page = await openPage(browser);
    await page.goto(app.allowed.origin);
    const other = await fetchThere(page, urlOf(), token('bob'));
    assert.equal(other.status, 404);
    assert.equal(JSON.parse(Buffer.from(other.bytes).toString()).status, 404);
    assert.equal((await fetchThere(page, urlOf())).status, 401);
    const altered = (await signedUrl()).replace(/Signature=./, 'Signature=x');
    assert.equal((await fetchThere(page, altered)).status, 403, 'the store names CORS on errors too');
  });

  test('that is not allowed can neither ask for the URL nor fetch it', async () => {
    const page = await openPage(browser);
    await page.goto(app.stranger.origin);
    assert.deepEqual(await fetchThere(page, urlOf(), token('ann')), { error: 'TypeError' });
    const url = await signedUrl();
    assert.equal((await fetch(url)).status, 200, 'the URL is good, for whoever is no browser');
    assert.deepEqual(await fetchThere(page, url), { error: 'TypeError' });
    assert.match(page.faults().join('\n'), /blocked by CORS policy/);
  });
});
