import { LitElement, css, html, nothing } from 'lit';
import { customElement, property, query, state } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import { type Client, explain } from '../client';
import { tell } from '../events';
import { checkIcon, closeIcon, retryIcon, uploadIcon } from '../icons';
import { controls } from '../styles';
import { displayName, formatSize } from '../text';
import { type Progress, transfer } from '../transfer';

interface Job extends Progress {
  id: number;
  file: File;
  error: string;
  stop: AbortController;
}

const filesAtOnce = 3;
const shownWhenDone = 4000; // milliseconds

// Where files are dropped or chosen, and the list of those under way. Sends `file-stored`.
@customElement('signpost-upload')
export class SignpostUpload extends LitElement {
  static override styles = [
    controls,
    css`
      .zone {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 1rem 1.25rem;
        padding: 1.5rem 1.6rem;
        border: 1.5px dashed color-mix(in srgb, var(--accent) 45%, var(--line));
        border-radius: 20px;
        background: var(--surface);
        transition: background 120ms, border-color 120ms;
      }
      .zone.over {
        border-color: var(--accent);
        border-style: solid;
        background: var(--accent-soft);
      }
      .zone > svg {
        width: 3.25rem;
        height: 3.25rem;
        padding: 0.8rem;
        flex: none;
        border-radius: 50%;
        background: var(--accent-soft);
        color: var(--accent);
      }
      .zone > div {
        flex: 1 1 14rem;
      }
      .zone strong {
        display: block;
        font-size: 1.1rem;
        font-weight: 600;
        line-height: 1.3;
      }
      .zone small {
        color: var(--muted);
        font-size: 0.9rem;
      }
      ul {
        display: grid;
        gap: 0.5rem;
        margin: 0.75rem 0 0;
        padding: 0;
        list-style: none;
      }
      li {
        display: grid;
        grid-template-columns: minmax(0, 1fr) auto auto;
        align-items: center;
        gap: 0.15rem 0.75rem;
        padding: 0.55rem 0.6rem 0.65rem 1rem;
        border: 1px solid var(--line);
        border-radius: 14px;
        background: var(--surface);
      }
      li .name {
        overflow: hidden;
        font-weight: 550;
        text-overflow: ellipsis;
        white-space: nowrap;
      }
      li .state {
        color: var(--muted);
        font-size: 0.875rem;
        font-variant-numeric: tabular-nums;
      }
      li .done {
        display: inline-flex;
        align-items: center;
        gap: 0.3rem;
        color: var(--accent);
      }
      .done svg {
        width: 1.1rem;
        height: 1.1rem;
      }
      li .tools {
        display: flex;
        min-height: 2.5rem;
      }
      progress,
      li .message {
        grid-column: 1 / -1;
      }
      progress {
        appearance: none;
        width: calc(100% - 0.4rem);
        height: 0.4rem;
        border: 0;
        border-radius: 999px;
        background: var(--sunken);
        overflow: hidden;
      }
      progress::-webkit-progress-bar {
        background: var(--sunken);
      }
      progress::-webkit-progress-value {
        border-radius: 999px;
        background: var(--accent);
        transition: inline-size 150ms;
      }
      progress::-moz-progress-bar {
        border-radius: 999px;
        background: var(--accent);
      }
      @media (max-width: 32rem) {
        .zone {
          padding: 1.25rem;
        }
        .zone button {
          width: 100%;
        }
      }
    `,
  ];

  @property({ attribute: false }) client!: Client;
  @state() private jobs: Job[] = [];
  @state() private over = false;
  @state() private refused = '';
  @query('input') private input!: HTMLInputElement;

  private nextId = 1;

  // Files may be dropped anywhere: a browser leaves the page for one that misses the zone.
  override connectedCallback(): void {
    super.connectedCallback();
    window.addEventListener('dragover', this.dragOver);
    window.addEventListener('dragleave', this.dragLeave);
    window.addEventListener('drop', this.drop);
    window.addEventListener('beforeunload', this.beforeUnload);
  }

  override disconnectedCallback(): void {
    window.removeEventListener('dragover', this.dragOver);
    window.removeEventListener('dragleave', this.dragLeave);
    window.removeEventListener('drop', this.drop);
    window.removeEventListener('beforeunload', this.beforeUnload);
    for (const job of this.jobs) job.stop.abort();
    super.disconnectedCallback();
  }

  private readonly dragOver = (event: DragEvent) => {
    if (!event.dataTransfer?.types.includes('Files')) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = 'copy';
    this.over = true;
  };

  private readonly dragLeave = (event: DragEvent) => {
    if (!event.relatedTarget) this.over = false; // it left the window
  };

  private readonly drop = (event: DragEvent) => {
    this.over = false;
    if (!event.dataTransfer?.types.includes('Files')) return;
    event.preventDefault();
    const items = [...event.dataTransfer.items].filter((item) => item.kind === 'file');
    const folders = items.filter((item) => item.webkitGetAsEntry?.()?.isDirectory);
    const files = items.filter((item) => !folders.includes(item)).map((item) => item.getAsFile());
    this.add(files.filter((file) => file !== null));
    if (folders.length) this.refused = 'Folders cannot be uploaded; open them and drop the files.';
  };

