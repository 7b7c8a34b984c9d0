/**
 * A step can say how it is taken back. When the run ends as failed or canceled, the undos of its steps run, latest first,
 * each as a step of its own.
 * Run it with `node examples/undo.ts`, after `npm run build`.
 */
import { AbortTaskRunError, rollback, step, task } from "perdure";
import { createPerdure } from "perdure/embedded";

const rooms = new Set<string>();

const book = task({
  id: "book-trip",
  run: async ({ city }: { city: string }) => {
    await step.run(
      "book hotel",
      () => {
        rooms.add(city);
        return { room: 12 };
      },
      {
        // Undefined when a crash came between the step's effect and its record: then look the booking up.
        undo: (booked) => {
          rooms.delete(city);
          console.log(`hotel in ${city} canceled, room ${booked?.room}`);
        },
      },
    );
    await rollback(() => console.log("traveler told"));
    throw new AbortTaskRunError("No flight left");
  },
});

const perdure = await createPerdure({ db: ":memory:", tasks: [book] });

const run = await perdure.runs.poll(await book.trigger({ city: "Lisbon" }));
console.log(`${run.status}: ${run.error?.message}; ${rooms.size} rooms booked`);
await perdure.stop();
