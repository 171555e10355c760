import { useEffect, useRef, useState } from 'preact/hooks';
import { ask } from './api.js';

/**
 * Asks the API for something again and again, while somebody looks. What there was stays until there is something newer.
 */
export function usePolled(path, millis) {
  const [answer, set] = useState({ body: null, failure: null });
  const again = useRef(() => {});
  useEffect(() => {
    let over = false;
    let timer;
    const look = async () => {
      clearTimeout(timer);
      if (!document.hidden) {
        try {
          const { body } = await ask(path);
          over || set({ body, failure: null });
        } catch (failure) {
          over || set(before => ({ body: before.body, failure }));
        }
      }
      if (!over && millis) {
        timer = setTimeout(look, millis);
      }
    };
    again.current = look;
    set({ body: null, failure: null });
    look();
    return () => {
      over = true;
      clearTimeout(timer);
    };
  }, [path, millis]);
  return { ...answer, refresh: () => again.current() };
}
