import { LitElement, css, html, nothing } from 'lit';
import { customElement, property, query, state } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import { type Client, type Delivery, type StoredFile, explain } from '../client';
import { type PageEvent, tell } from '../events';
import { kindIcon } from '../icons';
import { controls } from '../styles';
import { displayName } from '../text';
import './signpost-file';

const filesAPage = 48;

// The files of whoever is signed in, newest first, and the question before one is deleted.
@customElement('signpost-grid')
export class SignpostGrid extends LitElement {
  static override styles = [
    controls,
    css`
      ul {
        display: grid;
        grid-template-columns: repeat(auto-fill, minmax(min(15rem, 100%), 1fr));
        align-items: start;
        gap: 1.1rem;
        margin: 0;
        padding: 0;
        list-style: none;
      }
      .empty {
        padding: 3.5rem 1rem;
        color: var(--muted);
        text-align: center;
      }
      .empty svg {
        width: 3rem;
        height: 3rem;
        opacity: 0.7;
      }
      .empty p {
        margin: 0.5rem 0 0;
      }
      .empty strong {
        display: block;
        color: var(--ink);
        font-weight: 600;
      }
      .message {
        margin-bottom: 1rem;
      }
      .more {
        display: grid;
        place-items: center;
        margin-top: 1.75rem;
      }
      dialog {
        width: min(26rem, calc(100% - 2rem));
        padding: 1.5rem;
        border: 1px solid var(--line);
        border-radius: 20px;
        background: var(--surface);
        color: var(--ink);
        box-shadow: var(--shadow);
      }
      dialog::backdrop {
        background: rgb(10 16 13 / 45%);
      }
      h2 {
        margin: 0 0 0.4rem;
        font-size: 1.2rem;
        font-weight: 650;
        overflow-wrap: anywhere;
      }
      dialog p {
        margin: 0 0 1.25rem;
        color: var(--muted);
      }
      dialog div {
        display: flex;
        justify-content: flex-end;
        gap: 0.6rem;
      }
      @media (max-width: 32rem) {
        ul {
          grid-template-columns: repeat(2, minmax(0, 1fr));
          gap: 0.75rem;
        }
      }
      @media (max-width: 22rem) {
        ul {
          grid-template-columns: minmax(0, 1fr);
        }
      }
    `,
  ];

  @property({ attribute: false }) client!: Client;
  @property({ attribute: false }) delivery: Delivery = 'redirect';
  @state() private files: StoredFile[] = [];
  @state() private cursor: string | null = null;
  @state() private loading = true;
  @state() private error = '';
  @state() private doomed: StoredFile | null = null;
  @query('dialog') private dialog!: HTMLDialogElement;

  override firstUpdated(): void {
    void this.load();
  }

  // Puts a file that has just been stored in front.
  add(file: StoredFile): void {
    this.files = [file, ...this.files.filter((other) => other.id !== file.id)];
  }

  private async load(): Promise<void> {
    this.loading = true;
    this.error = '';
    try {
      const page = await this.client.list(filesAPage, this.cursor);
      const known = new Set(this.files.map((file) => file.id));
      this.files = [...this.files, ...page.items.filter((file) => !known.has(file.id))];
      this.cursor = page.next_cursor;
    } catch (error) {
      this.error = explain(error);
    } finally {
      this.loading = false;
    }
  }

  private readonly ask = (event: PageEvent<'file-removal'>) => {
    this.doomed = event.detail;
    this.dialog.showModal();
  };

  private async removeFile(file: StoredFile): Promise<void> {
    this.dialog.close();
    this.error = '';
    try {
      await this.client.remove(file.id);
      this.files = this.files.filter((other) => other.id !== file.id);
      tell(this, 'announce', `${displayName(file.name)} is deleted.`);
    } catch (error) {
      this.error = explain(error);
    }
  }

  override render() {
    return html`
      ${this.error ? html`<p class="message" role="alert">${this.error}</p>` : nothing}
      <ul aria-label="Files" ?hidden=${!this.files.length} @file-removal=${this.ask}>
        ${repeat(
          this.files,
          (file) => file.id,
          (file) => html`<li>
            <signpost-file
              .client=${this.client}
              .file=${file}
              .delivery=${this.delivery}
            ></signpost-file>
          </li>`,
        )}
      </ul>
      ${this.footer()} ${this.question()}
    `;
  }

  private footer() {
    if (!this.files.length && !this.loading && !this.error) {
      return html`<div class="empty">
        ${kindIcon('image')}
        <p><strong>Nothing here yet</strong>Drop a photo or a document anywhere on this page.</p>
      </div>`;
    }
    if (!this.cursor && !(this.error && !this.files.length)) return nothing;
    return html`<div class="more">
      <button ?disabled=${this.loading} @click=${this.load}>
        ${this.loading ? 'Loading…' : this.error ? 'Try again' : 'Show more'}
      </button>
    </div>`;
  }

  private question() {
    const file = this.doomed;
    return html`<dialog aria-labelledby="question" @close=${() => (this.doomed = null)}>
      ${file
        ? html`<h2 id="question">Delete <bdi>${displayName(file.name)}</bdi>?</h2>
            <p>The file goes for good, and links to it stop working.</p>
            <div>
              <button autofocus @click=${() => this.dialog.close()}>Keep</button>
              <button class="danger" @click=${() => this.removeFile(file)}>Delete</button>
            </div>`
        : nothing}
    </dialog>`;
  }
}
