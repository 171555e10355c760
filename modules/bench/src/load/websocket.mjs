// WebSocket messages and their echoes: a generator of our own.
import { fileURLToPath } from 'node:url';
import { run } from '../processes.mjs';

const program = fileURLToPath(new URL('../ws/echo-load.mjs', import.meta.url));

export async function echo({ url, connections, seconds, core }) {
  const port = new URL(url).port;
  return JSON.parse(await run(process.execPath, [program, port, String(connections), String(seconds)], { core }));
}
