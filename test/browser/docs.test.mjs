// The reference of the API: readable without a network but the server's own, and without a script.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launch, openPage } from './browser.mjs';
import { startSignpost } from './server.mjs';

let server;
let browser;
before(async () => {
  server = await startSignpost();
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

test('shows every operation of openapi.json, and asks nobody else for anything', async () => {
  const page = await openPage(browser, { javaScriptEnabled: false });
  const asked = [];
  page.on('request', (request) => asked.push(request.url()));
  await page.goto(`${server.url}/docs`);
  const api = await (await fetch(`${server.url}/openapi.json`)).json();
  const operations = Object.values(api.paths).flatMap((item) =>
    Object.values(item).filter((one) => one.operationId),
  );
  assert.ok(operations.length > 10);
  for (const { operationId } of operations) {
    assert.equal(await page.locator(`article[id="${operationId}"]`).count(), 1, operationId);
  }
  await page.getByRole('link', { name: 'POST /v1/files', exact: true }).first().click();
  assert.match(page.url(), /\/docs#createFile$/);
  const colour = await page.locator('#createFile').evaluate((one) => getComputedStyle(one).outlineStyle);
  assert.equal(colour, 'solid', 'the style sheet was not taken');
  assert.deepEqual(asked.filter((url) => !url.startsWith(server.url)), []);
  assert.deepEqual(page.faults(), []);
});
