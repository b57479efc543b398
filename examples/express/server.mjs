// An app with sessions of its own. What it needs for private files is signpostAs() and three routes.
import { randomUUID } from 'node:crypto';
import express from 'express';
import jwt from 'jsonwebtoken';

const { PORT = 3000, SIGNPOST_URL = 'http://localhost:8080', APP_SECRET } = process.env;

// Signpost, asked as this user of ours.
async function signpostAs(user, path, body) {
  const token = jwt.sign({}, APP_SECRET, {
    algorithm: 'HS256', issuer: 'https://app.example.com/', audience: 'files', subject: user, expiresIn: '1m',
  });
  const answer = await fetch(SIGNPOST_URL + path, {
    method: body ? 'POST' : 'GET',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: body && JSON.stringify(body),
  });
  return { status: answer.status, body: await answer.json() };
}

const app = express();
app.use(express.json());

// The app's own sessions, whatever they are.
const sessions = new Map();
app.post('/login', (request, response) => {
  const id = randomUUID();
  sessions.set(id, request.body.user);
  response.cookie('sid', id, { httpOnly: true, sameSite: 'lax' }).sendStatus(204);
});
app.use((request, response, next) => {
  const sid = /(?:^|; )sid=([^;]*)/.exec(request.get('cookie') ?? '')?.[1];
  request.user = sessions.get(sid);
  return request.user ? next() : response.sendStatus(401);
});

// The browser is told where to PUT the bytes, and says when it has: they never come through here.
app.post('/photos', async ({ user, body }, response) => {
  const { name, type, size } = body;
  const answer = await signpostAs(user, '/v1/files', { name, content_type: type, size });
  response.status(answer.status).json(answer.body);
});
app.post('/photos/:id/complete', async ({ user, params }, response) => {
  const answer = await signpostAs(user, `/v1/files/${encodeURIComponent(params.id)}/complete`, {});
  response.status(answer.status).json(answer.body);
});

// <img src="/photos/ID">: Signpost says whether this user may; the store sends the bytes.
app.get('/photos/:id', async ({ user, params }, response) => {
  const answer = await signpostAs(user, `/v1/files/${encodeURIComponent(params.id)}/url`);
  if (answer.status !== 200) return response.status(answer.status).json(answer.body);
  return response.set({ 'Cache-Control': 'no-store', 'Referrer-Policy': 'no-referrer' }).redirect(answer.body.url);
});

app.listen(PORT, '127.0.0.1', () => console.log(`http://127.0.0.1:${PORT}`));
