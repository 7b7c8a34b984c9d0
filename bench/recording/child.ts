/** The process in which one measurement is made: `node --expose-gc bench/recording/child.ts <metric> <subject> <folder>` prints what it found. */
import { weighLarge, weighLargeReplay, weighWaiting } from "./footprint.ts";
import { isProgram, type RecordingFindings, type RecordingPlace, type RecordingSubject } from "./metrics.ts";
import { perform } from "./perform.ts";
import { PROGRAMS } from "./programs.ts";
import { replay } from "./replay.ts";

const [name = "", subject, folder = "."] = process.argv.slice(2);
const world = process.env["BENCH_WORLD"] ?? "";
const findings = await measure({ subject: subject as RecordingSubject, folder, world });
console.log(JSON.stringify(findings));
// Whatever the subject has left running has nobody to run for.
process.exit(0);

function measure(place: RecordingPlace): Promise<RecordingFindings> {
  if (isProgram(name)) return perform(PROGRAMS[name], place);
  if (name === "memory-large") return weighLarge(place);
  if (name === "memory-replay") return weighLargeReplay(place);
  if (name === "memory-waiting") return weighWaiting(place);
  return replay(Number(name.slice("replay-".length)), place);
}
