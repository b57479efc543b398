// What several components share: buttons, fields, messages.
import { css } from 'lit';

export const controls = css`
  *,
  *::before,
  *::after {
    box-sizing: border-box;
  }
  [hidden] {
    display: none !important;
  }
  button,
  input {
    font: inherit;
    color: inherit;
  }
  button {
    display: inline-flex;
    align-items: center;
    justify-content: center;
    gap: 0.45rem;
    min-height: 2.5rem;
    padding: 0.35rem 0.95rem;
    border: 1px solid var(--line);
    border-radius: 999px;
    background: var(--surface);
    font-weight: 550;
    cursor: pointer;
    transition: background 120ms, border-color 120ms, color 120ms;
  }
  button:hover {
    border-color: var(--muted);
  }
  button:disabled {
    cursor: default;
    opacity: 0.6;
  }
  button.primary {
    border-color: transparent;
    background: var(--accent);
    color: var(--on-accent);
  }
  button.primary:hover:not(:disabled) {
    background: var(--accent-hover);
  }
  button.quiet {
    border-color: transparent;
    background: transparent;
    color: var(--muted);
  }
  button.quiet:hover:not(:disabled) {
    background: var(--sunken);
    color: var(--ink);
  }
  button.danger {
    border-color: transparent;
    background: var(--danger);
    color: var(--surface);
  }
  button.icon {
    width: 2.5rem;
    padding: 0;
  }
  button svg {
    width: 1.15rem;
    height: 1.15rem;
    flex: none;
  }
  :focus-visible {
    outline: 3px solid color-mix(in srgb, var(--accent) 65%, transparent);
    outline-offset: 2px;
  }
  .message {
    margin: 0;
    padding: 0.65rem 0.9rem;
    border-radius: 12px;
    background: var(--danger-soft);
    color: var(--danger);
    font-size: 0.925rem;
    overflow-wrap: anywhere;
  }
  .unseen {
    position: absolute;
    width: 1px;
    height: 1px;
    margin: -1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }
  @media (prefers-reduced-motion: reduce) {
    * {
      animation: none !important;
      transition: none !important;
    }
  }
`;
