// What a JVM holds on its heap.
import { readlinkSync } from 'node:fs';
import path from 'node:path';
import { run } from './processes.mjs';

/** Bytes of living objects, after a full collection. */
export async function liveHeapBytes(pid) {
  const jcmd = path.join(path.dirname(readlinkSync(`/proc/${pid}/exe`)), 'jcmd');
  const histogram = await run(jcmd, [String(pid), 'GC.class_histogram']);
  return Number(/^Total\s+\d+\s+(\d+)/m.exec(histogram)[1]);
}
