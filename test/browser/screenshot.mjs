// What the page looks like: `node screenshot.mjs [DIRECTORY]` (default: build/screenshots).
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { card, launch, openPage, pictureSize, signIn, upload } from './browser.mjs';
import { makePdf, makePhoto } from './samples.mjs';
import { startSignpost } from './server.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
const directory = path.resolve(process.argv[2] ?? path.join(here, '../../build/screenshots'));
const sizes = { desktop: { width: 1280, height: 900 }, phone: { width: 390, height: 844 } };

async function sampleFiles(browser) {
  const names = ['Hills at dawn.jpg', 'The long way home.jpg', 'shore.png', 'Above the village.jpg',
    'evening.jpg'];
  const photos = await Promise.all(
    names.map((name, i) => makePhoto(browser, name, { seed: 7 * i + 3, width: 1200, height: 700 + 100 * i })),
  );
  return [
    ...photos,
    makePdf('Rental agreement 2026, signed by both sides.pdf'),
    { name: 'minutes.txt', mimeType: 'text/plain', buffer: Buffer.from('Present: all.\n') },
  ];
}

// A picture of each state that the page can be in.
async function shoot(browser, server, label, options) {
  const page = await openPage(browser, { ...options, permissions: ['clipboard-write'] });
  const take = (state) => page.screenshot({ path: path.join(directory, `${label}-${state}.png`) });
  await page.goto(server.url);
  await page.getByLabel('User name').waitFor();
  await take('1-sign-in');
  await signIn(page, server.url, 'wrong');
  await page.getByRole('alert').waitFor();
  await take('2-wrong-password');
  await signIn(page, server.url);
  const files = await sampleFiles(browser);
  await page.getByRole('heading', { name: 'Your files' }).waitFor();
  if (!(await page.getByRole('article').count())) await page.waitForTimeout(500);
  if (!(await page.getByRole('article').count())) {
    await take('3-empty');
    await upload(page, ...files);
    await take('4-uploaded');
    await page.reload();
  }
  for (const file of files.filter((one) => one.width)) await pictureSize(page, file.name);
  await card(page, 'evening.jpg').getByRole('button', { name: /Copy link/ }).click();
  await page.getByText('Copied', { exact: true }).waitFor();
  await page.mouse.move(0, 0);
  await page.evaluate(() => scrollTo(0, 0));
  await page.screenshot({ path: path.join(directory, `${label}-5-files.png`), fullPage: true });
  await page.route(`${server.store}/**`, (route) => route.abort(), { times: 1 });
  await page.locator('signpost-upload input[type=file]').setInputFiles([{ ...files[0], name: 'later.jpg' }]);
  await page.getByRole('alert').waitFor();
  await page.evaluate(() => scrollTo(0, 0));
  await take('6-failed-upload');
  await card(page, 'evening.jpg').getByRole('button', { name: /^Delete/ }).click();
  await page.getByRole('dialog').waitFor();
  await take('7-question');
  await page.context().close();
}

await mkdir(directory, { recursive: true });
const server = await startSignpost();
const browser = await launch();
try {
  for (const [device, viewport] of Object.entries(sizes)) {
    for (const colorScheme of ['light', 'dark']) {
      await shoot(browser, server, `${device}-${colorScheme}`, { viewport, colorScheme });
    }
  }
} finally {
  await browser.close();
  await server.stop();
}
console.log(directory);
