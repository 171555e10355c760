import { useEffect, useRef, useState } from 'preact/hooks';
import { Followed } from './stream.js';

const MOST = 300;
const SILENCE = 45_000;
const SHOWN_EACH = 250;

/**
 * The newest requests that fit, as the cluster tells of them. While it is paused, what comes is let go; how much, it counts.
 */
export function useTail(query, paused) {
  const [shown, show] = useState({ requests: [], skipped: 0, missed: 0, state: 'connecting', why: '' });
  const pause = useRef(paused);
  pause.current = paused;
  useEffect(() => {
    let kept = { requests: [], skipped: 0, missed: 0, state: 'connecting', why: '' };
    let timer = null;
    let n = 0;
    const set = patch => {
      kept = { ...kept, ...patch };
      timer ??= setTimeout(() => {
        timer = null;
        show(kept);
      }, SHOWN_EACH);
    };
    show(kept);
    const stream = new Followed('api/v1/requests/stream' + (query ? '?' + query : ''), {
      event(type, data) {
        const body = JSON.parse(data);
        if (type === 'skipped') {
          set({ skipped: kept.skipped + body.skipped, state: 'live' });
        } else if (type === 'request' && pause.current) {
          set({ missed: kept.missed + 1, state: 'live' });
        } else if (type === 'request') {
          set({ requests: [{ ...body, key: ++n }, ...kept.requests].slice(0, MOST), state: 'live' });
        }
      },
      lost: failure => failure && set({ state: 'lost', why: failure.message }),
      refused: refusal => set({ state: 'refused', why: refusal.message })
    }, SILENCE);
    return () => {
      stream.stop();
      clearTimeout(timer);
    };
  }, [query]);
  return shown;
}
