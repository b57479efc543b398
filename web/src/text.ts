// How things are shown to people.

const units = ['B', 'KB', 'MB', 'GB', 'TB'];

export function formatSize(bytes: number | null): string {
  if (bytes === null) return '';
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  const digits = unit === 0 || value >= 9.95 ? 0 : 1;
  return `${value.toFixed(digits)} ${units[unit]}`;
}

const dateFormat = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium' });
const thisYearsFormat = new Intl.DateTimeFormat(undefined, { month: 'short', day: 'numeric' });

// Without the year where it is this one: on a phone there is no room for it.
export function formatDate(rfc3339: string): string {
  const date = new Date(rfc3339);
  if (Number.isNaN(date.getTime())) return '';
  const ofThisYear = date.getFullYear() === new Date().getFullYear();
  return (ofThisYear ? thisYearsFormat : dateFormat).format(date);
}

// Characters that would make a name look like another: controls, and those that turn the
// direction of writing or are invisible ("invoice\u202Egpj.exe" would end in "exe.jpg").
const deceptive = /[\p{Cc}\u061C\u200B\u200E\u200F\u2028-\u202E\u2060-\u2069\uFEFF]/gu;

export function displayName(name: string): string {
  return name.replace(deceptive, '\uFFFD');
}

export type Kind = 'image' | 'pdf' | 'text' | 'audio' | 'video' | 'archive' | 'other';

// What every browser of today shows in an <img>.
const shownImages = /^image\/(jpeg|png|gif|webp|avif|bmp)$/;
const archives = /^application\/(zip|gzip|x-tar|x-7z-compressed|x-bzip2?|vnd\.rar|zstd)$/;

export function kindOf(contentType: string): Kind {
  const type = (contentType.split(';')[0] ?? '').trim().toLowerCase();
  if (shownImages.test(type)) return 'image';
  if (type === 'application/pdf') return 'pdf';
  if (type.startsWith('audio/')) return 'audio';
  if (type.startsWith('video/')) return 'video';
  if (archives.test(type)) return 'archive';
  if (type.startsWith('text/') || /document|msword|rtf|json$/.test(type)) return 'text';
  return 'other';
}

// "PDF", "DOCX": the end of the name, where it is a short word.
export function extensionOf(name: string): string {
  const match = /\.([A-Za-z0-9]{1,5})$/.exec(name);
  return match?.[1]?.toUpperCase() ?? '';
}