  private readonly beforeUnload = (event: BeforeUnloadEvent) => {
    if (this.jobs.some(isUnderWay)) event.preventDefault();
  };

  private readonly chosen = () => {
    this.add([...(this.input.files ?? [])]);
    this.input.value = ''; // so that the same file may be chosen again
  };

  private add(files: File[]): void {
    this.refused = '';
    const added = files.map((file) => this.job(file));
    this.jobs = [...this.jobs, ...added];
    this.startNext();
  }

  private job(file: File): Job {
    const stop = new AbortController();
    return { id: this.nextId++, file, stage: 'waiting', sent: 0, error: '', stop };
  }

  private startNext(): void {
    const running = this.jobs.filter((job) => job.stage !== 'waiting' && isUnderWay(job)).length;
    const waiting = this.jobs.filter((job) => job.stage === 'waiting');
    for (const job of waiting.slice(0, Math.max(0, filesAtOnce - running))) void this.run(job);
  }

  private async run(job: Job): Promise<void> {
    const report = (progress: Progress) => this.change(job, progress);
    try {
      const stored = await transfer(this.client, job.file, report, job.stop.signal);
      this.change(job, { stage: 'done', sent: job.file.size });
      tell(this, 'file-stored', stored);
      tell(this, 'announce', `${displayName(job.file.name)} is stored.`);
      setTimeout(() => this.forget(job), shownWhenDone);
    } catch (error) {
      if (job.stop.signal.aborted) this.forget(job);
      else this.change(job, { stage: 'failed', sent: 0 }, explain(error));
    }
    this.startNext();
  }

  private change(job: Job, progress: Progress, error = ''): void {
    Object.assign(job, progress, { error });
    this.jobs = [...this.jobs];
  }

  private forget(job: Job): void {
    this.jobs = this.jobs.filter((other) => other !== job);
  }

  private cancel(job: Job): void {
    job.stop.abort();
    if (job.stage === 'waiting' || job.stage === 'failed') this.forget(job);
  }

  private retry(job: Job): void {
    this.jobs = this.jobs.map((other) => (other === job ? this.job(job.file) : other));
    this.startNext();
  }

  override render() {
    return html`
      <div class="zone ${this.over ? 'over' : ''}">
        ${uploadIcon}
        <div>
          <strong>${this.over ? 'Drop them' : 'Drop photos and documents here'}</strong>
          <small>They go straight to the store, each by its own signed URL.</small>
        </div>
        <button class="primary" @click=${() => this.input.click()}>Choose files</button>
        <input type="file" multiple hidden aria-label="Files to upload" @change=${this.chosen} />
      </div>
      <ul aria-label="Uploads">
        ${this.refused
          ? html`<li class="message" role="alert">${this.refused}</li>`
          : nothing}
        ${repeat(this.jobs, (job) => job.id, (job) => this.row(job))}
      </ul>
    `;
  }

  private row(job: Job) {
    const name = displayName(job.file.name);
    return html`<li>
      <bdi class="name" title=${name}>${name}</bdi>
      <span class="state">${stateText(job)}</span>
      <span class="tools">
        ${job.stage === 'failed'
          ? html`<button
              class="quiet icon"
              aria-label="Try again: ${name}"
              title="Try again"
              @click=${() => this.retry(job)}
            >
              ${retryIcon}
            </button>`
          : nothing}
        ${job.stage === 'done' || job.stage === 'completing'
          ? nothing
          : html`<button
              class="quiet icon"
              aria-label=${job.stage === 'failed' ? `Dismiss: ${name}` : `Cancel: ${name}`}
              title=${job.stage === 'failed' ? 'Dismiss' : 'Cancel'}
              @click=${() => this.cancel(job)}
            >
              ${closeIcon}
            </button>`}
      </span>
      ${job.stage === 'failed'
        ? html`<p class="message" role="alert">${job.error}</p>`
        : html`<progress
            aria-label="Upload of ${name}"
            max=${Math.max(1, job.file.size)}
            .value=${job.stage === 'done' ? Math.max(1, job.file.size) : job.sent}
          ></progress>`}
    </li>`;
  }
}

function isUnderWay(job: Job): boolean {
  return job.stage !== 'done' && job.stage !== 'failed';
}

function stateText(job: Job) {
  switch (job.stage) {
    case 'waiting':
      return 'Waiting';
    case 'hashing':
      return 'Preparing';
    case 'sending':
      return `${formatSize(job.sent)} of ${formatSize(job.file.size)}`;
    case 'completing':
      return 'Checking';
    case 'done':
      return html`<span class="done">${checkIcon} Stored</span>`;
    case 'failed':
      return 'Failed';
  }
}
