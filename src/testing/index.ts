/**
 * The test kit: Perdure in memory and on virtual time, for the tests of people who build on it. A ten-day wait is a
 * one-millisecond test, and every wait continues by replay, so code that a crash would break fails here.
 *
 * `test-perdure.ts` assembles the embedded mode over a store in memory and the virtual world of `virtual-env.ts`; `driver.ts`
 * lets time pass, and stands still while user code does real work; `mortal.ts` is a worker's place that can end like a killed
 * process. The simulator of our own tests, `sim/`, shares the virtual world and is no part of what users get.
 */
export { createTestPerdure, type TestPerdure, type TestPerdureOptions } from "./test-perdure.ts";
