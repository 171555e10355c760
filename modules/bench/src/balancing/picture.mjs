// Bars: what each server got of what its weight asks for, a row for each method.

const BAR = 14;
const ROW = 76;
const FULL = 40; // the height of a server's own share
const LEFT = 150;
const COLUMNS = { uneven: 'weights 1 1 1 1 2 2 2 2 4 4', slow: 'the first is three times as slow' };
const WIDTH = 200;

/** An SVG. */
export function picture(cases) {
  const methods = [...new Set(cases.map(({ method }) => method))];
  const names = Object.keys(COLUMNS);
  const width = LEFT + names.length * WIDTH;
  const height = 40 + methods.length * ROW;
  const parts = names.map((name, column) => `<text x="${LEFT + column * WIDTH}" y="20">${COLUMNS[name]}</text>`);
  methods.forEach((method, row) => {
    const base = 30 + (row + 1) * ROW - 14;
    parts.push(`<text x="8" y="${base}">${method}</text>`);
    names.forEach((name, column) => {
      const left = LEFT + column * WIDTH;
      const { shares } = cases.find((one) => one.method === method && one.case === name);
      shares.forEach((share, i) => {
        const tall = Math.round(share * FULL * 10) / 10;
        parts.push(`<rect x="${left + i * (BAR + 2)}" y="${base - tall}" width="${BAR}" height="${tall}"/>`);
      });
      parts.push(`<line x1="${left - 4}" x2="${left + 10 * (BAR + 2) + 2}" y1="${base - FULL}" y2="${base - FULL}"/>`);
    });
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">
<style>text { font: 12px sans-serif } rect { fill: #4a7fb5 } line { stroke: #c0392b; stroke-dasharray: 3 2 }</style>
<rect width="100%" height="100%" style="fill: #fff"/>
${parts.join('\n')}
</svg>
`;
}
