/** What the test kit needs beside what users get. A file of its own, since types are withheld from users by whole statements. */
export { startPerdure } from "./create-perdure.ts";
