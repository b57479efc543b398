// The gateway's HTTP API, typed. Every error is a ProblemError, whatever caused it.

export interface Session {
  principal: string;
  groups: string[];
  admin: boolean;
}

export interface StoredFile {
  id: string;
  name: string;
  content_type: string;
  size: number | null;
  sha256: string | null;
  state: 'pending' | 'ready' | 'failed';
  owner: string;
  created_at: string;
  updated_at: string;
}

export interface FileList {
  items: StoredFile[];
  next_cursor: string | null;
}

export interface NewFile {
  name: string;
  content_type: string;
  size: number;
  sha256?: string; // 64 hexadecimal digits
}

export interface PutUpload {
  type: 'put';
  method: 'PUT';
  url: string;
  headers: Record<string, string>;
  expires_at: string;
}

export interface SignedUrl {
  url: string;
  method: string;
  expires_at: string;
  // Milliseconds that it has left, by the server's clock: the one of this machine may be wrong.
  life: number;
}

export type Delivery = 'redirect' | 'proxy';

// RFC 9457 problem details, or (status 0) a request that got no answer.
export class ProblemError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly title: string,
    readonly detail: string,
  ) {
    super(detail || title);
    this.name = 'ProblemError';
  }

  static async from(response: Response): Promise<ProblemError> {
    const fallback = response.statusText || 'The request failed';
    const type = response.headers.get('Content-Type') ?? '';
    if (!/^application\/(problem\+)?json\b/.test(type)) {
      return new ProblemError(response.status, 'unknown', fallback, `Status ${response.status}.`);
    }
    const body = (await response.json()) as Record<string, unknown>;
    const text = (name: string) => (typeof body[name] === 'string' ? (body[name] as string) : '');
    return new ProblemError(
      response.status,
      text('code') || 'unknown',
      text('title') || fallback,
      text('detail'),
    );
  }
}

// What to tell a person about whatever was thrown.
export function explain(error: unknown): string {
  if (error instanceof ProblemError) return error.message;
  return error instanceof Error ? error.message : String(error);
}

// Where an <img> or a link finds a file's bytes. A redirect is what the gateway does when it is
// not asked otherwise, so that the address stays the plain one.
export function contentUrl(id: string, delivery: Delivery): string {
  const path = `/files/${encodeURIComponent(id)}`;
  return delivery === 'proxy' ? `${path}?delivery=proxy` : path;
}

// Sends an event `unauthenticated` when the gateway no longer knows who asks.
export class Client extends EventTarget {
  session(): Promise<Session> {
    return this.json('GET', '/v1/session');
  }

  signIn(username: string, password: string): Promise<Session> {
    return this.json('POST', '/v1/session', { username, password });
  }

  async signOut(): Promise<void> {
    await this.send('DELETE', '/v1/session');
  }

  list(limit: number, cursor: string | null): Promise<FileList> {
    const query = new URLSearchParams({ limit: String(limit) });
    if (cursor) query.set('cursor', cursor);
    return this.json('GET', `/v1/files?${query}`);
  }

  create(file: NewFile): Promise<{ file: StoredFile; upload: PutUpload }> {
    return this.json('POST', '/v1/files', { ...file, upload_type: 'put' });
  }

  async complete(id: string): Promise<StoredFile> {
    const path = `/v1/files/${encodeURIComponent(id)}/complete`;
    return (await this.json<{ file: StoredFile }>('POST', path, {})).file;
  }

  async remove(id: string): Promise<void> {
    await this.send('DELETE', `/v1/files/${encodeURIComponent(id)}`);
  }

  async url(id: string): Promise<SignedUrl> {
    const response = await this.send('GET', `/v1/files/${encodeURIComponent(id)}/url`);
    const signed = (await response.json()) as Omit<SignedUrl, 'life'>;
    const now = Date.parse(response.headers.get('Date') ?? '') || Date.now();
    return { ...signed, life: Math.max(0, Date.parse(signed.expires_at) - now) };
  }

  private async json<T>(method: string, path: string, body?: object): Promise<T> {
    return (await (await this.send(method, path, body)).json()) as T;
  }

  private async send(method: string, path: string, body?: object): Promise<Response> {
    const request: RequestInit = { method, credentials: 'same-origin', cache: 'no-store' };
    if (body) {
      request.headers = { 'Content-Type': 'application/json' };
      request.body = JSON.stringify(body);
    }
    const response = await fetch(path, request).catch((error: unknown) => {
      throw new ProblemError(0, 'unreachable', 'The server cannot be reached', explainNetwork(error));
    });
    if (response.ok) return response;
    if (response.status === 401) this.dispatchEvent(new Event('unauthenticated'));
    throw await ProblemError.from(response);
  }
}

function explainNetwork(error: unknown): string {
  const reason = error instanceof Error ? ` (${error.message})` : '';
  return `The server cannot be reached${reason}. Check the connection and try again.`;
}
