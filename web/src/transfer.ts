// One file's way up: the entry is made, the bytes go straight to the store, the entry is completed.
import { type Client, ProblemError, type PutUpload, type StoredFile } from './client';

export type Stage = 'waiting' | 'hashing' | 'sending' | 'completing' | 'done' | 'failed';

export interface Progress {
  stage: Stage;
  sent: number; // bytes that have left this machine
}

// Larger files would have to be held in memory to be hashed.
const hashedBytes = 64 * 1024 * 1024;

export async function transfer(
  client: Client,
  file: File,
  report: (progress: Progress) => void,
  signal: AbortSignal,
): Promise<StoredFile> {
  report({ stage: 'hashing', sent: 0 });
  const sha256 = await hash(file);
  signal.throwIfAborted();
  const made = await client.create({
    name: file.name,
    content_type: file.type || 'application/octet-stream',
    size: file.size,
    ...(sha256 && { sha256 }),
  });
  try {
    signal.throwIfAborted(); // a signal says once, and to those who listen by then
    await put(made.upload, file, (sent) => report({ stage: 'sending', sent }), signal);
    report({ stage: 'completing', sent: file.size });
    return await client.complete(made.file.id);
  } catch (error) {
    // The entry is of no use any more. Where this fails too, the server's own sweep removes it.
    await client.remove(made.file.id).catch(() => undefined);
    throw error;
  }
}

// The SHA-256 in hexadecimal digits, where the browser offers it (only in a secure context).
async function hash(file: File): Promise<string | undefined> {
  if (!globalThis.isSecureContext || file.size > hashedBytes) return undefined;
  const bytes = await file.arrayBuffer().catch(() => {
    throw new ProblemError(0, 'unreadable', 'The file cannot be read',
      'The file cannot be read. Was it moved, or is it a folder?');
  });
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

// XMLHttpRequest, since fetch cannot tell how much of a body was sent. `withCredentials` stays
// false: the store gets no cookie.
function put(
  upload: PutUpload,
  file: File,
  sent: (bytes: number) => void,
  signal: AbortSignal,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const abort = () => request.abort();
    signal.addEventListener('abort', abort);
    request.onloadend = () => signal.removeEventListener('abort', abort);
    request.upload.onprogress = (event) => sent(event.loaded);
    request.onload = () => {
      // 412: an earlier attempt had arrived after all (a URL is good once); `complete` will tell.
      if ((request.status >= 200 && request.status < 300) || request.status === 412) resolve();
      else reject(storeProblem(request));
    };
    request.onerror = () =>
      reject(new ProblemError(0, 'store_unreachable', 'The store cannot be reached',
        `${new URL(upload.url).origin} did not answer, or does not allow this page to send files.`));
    request.onabort = () => reject(new DOMException('Cancelled', 'AbortError'));
    request.open(upload.method, upload.url);
    for (const [name, value] of Object.entries(upload.headers)) {
      request.setRequestHeader(name, value);
    }
    request.send(file);
  });
}

// S3 answers errors as XML: <Error><Code>AccessDenied</Code><Message>…</Message></Error>.
function storeProblem(request: XMLHttpRequest): ProblemError {
  const xml = new DOMParser().parseFromString(request.responseText, 'application/xml');
  const code = xml.querySelector('Error > Code')?.textContent ?? 'unknown';
  const message = xml.querySelector('Error > Message')?.textContent ?? '';
  return new ProblemError(request.status, code, 'The store refused the file',
    `The store refused the file: ${message || code} (${request.status}).`);
}
