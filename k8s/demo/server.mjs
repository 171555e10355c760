// Counts each client's visits, in this process's memory and nowhere else.
import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import { hostname } from "node:os";

const visits = new Map();

const server = createServer((request, response) => {
  if (request.headers["user-agent"] === "limpet-health") {
    response.end("fine\n"); // Health checks keep no cookies, and must not fill the memory.
    return;
  }
  const shown = /(?:^|; )session=([^;]+)/.exec(request.headers.cookie ?? "")?.[1];
  const session = visits.has(shown) ? shown : randomUUID();
  const visit = (visits.get(session) ?? 0) + 1;
  visits.set(session, visit);
  response.setHeader("Set-Cookie", `session=${session}; Path=/; HttpOnly`);
  response.end(`visit ${visit}, served by ${hostname()}\n`);
});

server.listen(3000);
process.on("SIGTERM", () => server.close());
