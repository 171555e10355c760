// As much of RFC 6455 as the echo needs: unfragmented messages of up to 125 bytes.
import { createHash } from 'node:crypto';

const HEADER = 2;
const MASK = 4;

export function acceptKey(key) {
  return createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
}

/** What a client begins with; the key may be a constant, as the mask. */
export function openingRequest(port) {
  return (
    `GET /echo HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n'
  );
}

/** A text frame as a client sends it. The mask may be a constant here: nothing depends on its secrecy. */
export function maskedText(text) {
  const payload = Buffer.from(text);
  const mask = Buffer.from([0x11, 0x22, 0x33, 0x44]);
  return Buffer.concat([Buffer.from([0x81, 0x80 | payload.length]), mask, masked(payload, mask)]);
}

/** The whole frames at the start of the bytes: opcode and unmasked payload; and the bytes behind them. */
export function readFrames(bytes) {
  const frames = [];
  let at = 0;
  while (bytes.length - at >= HEADER) {
    const isMasked = bytes[at + 1] >= 0x80;
    const length = bytes[at + 1] & 0x7f;
    if (length > 125) {
      throw new Error(`a frame of more than 125 bytes: length code ${length}`);
    }
    const start = at + HEADER + (isMasked ? MASK : 0);
    if (bytes.length < start + length) {
      break;
    }
    const payload = bytes.subarray(start, start + length);
    const mask = bytes.subarray(at + HEADER, start);
    frames.push({ opcode: bytes[at] & 0x0f, payload: isMasked ? masked(payload, mask) : payload });
    at = start + length;
  }
  return { frames, rest: bytes.subarray(at) };
}

/** Masking twice gives the payload back. */
function masked(payload, mask) {
  return payload.map((byte, i) => byte ^ mask[i % MASK]);
}

/** A frame as a server sends it. */
export function unmasked(opcode, payload) {
  return Buffer.concat([Buffer.from([0x80 | opcode, payload.length]), payload]);
}
