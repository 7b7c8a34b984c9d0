import { describe, expect, it } from "vitest";
import { FETCH_PROGRAMS, type FetchClient, failingBody, upload, wholeResponse } from "./fetch-programs.ts";
import { outcomeOf, type Program, tryOut } from "./undici-outcome.ts";
import { openAskedServer } from "./undici-server.ts";
import { asRun, RecordingTape } from "./undici-tape.ts";

/** What is true of any copy of `fetch` while its requests are found. */
export function describeFetch(name: string, client: FetchClient): void {
  describe(`fetch of ${name}`, () => {
    it.each(Object.entries(FETCH_PROGRAMS))(
      "gives the same live, recorded and replayed: %s",
      async (_name, [count, program]) => {
        const { plain, recorded, replayed, tape, requests } = await tryOut((base) => program(client, base));
        expect(recorded).toEqual(plain);
        expect(replayed["in turns"]).toEqual(plain);
        expect(replayed["at once"]).toEqual(plain);
        expect(tape.urls).toHaveLength(count);
        expect(tape.unrecordedEffects).toEqual([]);
        expect(requests.recorded.filter(isAnswered)).toEqual(requests.plain.filter(isAnswered));
        expect(requests.replayed).toEqual([]);
      },
    );

    it("does not send a body that fails while it is read, and gives the same error", async () => {
      const program: Program = (base) =>
        outcomeOf(async () =>
          wholeResponse(await client.fetch(`${base}/echo`, upload(ReadableStream.from(failingBody())))),
        );
      const server = await openAskedServer();
      const tape = new RecordingTape();
      const recorded = await asRun(tape, () => program(server.base));
      // Had anything of it left, it would have come before this.
      await client.fetch(`${server.base}/echo`);
      expect(server.requests).toEqual([{ method: "GET", path: "/echo" }]);
      expect(tape.urls).toEqual([]);
      expect(recorded).toEqual(await program(server.base));
      expect(recorded).toMatchObject({ error: { cause: { name: "RangeError", message: "nothing left" } } });
      await server.close();
    });
  });
}

/** Whether one that is given up had come to the server by then is a matter of time. */
function isAnswered({ path }: { readonly path: string }): boolean {
  return path !== "/silent";
}
