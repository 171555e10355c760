import { series } from '../live.js';

const POINTS = 120;
const W = 120;
const H = 28;

/** The last two minutes of two fields as lines without axes; what they say stands beside them as numbers. */
export function Spark({ of, fields, label }) {
  const [times, ...columns] = series.columns(of, fields, POINTS);
  const end = series.now;
  let top = 0;
  for (const column of columns) {
    for (const value of column) {
      top = Math.max(top, value ?? 0);
    }
  }
  return (
    <svg class="spark" viewBox={`0 0 ${W} ${H}`} preserveAspectRatio="none" role="img" aria-label={label}>
      {columns.map((column, i) => fields[i] === 'errors' && !column.some(value => value > 0) ? null : <path key={fields[i]} class={fields[i]} d={line(times, column, end, top)} />)}
    </svg>
  );
}

function line(times, values, end, top) {
  let path = '';
  let pen = false;
  for (let i = 0; i < times.length; i++) {
    const x = W - (end - times[i]) * W / POINTS;
    if (values[i] == null || x < 0) {
      pen = false;
      continue;
    }
    const y = H - 2 - (top > 0 ? values[i] / top : 0) * (H - 4);
    path += `${pen ? 'L' : 'M'}${x.toFixed(1)} ${y.toFixed(1)}`;
    pen = true;
  }
  return path;
}
