// The page's pictures. They say nothing that the text beside them does not, so all are hidden from
// screen readers.
import { html, svg, type SVGTemplateResult, type TemplateResult } from 'lit';
import type { Kind } from './text';

function line(content: SVGTemplateResult): TemplateResult {
  return html`<svg
    viewBox="0 0 24 24"
    fill="none"
    stroke="currentColor"
    stroke-width="1.7"
    stroke-linecap="round"
    stroke-linejoin="round"
    aria-hidden="true"
  >
    ${content}
  </svg>`;
}

export const logo = html`<svg viewBox="0 0 32 32" aria-hidden="true">
  <rect width="32" height="32" rx="8" fill="#1f6b4f" />
  <path d="M15 6h2v21h-2z" fill="#cfe6da" />
  <path d="M8 8h13.2l4 3.5-4 3.5H8z" fill="#f2b632" />
  <path d="M24 17H11.8L8.4 20l3.4 3H24z" fill="#fff" />
</svg>`;

export const linkIcon = line(svg`<path d="M10 14a4 4 0 0 0 5.7 0l3-3A4 4 0 0 0 13 5.3l-1 1"/>
  <path d="M14 10a4 4 0 0 0-5.7 0l-3 3A4 4 0 0 0 11 18.7l1-1"/>`);
export const trashIcon = line(svg`<path d="M4.5 7h15M10 4h4M6.5 7l.8 12a1.5 1.5 0 0 0 1.5 1.4h6.4
  A1.5 1.5 0 0 0 16.7 19l.8-12M10 11v5.5M14 11v5.5"/>`);
export const closeIcon = line(svg`<path d="M6.5 6.5l11 11M17.5 6.5l-11 11"/>`);
export const checkIcon = line(svg`<path d="M5 12.5l4.5 4.5L19 7.5"/>`);
export const retryIcon = line(svg`<path d="M19 12a7 7 0 1 1-2.2-5.1M19 4v4.5h-4.5"/>`);
export const uploadIcon = line(svg`<path d="M12 15.5V5M7.8 9 12 4.8 16.2 9"/>
  <path d="M4.5 14.5v3a2 2 0 0 0 2 2h11a2 2 0 0 0 2-2v-3"/>`);

const sheet = svg`<path d="M6.5 3.5h7l4 4v11a2 2 0 0 1-2 2h-9a2 2 0 0 1-2-2v-13a2 2 0 0 1 2-2z"/>
  <path d="M13.5 3.5v4h4"/>`;

export function kindIcon(kind: Kind): TemplateResult {
  switch (kind) {
    case 'image':
      return line(svg`<rect x="3.5" y="5" width="17" height="14" rx="2"/>
        <circle cx="8.7" cy="10" r="1.5"/><path d="M4 17l5-4.5 3.5 3L16 12l4.5 4"/>`);
    case 'audio':
      return line(svg`<path d="M9 17.5V6l9-2v11.5"/><circle cx="6.8" cy="17.5" r="2.2"/>
        <circle cx="15.8" cy="15.5" r="2.2"/>`);
    case 'video':
      return line(svg`<rect x="3.5" y="5.5" width="17" height="13" rx="2"/>
        <path d="M10.5 9.5v5l4-2.5z"/>`);
    case 'archive':
      return line(svg`${sheet}<path d="M9 6.5h1.5M10.5 9H12M9 11.5h1.5M9.2 14h2.6v3H9.2z"/>`);
    case 'pdf':
    case 'text':
      return line(svg`${sheet}<path d="M8 11.5h6M8 14.3h6M8 17h3.5"/>`);
    case 'other':
      return line(sheet);
  }
}
