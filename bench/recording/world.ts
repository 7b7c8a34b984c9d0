/**
 * What the programs ask, in a process of its own so that its work is nobody's: `node bench/recording/world.ts` says its address by IPC.
 * `/small` and `/large` answer with JSON of some 200 bytes and of 1 MB, `/stream/<n>` with so many chunks, each in a turn of its own.
 */
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

const SMALL = JSON.stringify({ text: "x".repeat(180) });
const LARGE = JSON.stringify({ lines: Array.from({ length: 8_192 }, (_, i) => `${i}: ${"y".repeat(112)}`) });
const CHUNK = `data: ${"z".repeat(90)}\n\n`;

const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
  const [, route = "", count = "0"] = (request.url ?? "").split("/");
  request.resume().on("end", () => {
    if (route === "stream") return stream(response, Number(count));
    const text = route === "large" ? LARGE : SMALL;
    response.writeHead(200, { "content-type": "application/json", "content-length": text.length }).end(text);
  });
});
server.listen(0, "127.0.0.1", () => process.send?.(`http://127.0.0.1:${(server.address() as AddressInfo).port}`));
// Nobody asks any more.
process.on("disconnect", () => process.exit());

function stream(response: ServerResponse, left: number): void {
  if (left === 0) return void response.end();
  response.write(CHUNK);
  setImmediate(stream, response, left - 1);
}
