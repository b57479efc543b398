import { LitElement, css, html, nothing } from 'lit';
import { customElement, query, state } from 'lit/decorators.js';
import { Client, type Delivery, ProblemError, type Session, explain } from '../client';
import type { PageEvent } from '../events';
import { logo } from '../icons';
import { controls } from '../styles';
import './signpost-grid';
import type { SignpostGrid } from './signpost-grid';
import './signpost-sign-in';
import './signpost-upload';

// The page: who is signed in, and what they see.
@customElement('signpost-app')
export class SignpostApp extends LitElement {
  static override styles = [
    controls,
    css`
      :host {
        display: block;
        min-height: 100vh;
      }
      header {
        position: sticky;
        top: 0;
        z-index: 1;
        border-bottom: 1px solid var(--line);
        background: color-mix(in srgb, var(--ground) 88%, transparent);
        backdrop-filter: blur(12px);
      }
      .bar,
      main {
        max-width: 74rem;
        margin: 0 auto;
        padding: 0 1.25rem;
      }
      .bar {
        display: flex;
        align-items: center;
        gap: 0.7rem;
        min-height: 4rem;
      }
      .bar svg {
        width: 2rem;
        height: 2rem;
        flex: none;
      }
      .name {
        font-size: 1.1rem;
        font-weight: 650;
        letter-spacing: -0.01em;
      }
      .who {
        min-width: 0;
        margin-left: auto;
        overflow: hidden;
        color: var(--muted);
        font-size: 0.925rem;
        text-overflow: ellipsis;
        white-space: nowrap;
      }
      .bar button {
        flex: none;
        margin-right: -0.95rem; /* its text stands in line with the page */
      }
      main {
        padding-top: 2rem;
        padding-bottom: 4rem;
      }
      main > .message {
        margin-bottom: 1rem;
      }
      .heading {
        display: flex;
        flex-wrap: wrap;
        align-items: end;
        justify-content: space-between;
        gap: 0.75rem 2rem;
        margin: 2.25rem 0 1.1rem;
      }
      h1 {
        margin: 0;
        font-size: 1.6rem;
        font-weight: 650;
        letter-spacing: -0.02em;
        line-height: 1.2;
      }
      .switch {
        display: flex;
        align-items: center;
        gap: 0.65rem;
        cursor: pointer;
      }
      .switch input {
        appearance: none;
        position: relative;
        flex: none;
        width: 2.75rem;
        height: 1.55rem;
        margin: 0;
        border-radius: 999px;
        background: color-mix(in srgb, var(--muted) 75%, var(--ground));
        cursor: pointer;
        transition: background 150ms;
      }
      .switch input::after {
        content: '';
        position: absolute;
        inset: 0.2rem auto 0.2rem 0.2rem;
        width: 1.15rem;
        border-radius: 50%;
        background: #fff;
        transition: translate 150ms;
      }
      .switch input:checked {
        background: var(--accent);
      }
      .switch input:checked::after {
        translate: 1.2rem 0;
      }
      .switch span {
        display: grid;
        line-height: 1.3;
      }
      .switch small {
        color: var(--muted);
        font-size: 0.825rem;
      }
      @media (max-width: 32rem) {
        .bar,
        main {
          padding-left: 1rem;
          padding-right: 1rem;
        }
        main {
          padding-top: 1.25rem;
        }
      }
      @media (max-width: 22rem) {
        .name {
          display: none;
        }
      }
    `,
  ];

  // undefined: not known yet. null: nobody.
  @state() private session: Session | null | undefined;
  @state() private delivery: Delivery = 'redirect';
  @state() private error = '';
  @state() private announcement = '';
  @query('signpost-grid') private grid?: SignpostGrid;

  private readonly client = new Client();

  override connectedCallback(): void {
    super.connectedCallback();
    this.client.addEventListener('unauthenticated', this.forget);
    void this.recognise();
  }

  override disconnectedCallback(): void {
    this.client.removeEventListener('unauthenticated', this.forget);
    super.disconnectedCallback();
  }

  private readonly forget = () => {
    if (this.session) this.announcement = 'You are signed out.';
    this.session = null;
  };

  private async recognise(): Promise<void> {
    this.error = '';
    try {
      this.session = await this.client.session();
    } catch (error) {
      // A 401 has been taken care of: the form is on the page.
      if (!(error instanceof ProblemError && error.status === 401)) this.error = explain(error);
    }
  }

  private async signOut(): Promise<void> {
    this.error = '';
    try {
      await this.client.signOut();
      this.forget();
    } catch (error) {
      if (this.session) this.error = explain(error);
    }
  }

  private readonly signedIn = (event: CustomEvent<Session>) => {
    this.error = '';
    this.session = event.detail;
    this.announcement = 'You are signed in.';
  };

  private readonly announce = (event: PageEvent<'announce'>) => {
    this.announcement = event.detail;
  };

  private readonly stored = (event: PageEvent<'file-stored'>) => this.grid?.add(event.detail);

  private readonly switchDelivery = (event: Event) => {
    this.delivery = (event.target as HTMLInputElement).checked ? 'proxy' : 'redirect';
  };

  override render() {
    return html`
      ${this.content()}
      <p class="unseen" role="status">${this.announcement}</p>
    `;
  }

  private content() {
    if (this.session) return this.files(this.session);
    if (this.session === null) {
      return html`<signpost-sign-in
        .client=${this.client}
        @signed-in=${this.signedIn}
      ></signpost-sign-in>`;
    }
    if (!this.error) return nothing;
    return html`<main>
      <p class="message" role="alert">${this.error}</p>
      <button @click=${this.recognise}>Try again</button>
    </main>`;
  }

  private files(session: Session) {
    return html`
      <header>
        <div class="bar">
          ${logo}
          <span class="name">Signpost</span>
          <span class="who" title=${session.principal}>${shortName(session.principal)}</span>
          <button class="quiet" @click=${this.signOut}>Sign out</button>
        </div>
      </header>
      <main @announce=${this.announce} @file-stored=${this.stored}>
        ${this.error ? html`<p class="message" role="alert">${this.error}</p>` : nothing}
        <signpost-upload .client=${this.client}></signpost-upload>
        <div class="heading">
          <h1>Your files</h1>
          <label class="switch">
            <input
              type="checkbox"
              role="switch"
              aria-describedby="way"
              .checked=${this.delivery === 'proxy'}
              @change=${this.switchDelivery}
            />
            <span>
              Through the server (proxy)
              <small id="way">
                ${this.delivery === 'proxy'
                  ? 'Every byte crosses the server'
                  : 'Now straight from the store, by signed URL'}
              </small>
            </span>
          </label>
        </div>
        <signpost-grid .client=${this.client} .delivery=${this.delivery}></signpost-grid>
      </main>
    `;
  }
}

// "user:local:admin" -> "admin". A subject may hold colons itself.
function shortName(principal: string): string {
  return principal.split(':').slice(2).join(':') || principal;
}
