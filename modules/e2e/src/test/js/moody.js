// Well until it is told otherwise: POST /500 makes every GET a 500 from then on, but for /health.
const { createServer } = require('node:http');

let mood = 200;

createServer((req, res) => {
  if (req.method === 'POST') mood = Number(req.url.slice(1));
  const status = req.method === 'GET' && req.url !== '/health' ? mood : 200;
  res.writeHead(status, { 'X-Served-By': process.env.BACKEND_NAME });
  res.end();
}).listen(Number(process.env.PORT), process.env.HOST, () => console.log('listening on', process.env.PORT));
