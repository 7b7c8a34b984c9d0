import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";

/** A way to a server on which the answers to the first requests that `loses` names get lost, after the server gave them. */
export async function startLossyProxy(target: string, loses: (path: string) => boolean) {
  const lost: string[] = [];
  const proxy = createServer((incoming, outgoing) => {
    const { method, headers, url: path = "" } = incoming;
    const onward = request(`${target}${path}`, { method, headers }, (answer) => {
      if (!lost.includes(path) && loses(path)) {
        lost.push(path);
        answer.resume().on("end", () => incoming.socket.destroy());
        return;
      }
      outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(outgoing);
    });
    incoming.pipe(onward);
  });
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    lost,
    async close() {
      proxy.closeAllConnections();
      await new Promise((resolve) => proxy.close(resolve));
    },
  };
}
