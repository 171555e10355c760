import { useEffect, useRef, useState } from 'preact/hooks';
import uPlot from 'uplot';
import { clock } from '../format.js';
import { series } from '../live.js';
import { useTheme } from '../theme.js';

const SPAN = 600;

const NAMES = { requests: 'requests', errors: 'errors', p50: 'p50', p99: 'p99', active: 'active' };

/**
 * The last ten minutes of some fields, with what has happened as marks. Values are read by `format`; the label says in
 * words what is to be seen.
 */
export function Chart({ of, fields, format, label, events = [], height = 150 }) {
  const room = useRef(null);
  const chart = useRef(null);
  const marks = useRef([]);
  const [hover, setHover] = useState(null);
  const theme = useTheme();
  marks.current = events;

  useEffect(() => {
    const style = getComputedStyle(room.current);
    const colour = name => style.getPropertyValue('--' + name).trim();
    const plot = new uPlot({
      width: Math.max(room.current.clientWidth, 50),
      height,
      padding: [10, 8, 0, 0],
      cursor: { y: false, points: { size: 6 }, drag: { x: false, y: false } },
      legend: { show: false },
      scales: {
        x: { time: true },
        y: { range: (u, low, high) => [0, high > 0 ? high * 1.15 : 1] }
      },
      axes: [
        {
          stroke: colour('muted'), font: '11px system-ui, sans-serif', size: 24, space: 70,
          grid: { show: false }, ticks: { stroke: colour('line'), size: 4 },
          values: (u, splits) => splits.map(split => clock(split * 1000).slice(-8, -3))
        },
        {
          stroke: colour('muted'), font: '11px system-ui, sans-serif', size: 58, space: 34,
          grid: { stroke: colour('line'), width: 1 }, ticks: { show: false },
          values: (u, splits) => splits.map(split => format(split))
        }
      ],
      series: [
        {},
        ...fields.map(field => ({
          stroke: colour(field),
          width: field === 'p50' ? 1.25 : 1.75,
          dash: field === 'p50' ? [4, 3] : undefined,
          fill: field === 'requests' ? colour('requests') + '22' : undefined,
          points: { show: false },
          spanGaps: false
        }))
      ],
      hooks: {
        drawAxes: [u => drawMarks(u, marks.current, colour)],
        setCursor: [u => setHover(u.cursor.idx == null || u.cursor.left < 0 ? null : u.cursor.idx)]
      }
    }, series.columns(of, fields), room.current);
    chart.current = plot;
    const observer = new ResizeObserver(() => {
      plot.setSize({ width: Math.max(room.current?.clientWidth ?? 50, 50), height });
    });
    observer.observe(room.current);
    return () => {
      observer.disconnect();
      plot.destroy();
      chart.current = null;
    };
  }, [theme, of, fields.join(), height]);

  useEffect(() => {
    const plot = chart.current;
    if (plot) {
      plot.batch(() => {
        plot.setData(series.columns(of, fields), false);
        plot.setScale('x', { min: series.now - SPAN, max: series.now });
      });
    }
  });

  return (
    <figure class="chart">
      <div ref={room} role="img" aria-label={label} class="chart-room" />
      <figcaption>
        {hover == null ? <Legend fields={fields} /> : <Hover plot={chart.current} at={hover} fields={fields} format={format} events={events} />}
      </figcaption>
    </figure>
  );
}

function Legend({ fields }) {
  return (
    <>
      {fields.map(field => <span key={field} class={'key ' + field}><i aria-hidden="true" />{NAMES[field]}</span>)}
      <span class="muted">last 10 minutes</span>
    </>
  );
}

function Hover({ plot, at, fields, format, events }) {
  const time = plot?.data[0][at];
  if (time == null) {
    return <Legend fields={fields} />;
  }
  const near = nearest(events, time);
  return (
    <>
      <span class="figure">{clock(time * 1000)}</span>
      {fields.map((field, i) => (
        <span key={field} class={'key ' + field}>
          <i aria-hidden="true" />{NAMES[field]} <b class="figure">{format(plot.data[i + 1][at])}</b>
        </span>
      ))}
      {near ? <span class="chart-event">{near.text}</span> : null}
    </>
  );
}

function nearest(events, time) {
  let best = null;
  for (const event of events) {
    const far = Math.abs(event.time / 1000 - time);
    if (far < 8 && (!best || far < Math.abs(best.time / 1000 - time))) {
      best = event;
    }
  }
  return best;
}

/** A dashed line for each event, with a shape on top: a triangle down where it is bad, a dot elsewhere. */
function drawMarks(u, events, colour) {
  const { ctx } = u;
  const { left, top, width, height } = u.bbox;
  const ratio = uPlot.pxRatio;
  ctx.save();
  for (const event of events) {
    const x = Math.round(u.valToPos(event.time / 1000, 'x', true));
    if (x < left || x > left + width) {
      continue;
    }
    const tint = colour(event.severity === 'error' ? 'bad' : event.severity === 'warning' ? 'warn' : 'muted');
    ctx.strokeStyle = tint;
    ctx.fillStyle = tint;
    ctx.lineWidth = ratio;
    ctx.setLineDash([2 * ratio, 3 * ratio]);
    ctx.beginPath();
    ctx.moveTo(x, top);
    ctx.lineTo(x, top + height);
    ctx.stroke();
    ctx.setLineDash([]);
    ctx.beginPath();
    if (event.severity === 'info') {
      ctx.arc(x, top, 2.5 * ratio, 0, 2 * Math.PI);
    } else {
      ctx.moveTo(x - 4 * ratio, top - 4 * ratio);
      ctx.lineTo(x + 4 * ratio, top - 4 * ratio);
      ctx.lineTo(x, top + 3 * ratio);
    }
    ctx.fill();
  }
  ctx.restore();
}

