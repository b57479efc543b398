// Starts the program on free ports with an empty data folder, as a person would.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const repository = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const binary = process.env.SIGNPOST_BINARY ?? path.join(repository, 'build/release/signpost');
const readyWithin = 60_000; // milliseconds; a sanitizer's build is slow
const stopsWithin = 40_000;

export const adminPassword = 'correct horse battery staple';

// `settings`: {'delivery.expires_in': '2s', 'auth.jwt.0.name': 'app'}.
function environment(settings) {
  const variables = Object.entries(settings).map(([name, value]) => [
    `SIGNPOST__${name.toUpperCase().replaceAll('.', '__')}`,
    value,
  ]);
  return { ...process.env, SIGNPOST_ADMIN_PASSWORD: adminPassword, ...Object.fromEntries(variables) };
}

async function ready(child, errors) {
  const deadline = setTimeout(() => child.kill('SIGKILL'), readyWithin);
  try {
    for await (const line of createInterface({ input: child.stdout })) {
      const answer = JSON.parse(line);
      if (answer.url) return answer;
    }
  } finally {
    clearTimeout(deadline);
  }
  throw new Error(`${binary} did not get ready:\n${errors.join('')}`);
}

export async function startSignpost(settings = {}) {
  const data = await mkdtemp(path.join(tmpdir(), 'signpost-browser-'));
  const child = spawn(
    binary,
    ['serve', '--listen', '127.0.0.1:0', '--store-listen', '127.0.0.1:0', '--data', data, '--json'],
    { env: environment(settings), stdio: ['ignore', 'pipe', 'pipe'], cwd: data },
  );
  const errors = [];
  child.stderr.on('data', (text) => errors.push(text));
  const ended = once(child, 'exit');
  const answer = await ready(child, errors);
  child.stdout.resume();
  return {
    url: new URL(answer.url).origin,
    store: new URL(answer.store).origin,
    log: () => errors.join(''),
    // SIGTERM, and the exit status; null where it had to be killed.
    async stop() {
      const deadline = setTimeout(() => child.kill('SIGKILL'), stopsWithin);
      child.kill('SIGTERM');
      const [status] = await ended;
      clearTimeout(deadline);
      await rm(data, { recursive: true, force: true });
      return status;
    },
  };
}
