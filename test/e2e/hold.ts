/** Another application that has the database open and does nothing with it. Started by tests with the path. */
import { createPerdure } from "../../src/embedded/index.ts";

await createPerdure({ db: process.argv[2] ?? "", tasks: [] });
console.log("ready");
setInterval(() => undefined, 60_000);
