/** The process in which one measurement is made: `node --expose-gc bench/child.ts <metric> <subject> <folder>` prints what it found. */
import type { MetricName, Subject } from "./metrics.ts";
import { WORKLOADS } from "./workloads/index.ts";

const [name, subject, folder = "."] = process.argv.slice(2);
const findings = await WORKLOADS[name as MetricName]({ subject: subject as Subject, folder });
console.log(JSON.stringify(findings));
// Whatever the subject has left running has nobody to run for.
process.exit(0);
