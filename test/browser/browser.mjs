// Debian's Chromium, and what a person does on the page.
import assert from 'node:assert/strict';
import { chromium } from 'playwright-core';
import { adminPassword } from './server.mjs';

export function launch() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: [
      '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
      '--disable-background-networking', '--disable-component-update', '--disable-sync',
    ],
  });
}

// Chromium writes on the console that the page, before anybody signed in, was told so.
const notSignedIn = /the server responded with a status of 401/;

// A page that remembers what went wrong in it: `faults()` gives every exception, every violation of
// the Content-Security-Policy and every error on the console but those that are to be expected.
export async function openPage(browser, options = {}) {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  const texts = [];
  page.on('pageerror', (error) => texts.push(`exception: ${error.message}`));
  page.on('console', (message) => {
    if (message.type() === 'error') texts.push(message.text());
  });
  page.faults = (expected = /^$/) =>
    texts.filter((text) => !expected.test(text) && !notSignedIn.test(text));
  return page;
}

export async function signIn(page, url, password = adminPassword) {
  await page.goto(url);
  await page.getByLabel('User name').fill('admin');
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

export function card(page, name) {
  return page.getByRole('article', { name, exact: true });
}

// Chooses files and waits until every one of them is in the grid.
export async function upload(page, ...files) {
  await page.locator('signpost-upload input[type=file]').setInputFiles(files);
  for (const file of files) await card(page, file.name).waitFor();
}

// The size in pixels of the picture on a file's card, once it is there.
export async function pictureSize(page, name) {
  const picture = card(page, name).locator('img');
  await picture.scrollIntoViewIfNeeded();
  await picture.evaluate(
    (image) =>
      image.complete ||
      new Promise((resolve) => {
        image.addEventListener('load', resolve);
        image.addEventListener('error', resolve);
      }),
  );
  return picture.evaluate((image) => ({ width: image.naturalWidth, height: image.naturalHeight }));
}

// Everything that a page was answered: {method, url, origin, type, status, headers}.
export function recordTraffic(page) {
  const seen = [];
  const entry = (request) => ({
    method: request.method(),
    url: request.url(),
    origin: new URL(request.url()).origin,
    type: request.resourceType(),
  });
  page.on('response', (response) =>
    seen.push({
      ...entry(response.request()),
      status: response.status(),
      headers: response.headers(),
    }),
  );
  return {
    seen,
    pictures: (origin) => seen.filter((one) => one.type === 'image' && one.origin === origin),
    clear: () => seen.splice(0),
  };
}

// The header fields of every request as they went over the wire, each hop of a redirect by itself:
// {host, cookie, referer}. (Playwright's own view lacks the cookies of redirected requests.)
export async function recordSentFields(page) {
  const sent = [];
  const session = await page.context().newCDPSession(page);
  session.on('Network.requestWillBeSentExtraInfo', ({ headers }) => {
    const fields = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]);
    const { host, cookie, referer } = Object.fromEntries(fields);
    sent.push({ host, cookie, referer });
  });
  await session.send('Network.enable');
  return { to: (origin) => sent.filter((one) => one.host === new URL(origin).host) };
}

// Tries until it does not throw, or gives the last failure after `within` milliseconds.
export async function eventually(check, within = 10_000) {
  const deadline = Date.now() + within;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

export function assertSize(actual, expected) {
  assert.deepEqual(actual, { width: expected.width, height: expected.height });
}
