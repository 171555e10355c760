import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EventParser } from '../../main/page/stream.js';

function parsed(...pieces) {
  const events = [];
  const parser = new EventParser((type, data) => events.push([type, data]));
  pieces.forEach(piece => parser.push(piece));
  return events;
}

test('events come whole, in whatever pieces and with whatever line ends', () => {
  const text = ': hello\n\nevent: live\r\ndata: {"a":1}\r\n\r\ndata: one\rdata:two\r\rid: 7\n\n';
  const whole = [['live', '{"a":1}'], ['message', 'one\ntwo']];
  assert.deepEqual(parsed(text), whole);
  assert.deepEqual(parsed(...text), whole);
});

test('an event that is not over yet is none', () => {
  assert.deepEqual(parsed('event: live\ndata: {}\n'), []);
});
