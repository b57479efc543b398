import { LitElement, type PropertyValues, css, html, nothing } from 'lit';
import { customElement, property, query, state } from 'lit/decorators.js';
import {
  type Client,
  type Delivery,
  type SignedUrl,
  type StoredFile,
  contentUrl,
  explain,
} from '../client';
import { tell } from '../events';
import { kindIcon, linkIcon, retryIcon, trashIcon } from '../icons';
import { controls } from '../styles';
import { displayName, extensionOf, formatDate, formatSize, kindOf } from '../text';

const tick = 250; // milliseconds

// One file: its picture or its icon, its short-lived URL, its end. Sends `file-removal`.
@customElement('signpost-file')
export class SignpostFile extends LitElement {
  static override styles = [
    controls,
    css`
      article {
        border: 1px solid var(--line);
        border-radius: var(--radius);
        background: var(--surface);
        overflow: clip; /* "hidden" would scroll to a focus that does not fit */
      }
      .picture {
        display: grid;
        place-items: center;
        aspect-ratio: 4 / 3;
        background: var(--sunken);
        color: var(--muted);
        overflow: hidden;
        text-decoration: none;
      }
      .picture:focus-visible {
        outline-offset: -4px;
        border-radius: var(--radius);
      }
      .picture img {
        width: 100%;
        height: 100%;
        object-fit: cover;
        transition: scale 250ms;
      }
      a.picture:hover img {
        scale: 1.02;
      }
      .sign {
        display: grid;
        justify-items: center;
        gap: 0.4rem;
        font-size: 0.8rem;
        font-weight: 600;
        letter-spacing: 0.05em;
        text-align: center;
      }
      .sign svg {
        width: 3rem;
        height: 3rem;
        stroke-width: 1.3;
      }
      .failed {
        padding: 0.75rem;
        font-weight: 500;
        letter-spacing: 0;
      }
      .about {
        padding: 0.75rem 0.5rem 0 0.95rem;
      }
      h2 {
        margin: 0;
        padding-right: 0.45rem;
        overflow: hidden;
        font-size: 0.975rem;
        font-weight: 600;
        text-overflow: ellipsis;
        white-space: nowrap;
      }
      .facts {
        margin: 0;
        overflow: hidden;
        color: var(--muted);
        font-size: 0.85rem;
        text-overflow: ellipsis;
        white-space: nowrap;
      }
      .tools {
        display: flex;
        justify-content: space-between;
        padding: 0.25rem 0.5rem 0.5rem 0.35rem;
      }
      .tools button {
        padding: 0.3rem 0.6rem;
        font-size: 0.925rem;
        white-space: nowrap;
      }
      .tools button.icon {
        padding: 0;
      }
      .link {
        display: grid;
        gap: 0.35rem;
        margin: 0.35rem 0.45rem 0.2rem 0;
        padding: 0.6rem;
        border-radius: 12px;
        background: var(--accent-soft);
        font-size: 0.85rem;
      }
      .link.expired {
        background: var(--sunken);
        color: var(--muted);
      }
      .link input {
        width: 100%;
        min-width: 0;
        padding: 0.3rem 0.5rem;
        border: 1px solid var(--line);
        border-radius: 8px;
        background: var(--surface);
        font: 0.8rem var(--mono);
        text-overflow: ellipsis;
      }
      .link.expired input {
        text-decoration: line-through;
      }
      .link div {
        display: flex;
        flex-wrap: wrap;
        justify-content: space-between;
        gap: 0 0.75rem;
      }
      [role='timer'] {
        font-variant-numeric: tabular-nums;
        font-weight: 600;
      }
      .message {
        margin: 0.35rem 0.45rem 0.2rem 0;
        font-size: 0.85rem;
      }
      @media (max-width: 32rem) {
        .about {
          padding-left: 0.75rem;
        }
        .tools {
          padding: 0.15rem 0.2rem 0.35rem;
        }
        .tools button:not(.icon) {
          padding: 0.3rem 0.55rem;
        }
        .tools button:not(.icon) svg {
          display: none;
        }
      }
    `,
  ];

  @property({ attribute: false }) client!: Client;
  @property({ attribute: false }) file!: StoredFile;
  @property({ attribute: false }) delivery: Delivery = 'redirect';
  @state() private link: SignedUrl | null = null;
  @state() private copied = false;
  @state() private secondsLeft = 0;
  @state() private busy = false;
  @state() private error = '';
  @state() private pictureFailed = false;
  @query('.link input') private linkField?: HTMLInputElement;

  private deadline = 0; // milliseconds, as Date.now() counts
  private timer: ReturnType<typeof setInterval> | undefined;

