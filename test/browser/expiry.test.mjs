// A URL with a life of two seconds: dead after it, while the page still shows the picture.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  assertSize, card, launch, openPage, pictureSize, recordTraffic, signIn, upload,
} from './browser.mjs';
import { makePhoto } from './samples.mjs';
import { startSignpost } from './server.mjs';

describe('URLs that live two seconds', () => {
  let server;
  let browser;
  let page;
  let traffic;
  let photo;

  before(async () => {
    server = await startSignpost({ 'delivery.expires_in': '2s' });
    browser = await launch();
    photo = await makePhoto(browser, 'short.jpg', { width: 400, height: 300, seed: 2 });
    page = await openPage(browser);
    traffic = recordTraffic(page);
    await signIn(page, server.url);
    await upload(page, photo);
  });
  after(async () => {
    await browser?.close();
    assert.equal(await server?.stop(), 0);
  });

  test('are refused by the store when it is over, while the page shows the picture again', async () => {
    assertSize(await pictureSize(page, photo.name), photo);
    const [first] = traffic.pictures(server.store);
    assert.equal(first.status, 200);
    await sleep(3500);
    const late = await fetch(first.url);
    assert.equal(late.status, 403);
    assert.match(await late.text(), /<Code>AccessDenied<\/Code>/);

    traffic.clear();
    await page.reload();
    assertSize(await pictureSize(page, photo.name), photo);
    const [second] = traffic.pictures(server.store);
    assert.equal(second.status, 200);
    assert.notEqual(second.url, first.url);
  });

  test('show on the page that they have expired', async () => {
    const it = card(page, photo.name);
    await it.getByRole('button', { name: /Copy link/ }).click();
    const url = await it.getByRole('textbox').inputValue();
    assert.equal((await fetch(url)).status, 200);
    await it.getByText('expired', { exact: true }).waitFor();
    await sleep(1200); // S3 counts whole seconds
    assert.equal((await fetch(url)).status, 403);

    await it.getByRole('button', { name: /New link/ }).click();
    await it.getByText(/expires in [12] s/).waitFor();
    assert.notEqual(await it.getByRole('textbox').inputValue(), url);
  });

  test('leave the page without a fault', () => assert.deepEqual(page.faults(), []));
});
