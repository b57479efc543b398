// Photographs, painted in the browser so that they are real JPEGs and PNGs, and a real PDF.

// Runs in the page. Hills under a sky, with some noise, so that the file is no toy for a codec.
async function paint({ width, height, type, seed, grain }) {
  let state = Math.imul(seed + 1, 2654435761) >>> 0;
  const random = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  const canvas = document.createElement('canvas');
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext('2d');
  const hue = random() * 360;
  const sky = context.createLinearGradient(0, 0, 0, height);
  sky.addColorStop(0, `hsl(${hue} 55% 62%)`);
  sky.addColorStop(0.7, `hsl(${hue + 45} 75% 84%)`);
  context.fillStyle = sky;
  context.fillRect(0, 0, width, height);
  context.fillStyle = `hsl(${hue + 60} 95% 93%)`;
  context.beginPath();
  context.arc(width * (0.2 + 0.6 * random()), height * 0.3, height * 0.09, 0, 2 * Math.PI);
  context.fill();
  for (let hill = 0; hill < 4; hill += 1) {
    const [a, b, c] = [random() * 6, random() * 3 + 2, random() * 9 + 5];
    context.fillStyle = `hsl(${hue + 130 + hill * 12} ${28 + hill * 5}% ${58 - hill * 13}%)`;
    context.beginPath();
    context.moveTo(0, height);
    for (let x = 0; x <= width; x += 4) {
      const wave = Math.sin(a + (b * x) / width) * 0.07 + Math.sin((c * x) / width) * 0.02;
      context.lineTo(x, height * (0.52 + hill * 0.12 + wave));
    }
    context.lineTo(width, height);
    context.fill();
  }
  const pixels = context.getImageData(0, 0, width, height);
  for (let i = 0; i < pixels.data.length; i += 1) pixels.data[i] += (random() - 0.5) * grain;
  context.putImageData(pixels, 0, 0);
  const blob = await new Promise((resolve) => canvas.toBlob(resolve, type, 0.9));
  return Array.from(new Uint8Array(await blob.arrayBuffer()));
}

// {name, mimeType, buffer, width, height}, as Playwright takes files.
export async function makePhoto(browser, name, { width = 1200, height = 800, seed = 1, grain = 14 } = {}) {
  const mimeType = name.endsWith('.png') ? 'image/png' : 'image/jpeg';
  const page = await browser.newPage();
  const bytes = await page.evaluate(paint, { width, height, type: mimeType, seed, grain });
  await page.close();
  return { name, mimeType, buffer: Buffer.from(bytes), width, height };
}

export function makePdf(name, text = 'Signpost') {
  const stream = `BT /F1 24 Tf 72 720 Td (${text}) Tj ET`;
  const objects = [
    '<< /Type /Catalog /Pages 2 0 R >>',
    '<< /Type /Pages /Kids [3 0 R] /Count 1 >>',
    '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R' +
      ' /Resources << /Font << /F1 5 0 R >> >> >>',
    `<< /Length ${stream.length} >>\nstream\n${stream}\nendstream`,
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>',
  ];
  let body = '%PDF-1.4\n';
  const offsets = objects.map((object, i) => {
    const at = body.length;
    body += `${i + 1} 0 obj\n${object}\nendobj\n`;
    return at;
  });
  const rows = offsets.map((at) => `${String(at).padStart(10, '0')} 00000 n \n`).join('');
  const start = body.length;
  body += `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${rows}`;
  body += `trailer\n<< /Size ${objects.length + 1} /Root 1 0 R >>\nstartxref\n${start}\n%%EOF\n`;
  return { name, mimeType: 'application/pdf', buffer: Buffer.from(body, 'latin1') };
}