  override disconnectedCallback(): void {
    clearInterval(this.timer);
    this.timer = undefined;
    super.disconnectedCallback();
  }

  override connectedCallback(): void {
    super.connectedCallback();
    if (this.link) this.startCountdown();
  }

  override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has('delivery')) this.pictureFailed = false;
  }

  private async copyLink(): Promise<void> {
    this.busy = true;
    this.error = '';
    try {
      this.link = await this.client.url(this.file.id);
      this.deadline = Date.now() + this.link.life;
      this.startCountdown();
      await this.copy(this.link.url);
    } catch (error) {
      this.link = null;
      this.error = explain(error);
    } finally {
      this.busy = false;
    }
  }

  // A browser may refuse the clipboard (no secure context, no permission): then the URL stands
  // there, selected.
  private async copy(url: string): Promise<void> {
    this.copied = await (navigator.clipboard?.writeText(url) ?? Promise.reject()).then(
      () => true,
      () => false,
    );
    await this.updateComplete;
    if (!this.copied) this.linkField?.select();
    const what = this.copied ? 'The link is copied' : 'The link is selected';
    tell(this, 'announce', `${what}. It works for ${this.secondsLeft} seconds.`);
  }

  private startCountdown(): void {
    clearInterval(this.timer);
    this.timer = setInterval(this.count, tick);
    this.count();
  }

  private readonly count = () => {
    this.secondsLeft = Math.max(0, Math.ceil((this.deadline - Date.now()) / 1000));
    if (this.secondsLeft > 0) return;
    clearInterval(this.timer);
    this.timer = undefined;
    tell(this, 'announce', `The link to ${displayName(this.file.name)} has expired.`);
  };

  override render() {
    const name = displayName(this.file.name);
    const ready = this.file.state === 'ready';
    return html`<article aria-label=${name}>
      ${ready ? this.picture(name) : html`<div class="picture">${this.sign()}</div>`}
      <div class="about">
        <h2 title=${name}><bdi>${name}</bdi></h2>
        <p class="facts" title=${this.facts()}>${this.facts()}</p>
        ${this.error ? html`<p class="message" role="alert">${this.error}</p>` : nothing}
        ${this.link ? this.linkPanel(this.link) : nothing}
      </div>
      <div class="tools">
        ${ready
          ? html`<button class="quiet" ?disabled=${this.busy} @click=${this.copyLink}>
              ${linkIcon} ${this.link ? 'New link' : 'Copy link'}
              <span class="unseen">to ${name}</span>
            </button>`
          : html`<span></span>`}
        <button
          class="quiet icon"
          aria-label="Delete ${name}"
          title="Delete"
          @click=${() => tell(this, 'file-removal', this.file)}
        >
          ${trashIcon}
        </button>
      </div>
    </article>`;
  }

  private facts(): string {
    const states = { ready: '', pending: 'Not finished', failed: 'Failed' };
    const { size, created_at, state } = this.file;
    return [states[state], formatSize(size), formatDate(created_at)].filter(Boolean).join(' · ');
  }

  private picture(name: string) {
    const url = contentUrl(this.file.id, this.delivery);
    if (this.pictureFailed) {
      return html`<div class="picture">
        <div class="sign failed">
          The picture could not be loaded.
          <button @click=${() => (this.pictureFailed = false)}>${retryIcon} Try again</button>
        </div>
      </div>`;
    }
    const isImage = kindOf(this.file.content_type) === 'image';
    return html`<a class="picture" href=${url} target="_blank" rel="noopener" title="Open">
      ${isImage
        ? html`<img
            src=${url}
            alt=${name}
            loading="lazy"
            decoding="async"
            @error=${() => (this.pictureFailed = true)}
          />`
        : html`${this.sign()}<span class="unseen">Open ${name}</span>`}
    </a>`;
  }

  private sign() {
    return html`<span class="sign">
      ${kindIcon(kindOf(this.file.content_type))} ${extensionOf(this.file.name)}
    </span>`;
  }

  private linkPanel(link: SignedUrl) {
    const expired = this.secondsLeft === 0;
    return html`<div class="link ${expired ? 'expired' : ''}">
      <input
        readonly
        aria-label="Link to ${displayName(this.file.name)}"
        .value=${link.url}
        @focus=${(event: Event) => (event.target as HTMLInputElement).select()}
      />
      <div>
        <span>${expired ? '' : this.copied ? 'Copied' : 'Copy it from here'}</span>
        <span role="timer">${expired ? 'expired' : `expires in ${this.secondsLeft} s`}</span>
      </div>
    </div>`;
  }
}
