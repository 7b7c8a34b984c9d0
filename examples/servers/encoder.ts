/**
 * Stands for a program such as ffmpeg: `node encoder.ts <source> <height> <target>` reads a file, takes its time, and writes another
 * one. Every call adds a line to the file that `ENCODER_LOG` names.
 */
import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";

const [, , source = "", height = "", target = ""] = process.argv;
const { ENCODER_LOG, ENCODER_MS = "50" } = process.env;
if (ENCODER_LOG !== undefined) appendFileSync(ENCODER_LOG, `${height}\n`);
const frames = readFileSync(source, "utf8").trimEnd().split("\n");
await pause(Number(ENCODER_MS));
writeFileSync(target, frames.map((frame) => `${frame} at ${height}p\n`).join(""));
