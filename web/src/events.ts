// What components tell those around them. All go up through shadow roots.
import type { StoredFile } from './client';

export interface PageEvents {
  'file-stored': StoredFile;
  'file-removal': StoredFile; // a person asks for it; nothing is removed yet
  announce: string; // for screen readers
}

export function tell<Name extends keyof PageEvents>(
  from: EventTarget,
  name: Name,
  detail: PageEvents[Name],
): void {
  from.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true }));
}

export type PageEvent<Name extends keyof PageEvents> = CustomEvent<PageEvents[Name]>;
