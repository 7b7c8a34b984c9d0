import { type Command, onlyOne } from "./command.ts";
import { watch } from "./watch.ts";

/** `perdure runs watch <run>`. */
export const runsWatchCommand: Command = {
  options: {},
  run: (input) => watch(input, onlyOne(input, "run")),
};
