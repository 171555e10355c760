// A name server with one name. It answers in the order that it is told, and counts.
import dgram from 'node:dgram';

export async function startDns(host, ttl) {
  const socket = dgram.createSocket('udp4');
  const state = { addresses: [], rotate: false, questions: [] };
  socket.on('message', (query, from) => {
    const end = query.indexOf(0, 12);
    const type = query.readUInt16BE(end + 1);
    const addresses = type === 1 ? state.addresses : [];
    state.questions.push({ at: performance.now(), type });
    if (type === 1 && state.rotate) {
      state.addresses = [...state.addresses.slice(1), state.addresses[0]];
    }
    const head = Buffer.alloc(12);
    head.writeUInt16BE(query.readUInt16BE(0), 0);
    head.writeUInt16BE(0x8580, 2);
    head.writeUInt16BE(1, 4);
    head.writeUInt16BE(addresses.length, 6);
    const answers = addresses.map(address => {
      const record = Buffer.alloc(16);
      record.writeUInt16BE(0xc00c, 0);
      record.writeUInt16BE(1, 2);
      record.writeUInt16BE(1, 4);
      record.writeUInt32BE(ttl, 6);
      record.writeUInt16BE(4, 10);
      address.split('.').forEach((part, i) => record.writeUInt8(Number(part), 12 + i));
      return record;
    });
    socket.send(Buffer.concat([head, query.subarray(12, end + 5), ...answers]), from.port, from.address);
  });
  await new Promise(resolve => socket.bind(53, host, resolve));
  return state;
}
