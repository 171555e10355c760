// A DNS server that knows what its arguments say, and nothing else:
//
//   node dns.js ADDRESS NAME=ADDRESS,ADDRESS NAME=ADDRESS ...
//
// Each answer has the addresses of a name in another order, as most DNS servers have it.
const { createSocket } = require('node:dgram');

const [bind, ...known] = process.argv.slice(2);
const names = new Map(known.map((entry) => entry.split('=')).map(([name, all]) => [name, all.split(',')]));

const A = 1;
const NO_SUCH_NAME = 3;
const TTL = 1;
let turn = 0;

function answer(query) {
  const labels = [];
  let at = 12;
  for (; query[at] !== 0; at += query[at] + 1) labels.push(query.toString('latin1', at + 1, at + 1 + query[at]));
  const question = query.subarray(12, at + 5);
  const addresses = names.get(labels.join('.').toLowerCase());
  const found = query.readUInt16BE(at + 1) === A && addresses ? rotated(addresses) : [];
  const head = Buffer.from(query.subarray(0, 12));
  head.writeUInt16BE(0x8580 | (addresses ? 0 : NO_SUCH_NAME), 2); // an answer, with authority
  head.writeUInt16BE(found.length, 6);
  head.writeUInt32BE(0, 8);
  const records = found.map((address) =>
    Buffer.from([0xc0, 12, 0, A, 0, 1, 0, 0, 0, TTL, 0, 4, ...address.split('.').map(Number)]),
  );
  return Buffer.concat([head, question, ...records]);
}

function rotated(addresses) {
  const first = turn++ % addresses.length;
  return [...addresses.slice(first), ...addresses.slice(0, first)];
}

const socket = createSocket('udp4', (query, from) => socket.send(answer(query), from.port, from.address));
socket.bind(53, bind, () => console.log('listening on', bind));
