import { LitElement, css, html, nothing } from 'lit';
import { customElement, property, query, state } from 'lit/decorators.js';
import { type Client, explain } from '../client';
import { logo } from '../icons';
import { controls } from '../styles';

// Sends `signed-in` with the session.
@customElement('signpost-sign-in')
export class SignpostSignIn extends LitElement {
  static override styles = [
    controls,
    css`
      :host {
        display: grid;
        min-height: 100vh;
        padding: 1.5rem;
        place-items: center;
        background: radial-gradient(60rem 32rem at 50% -8rem, var(--accent-soft), transparent);
      }
      main {
        width: min(100%, 24rem);
        padding: 2.25rem 2rem 2rem;
        border: 1px solid var(--line);
        border-radius: 22px;
        background: var(--surface);
        box-shadow: var(--shadow);
      }
      main > svg {
        width: 3rem;
        height: 3rem;
      }
      h1 {
        margin: 1.1rem 0 0.25rem;
        font-size: 1.5rem;
        font-weight: 650;
        letter-spacing: -0.02em;
        line-height: 1.2;
      }
      p.lead {
        margin: 0 0 1.5rem;
        color: var(--muted);
      }
      form {
        display: grid;
        gap: 1rem;
      }
      label {
        display: grid;
        gap: 0.3rem;
        font-size: 0.925rem;
        font-weight: 550;
      }
      input {
        width: 100%;
        min-height: 2.75rem;
        padding: 0.4rem 0.85rem;
        border: 1px solid color-mix(in srgb, var(--muted) 55%, var(--surface));
        border-radius: 12px;
        background: var(--ground);
        font-size: 1rem;
        font-weight: 400;
      }
      button {
        min-height: 2.9rem;
        margin-top: 0.35rem;
      }
    `,
  ];

  @property({ attribute: false }) client!: Client;
  @state() private busy = false;
  @state() private error = '';
  @query('#username') private username!: HTMLInputElement;
  @query('#password') private password!: HTMLInputElement;

  override firstUpdated(): void {
    this.username.focus();
  }

  private async submit(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    if (this.busy) return;
    this.busy = true;
    this.error = '';
    try {
      const session = await this.client.signIn(this.username.value, this.password.value);
      this.dispatchEvent(new CustomEvent('signed-in', { detail: session }));
    } catch (error) {
      this.error = explain(error);
      this.password.select();
    } finally {
      this.busy = false;
    }
  }

  override render() {
    return html`
      <main>
        ${logo}
        <h1>Signpost</h1>
        <p class="lead">Your private photos and documents.</p>
        <form @submit=${this.submit}>
          <label>
            User name
            <input
              id="username"
              name="username"
              autocomplete="username"
              autocapitalize="none"
              spellcheck="false"
              required
            />
          </label>
          <label>
            Password
            <input
              id="password"
              name="password"
              type="password"
              autocomplete="current-password"
              required
            />
          </label>
          ${this.error ? html`<p class="message" role="alert">${this.error}</p>` : nothing}
          <button class="primary" ?disabled=${this.busy}>
            ${this.busy ? 'Signing in…' : 'Sign in'}
          </button>
        </form>
      </main>
    `;
  }
}
