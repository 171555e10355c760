// Says its name. GET /busy?3000 keeps the event loop busy for so long, as a large JSON.parse does.
const { createServer } = require('node:http');

createServer((req, res) => {
  const [path, ms] = req.url.split('?');
  const end = Date.now() + (path === '/busy' ? Number(ms) : 0);
  while (Date.now() < end);
  res.end(process.env.BACKEND_NAME);
}).listen(Number(process.env.PORT), process.env.HOST, () => console.log('listening on', process.env.PORT));
