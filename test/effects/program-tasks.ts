/** The programs as a worker process loads them: each task under a name of its own. */
import type { AnyTask } from "../../src/sdk/index.ts";
import { allPrograms, programTasks } from "./programs.ts";

export { digestOne } from "./programs.ts";

const byLetter = new Map(allPrograms.map(({ letter }, i) => [letter, programTasks[i] as AnyTask]));
const named = (letter: string) => byLetter.get(letter) as AnyTask;

export const programA = named("a");
export const programB = named("b");
export const programC = named("c");
export const programD = named("d");
export const programE = named("e");
export const programF = named("f");
export const programG = named("g");
export const programH = named("h");
export const programI = named("i");
export const programJ = named("j");
export const programK = named("k");
export const programL = named("l");
export const programM = named("m");
export const programN = named("n");
export const programO = named("o");
export const programP = named("p");
export const programR = named("r");
export const programS = named("s");
export const programT = named("t");
