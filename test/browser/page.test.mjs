// The page in a browser, from signing in to signing out.
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import {
  assertSize, card, eventually, launch, openPage, pictureSize, recordSentFields, recordTraffic,
  signIn, upload,
} from './browser.mjs';
import { makePdf, makePhoto } from './samples.mjs';
import { adminPassword, startSignpost } from './server.mjs';

describe('the page', () => {
  let server;
  let browser;
  let page;
  let traffic;
  let sent;
  const sample = {};

  before(async () => {
    server = await startSignpost();
    browser = await launch();
    sample.hills = await makePhoto(browser, 'Hills at dawn.jpg', { seed: 3 });
    sample.shore = await makePhoto(browser, 'shore.png', { width: 640, height: 480, seed: 8 });
    sample.letter = makePdf('A letter.pdf');
    page = await openPage(browser, { permissions: ['clipboard-read', 'clipboard-write'] });
    traffic = recordTraffic(page);
    sent = await recordSentFields(page);
  });
  after(async () => {
    await browser?.close();
    assert.equal(await server?.stop(), 0, 'the server stops at SIGTERM');
  });
  beforeEach(() => traffic.clear());

  test('tells clearly that a password is wrong', async () => {
    await signIn(page, server.url, 'not the password');
    await page.getByRole('alert').waitFor();
    assert.match(await page.getByRole('alert').innerText(), /password is wrong/);
  });

  test('signs in by keyboard, and says that there is nothing yet', async () => {
    await page.goto(server.url);
    await page.getByLabel('User name').waitFor();
    await page.keyboard.type('admin'); // the field has the focus from the start
    await page.keyboard.press('Tab');
    await page.keyboard.type(adminPassword);
    await page.keyboard.press('Enter');
    await page.getByText('Nothing here yet').waitFor();
    const [cookie] = await page.context().cookies(server.url);
    assert.equal(cookie.httpOnly, true);
    assert.equal(cookie.sameSite, 'Lax');
  });

  test('uploads two photographs and a PDF straight to the store', async () => {
    await upload(page, sample.hills, sample.shore, sample.letter);
    const puts = traffic.seen.filter((one) => one.method === 'PUT');
    assert.equal(puts.length, 3);
    for (const put of puts) {
      assert.equal(put.origin, server.store);
      assert.equal(put.status, 200);
    }
    await page.getByText('Stored', { exact: true }).first().waitFor();
  });

  test('shows the photographs from the store, by redirect, and the PDF by an icon', async () => {
    await page.reload();
    // Another page, as on a first visit: a route turns the browser's cache off, which may hold the
    // redirects for a while, and the pictures with them.
    const visit = await page.context().newPage();
    await visit.route('**/files/**', (route) => route.continue());
    const seen = recordTraffic(visit);
    await visit.goto(server.url);
    assertSize(await pictureSize(visit, sample.hills.name), sample.hills);
    assertSize(await pictureSize(visit, sample.shore.name), sample.shore);
    assert.equal(await card(visit, sample.letter.name).locator('img').count(), 0);
    await card(visit, sample.letter.name).getByText('PDF', { exact: true }).waitFor();
    assert.deepEqual(seen.pictures(server.url).map((one) => one.status), [302, 302]);
    const loaded = seen.pictures(server.store);
    assert.equal(loaded.length, 2);
    for (const one of loaded) {
      assert.equal(one.status, 200);
      assert.match(one.url, /X-Amz-Signature=/);
    }
    await visit.close();
  });

  test('sends the store neither cookie nor referrer', () => {
    const toStore = sent.to(server.store);
    assert.ok(toStore.length >= 5, 'three uploads, two pictures');
    for (const { cookie, referer } of toStore) {
      assert.equal(cookie, undefined);
      assert.equal(referer, undefined);
    }
    assert.ok(sent.to(server.url).some(({ cookie }) => cookie), 'the gateway gets the cookie');
  });

  test('shows them through the server after the switch, and nothing from the store', async () => {
    await page.getByRole('switch', { name: /Through the server/ }).check();
    await eventually(() => assert.equal(traffic.pictures(server.url).length, 2));
    assertSize(await pictureSize(page, sample.hills.name), sample.hills);
    assertSize(await pictureSize(page, sample.shore.name), sample.shore);
    for (const one of traffic.pictures(server.url)) {
      assert.equal(one.status, 200);
      assert.match(one.url, /\/files\/[^/?]+\?delivery=proxy$/);
      assert.equal(one.headers['set-cookie'], undefined);
    }
    assert.deepEqual(traffic.pictures(server.store), []);
    await page.getByRole('switch', { name: /Through the server/ }).uncheck();
    assertSize(await pictureSize(page, sample.hills.name), sample.hills);
  });

  test('copies a short-lived URL and counts its seconds down', async () => {
    const hills = card(page, sample.hills.name);
    await hills.getByRole('button', { name: /Copy link/ }).click();
    await hills.getByText('Copied', { exact: true }).waitFor();
    const url = await page.evaluate(() => navigator.clipboard.readText());
    assert.equal(await hills.getByRole('textbox').inputValue(), url);
    assert.equal(new URL(url).origin, server.store);
    const seconds = async () =>
      Number(/expires in (\d+) s/.exec(await hills.getByRole('timer').innerText())[1]);
    const first = await seconds();
    assert.ok(first > 100 && first <= 240, `${first} s are left`);
    await eventually(async () => assert.ok((await seconds()) <= first - 2));
    const answer = await fetch(url);
    assert.equal(answer.status, 200);
    assert.deepEqual(Buffer.from(await answer.arrayBuffer()), sample.hills.buffer);
  });

  test('takes files that are dropped anywhere on it', async () => {
    const dropped = await makePhoto(browser, 'dropped.jpg', { width: 320, height: 200, seed: 5 });
    const transfer = await page.evaluateHandle(({ name, type, bytes }) => {
      const data = new DataTransfer();
      data.items.add(new File([new Uint8Array(bytes)], name, { type }));
      return data;
    }, { name: dropped.name, type: dropped.mimeType, bytes: [...dropped.buffer] });
    await page.dispatchEvent('body', 'dragover', { dataTransfer: transfer });
    await page.getByText('Drop them').waitFor();
    await page.dispatchEvent('body', 'drop', { dataTransfer: transfer });
    await card(page, dropped.name).waitFor();
    assertSize(await pictureSize(page, dropped.name), dropped);
  });

  test('opens the file chooser from the keyboard', async () => {
    await page.bringToFront();
    let chooser = null;
    // A key that comes while the page draws its progress may find no focus: a person presses again.
    for (let tries = 0; tries < 4 && chooser === null; ++tries) {
      const opened = page.waitForEvent('filechooser', { timeout: 2_000 }).catch(() => null);
      await page.getByRole('button', { name: 'Choose files' }).press('Enter');
      chooser = await opened;
    }
    assert.ok(chooser, 'the file chooser opens');
    assert.equal(chooser.isMultiple(), true);
    await chooser.setFiles([{ ...sample.letter, name: 'By keyboard.pdf' }]);
    await card(page, 'By keyboard.pdf').waitFor();
  });

  test('shows a name as text, whatever it says', async () => {
    const name = '<img src=x onerror="window.hit=1"><b>b.png';
    await page.locator('signpost-upload input[type=file]').setInputFiles([{ ...sample.shore, name }]);
    const newest = page.getByRole('article').first();
    await eventually(async () => assert.match(await newest.innerText(), /onerror/));
    assert.equal(await page.evaluate(() => window.hit), undefined);
    assert.equal(await page.locator('img[src=x]').count(), 0);
    assert.equal(await newest.locator('b').count(), 0);
  });

  test('tells what failed, and tries again', async () => {
    await page.route(`${server.store}/**`, (route) => route.abort(), { times: 1 });
    const file = { ...sample.letter, name: 'Second try.pdf' };
    await page.locator('signpost-upload input[type=file]').setInputFiles([file]);
    await page.getByRole('alert').waitFor();
    assert.match(await page.getByRole('alert').innerText(), /did not answer, or does not allow/);
    await page.getByRole('button', { name: 'Try again: Second try.pdf' }).click();
    await card(page, file.name).waitFor();
    assert.equal(await page.getByRole('alert').count(), 0);
  });

  test('shows how much of a file is sent, and cancels', async () => {
    const network = await page.context().newCDPSession(page);
    const throttle = (uploadThroughput) =>
      network.send('Network.emulateNetworkConditions', {
        offline: false, latency: 0, downloadThroughput: -1, uploadThroughput,
      });
    const file = { name: 'large.bin', mimeType: 'application/octet-stream', buffer: Buffer.alloc(4e6, 7) };
    await network.send('Network.enable');
    await throttle(1e6); // bytes a second
    try {
      await page.locator('signpost-upload input[type=file]').setInputFiles([file]);
      const bar = page.getByRole('progressbar', { name: 'Upload of large.bin' });
      const seen = new Set();
      await eventually(async () => {
        seen.add(await bar.evaluate((progress) => progress.value));
        const partly = [...seen].filter((value) => value > 0 && value < file.buffer.length);
        assert.ok(partly.length >= 3, `the bar stood at ${[...seen]}`);
      });
      assert.match(await page.getByRole('listitem').filter({ has: bar }).innerText(), /of 4\.0 MB/);
      await page.getByRole('button', { name: 'Cancel: large.bin' }).click();
      await bar.waitFor({ state: 'detached' });
    } finally {
      await throttle(-1);
    }
    await eventually(async () => {
      const list = await (await page.request.get(`${server.url}/v1/files?limit=1000`)).json();
      assert.ok(!list.items.some((one) => one.name === file.name), 'its entry is gone too');
    });
    assert.equal(await page.getByRole('alert').count(), 0);
  });

  test('cancels also while the server is asked for a way up', async () => {
    let asked;
    let answer;
    const isAsked = new Promise((resolve) => (asked = resolve));
    const mayAnswer = new Promise((resolve) => (answer = resolve));
    await page.route(`${server.url}/v1/files`, async (route) => {
      asked();
      await mayAnswer;
      await route.continue();
    }, { times: 1 });
    const file = { name: 'early.txt', mimeType: 'text/plain', buffer: Buffer.from('text') };
    await page.locator('signpost-upload input[type=file]').setInputFiles([file]);
    await isAsked;
    await page.getByRole('button', { name: 'Cancel: early.txt' }).click();
    answer();
    await page.getByRole('progressbar', { name: 'Upload of early.txt' }).waitFor({ state: 'detached' });
    assert.equal(await card(page, file.name).count(), 0);
    await eventually(async () => {
      const list = await (await page.request.get(`${server.url}/v1/files?limit=1000`)).json();
      assert.ok(!list.items.some((one) => one.name === file.name), 'its entry is gone too');
    });
    assert.equal(await page.getByRole('alert').count(), 0);
  });

  test('asks before it deletes', async () => {
    const hills = card(page, sample.hills.name);
    const before = await hills.locator('img').getAttribute('src');
    await hills.getByRole('button', { name: /^Delete/ }).click();
    const question = page.getByRole('dialog', { name: /Delete Hills at dawn\.jpg/ });
    await question.getByRole('button', { name: 'Keep' }).click();
    await question.waitFor({ state: 'hidden' });
    assert.equal(await hills.count(), 1);

    await hills.getByRole('button', { name: /^Delete/ }).click();
    await question.getByRole('button', { name: 'Delete' }).click();
    await hills.waitFor({ state: 'detached' });
    await page.reload();
    await card(page, sample.shore.name).waitFor();
    assert.equal(await hills.count(), 0);
    assert.equal((await page.request.get(new URL(before, server.url).href)).status(), 404);
  });

  test('has room for everything on a narrow screen', async () => {
    const before = page.viewportSize();
    for (const width of [320, 360, 390, 768]) {
      await page.setViewportSize({ width, height: 800 });
      const outside = await page.getByRole('button').evaluateAll((buttons) =>
        buttons
          .map((button) => [button, (button.getRootNode().host?.shadowRoot.querySelector('article') ?? document.body)])
          .filter(([button, around]) => {
            const [inner, outer] = [button, around].map((one) => one.getBoundingClientRect());
            return inner.width > 1 && (inner.left < outer.left || inner.right > outer.right);
          })
          .map(([button]) => button.innerText || button.ariaLabel));
      assert.deepEqual(outside, [], `at ${width} pixels`);
      assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${width}`);
    }
    await page.setViewportSize(before);
  });

  test('shows more files when asked', async () => {
    const count = 50;
    await page.evaluate(async (many) => {
      const send = (method, path, type, body) =>
        fetch(path, { method, headers: { 'Content-Type': type }, body });
      for (let i = 0; i < many; i += 1) {
        const description = { name: `note ${i}.txt`, content_type: 'text/plain', size: 5 };
        const made = await send('POST', '/v1/files', 'application/json', JSON.stringify(description));
        const { file } = await made.json();
        const stored = await send('PUT', `/v1/files/${file.id}/content`, 'text/plain', 'hello');
        if (!stored.ok) throw new Error(await stored.text());
      }
    }, count);
    await page.reload();
    await card(page, `note ${count - 1}.txt`).waitFor();
    assert.equal(await page.getByRole('article').count(), 48);
    await page.getByRole('button', { name: 'Show more' }).click();
    await card(page, 'note 0.txt').waitFor();
    await card(page, sample.shore.name).waitFor();
    assert.equal(await page.getByRole('button', { name: 'Show more' }).count(), 0);
    const names = await page.getByRole('article').evaluateAll((all) => all.map((one) => one.ariaLabel));
    assert.equal(new Set(names).size, names.length, 'no file is there twice');
  });

  test('signs out, and the cookie is worth nothing any more', async () => {
    const cookies = await page.context().cookies(server.url);
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByLabel('User name').waitFor();
    const cookie = cookies.map(({ name, value }) => `${name}=${value}`).join('; ');
    const answer = await fetch(`${server.url}/v1/session`, { headers: { Cookie: cookie } });
    assert.equal(answer.status, 401);
    await page.reload();
    await page.getByLabel('User name').waitFor();
  });

  test('has kept its Content-Security-Policy and thrown nothing', () => {
    assert.deepEqual(page.faults(/net::ERR_FAILED/), []); // the upload that was made to fail
  });
});
