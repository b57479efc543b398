// What both peers have in common. The fair form of each: the key is made ready once, the caller's files are in memory.
import { createSecretKey } from 'node:crypto';
import jwt from 'jsonwebtoken';

const { BENCH_SECRET, BENCH_ISSUER, BENCH_AUDIENCE, BENCH_FILES } = process.env;
const key = createSecretKey(Buffer.from(BENCH_SECRET));
const files = new Map();
for (let i = 0; i < Number(BENCH_FILES); ++i)
  files.set(`file-${i}`, { owner: 'bench', key: `objects/${i}/a-random-looking-key-of-some-length`, name: `picture ${i}.jpg`, type: 'image/jpeg' });

export const endpoint = new URL(process.env.BENCH_ENDPOINT);
export const credentials = { accessKeyId: process.env.BENCH_KEY_ID, secretAccessKey: process.env.BENCH_KEY };
export const bucket = process.env.BENCH_BUCKET;
export const expires = 180;

// The file that the bearer of this token may read, or a status.
export function authorise(authorization, id) {
  let claims;
  try {
    claims = jwt.verify((authorization ?? '').replace(/^Bearer /i, ''), key,
      { algorithms: ['HS256'], issuer: BENCH_ISSUER, audience: BENCH_AUDIENCE });
  } catch {
    return { status: 401 };
  }
  const file = files.get(id);
  return file && file.owner === claims.sub ? { file } : { status: 404 };
}

export function ready(port) {
  console.log(port);
}
