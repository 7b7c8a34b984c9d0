/** A proxy for HTTP, and for tunnels to anywhere. */
import { once } from "node:events";
import http from "node:http";
import { connect, type Socket } from "node:net";

export interface TestProxy {
  readonly url: string;
  /** The methods of what it was asked. */
  readonly asked: string[];
  close(): Promise<void>;
}

export async function startProxy(): Promise<TestProxy> {
  const asked: string[] = [];
  const server = http.createServer((request, response) => {
    asked.push(request.method ?? "");
    const onward = http.request(request.url ?? "", { method: request.method ?? "GET", headers: request.headers });
    onward.on("response", (message) => {
      response.writeHead(message.statusCode ?? 0, message.rawHeaders);
      message.pipe(response);
    });
    request.pipe(onward);
  });
  server.on("connect", (request, socket) => {
    asked.push(request.method ?? "");
    const [host, port] = (request.url ?? "").split(":");
    const onward = connect(Number(port), host, () => {
      socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
      onward.pipe(socket).pipe(onward);
    });
    for (const end of [onward, socket]) end.on("error", () => {});
  });
  const connections = new Set<Socket>();
  server.on("connection", (socket) => {
    connections.add(socket);
    socket.on("close", () => connections.delete(socket));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  return {
    url: `http://127.0.0.1:${port}`,
    asked,
    close: async () => {
      server.close();
      // Tunnels are no connections of HTTP any more, which the server would close by itself.
      for (const socket of connections) socket.destroy();
      await once(server, "close");
    },
  };
}
