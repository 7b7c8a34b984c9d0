/** Requests by `node:http` itself, and everything that they say of themselves. */
import type { ClientRequest } from "node:http";
import { errorFacts } from "./three-ways.ts";

/** What a request told those who listened to it, in that order. */
export type Story = readonly (readonly unknown[])[];

/** Listens to a request and its response until both are closed. */
export function storyOf(request: ClientRequest): Promise<Story> {
  const story: unknown[][] = [];
  const chunks: Buffer[] = [];
  return new Promise((resolve) => {
    // Which of the two is closed first depends on how bytes are cut into packets.
    let open = 1;
    const close = () => {
      open -= 1;
      if (open === 0) resolve([...story, ["body", String(Buffer.concat(chunks))]]);
    };
    for (const event of ["socket", "finish", "continue", "timeout", "abort"]) {
      request.on(event, () => story.push([event]));
    }
    request.on("error", (error) => story.push(["error", errorFacts(error)]));
    request.on("close", close);
    request.on("response", (response) => {
      open += 1;
      const { statusCode, statusMessage, rawHeaders, headers, httpVersion } = response;
      story.push(["response", { statusCode, statusMessage, rawHeaders, headers, httpVersion }]);
      response.on("data", (bytes: Buffer) => chunks.push(bytes));
      for (const event of ["end", "aborted"]) {
        response.on(event, () => story.push([`response ${event}`, response.complete]));
      }
      response.on("error", (error) => story.push(["response error", errorFacts(error)]));
      response.on("close", () => {
        story.push(["response close", response.complete, response.aborted]);
        close();
      });
    });
  });
}
