import type { TriggerOptions } from "../sdk/index.ts";
import { type Command, type Input, numberOf, onlyOne, textOf, textsOf, wholeOf } from "./command.ts";
import { EXIT_CODES } from "./exit-codes.ts";
import { PAYLOAD_OPTIONS, readPayload } from "./payload.ts";
import { watch } from "./watch.ts";

/** `perdure trigger <task>`. */
export const triggerCommand: Command = {
  options: {
    ...PAYLOAD_OPTIONS,
    wait: { type: "boolean", short: "w", means: "Follow the run until it is final." },
    delay: { type: "string", value: "<time>", means: 'Earliest start: "10m", or a date.' },
    ttl: { type: "string", value: "<time>", means: "Fail it as expired unless it has started by then." },
    queue: { type: "string", value: "<name>", means: "Another queue than the task's." },
    tag: { type: "string", multiple: true, value: "<tag>", means: "A tag; may be given several times." },
    priority: { type: "string", value: "<seconds>", means: "Head start over runs triggered at the same time." },
    "max-attempts": { type: "string", value: "<n>", means: "Attempts in all." },
    "idempotency-key": { type: "string", value: "<key>", means: "The same key and task lead to the first run." },
  },
  async run(input) {
    const task = onlyOne(input, "task");
    const payload = await readPayload(input);
    const handle = await input.tasks.trigger(task, payload, optionsOf(input));
    if (input.values["wait"] === true) {
      input.terminal.progress(handle.id);
      return watch(input, handle.id);
    }
    input.terminal.line(handle.isCached ? `${handle.id} (the first run with this key)` : handle.id);
    input.terminal.json({ id: handle.id, taskIdentifier: handle.taskIdentifier, isCached: handle.isCached });
    return EXIT_CODES.ok.code;
  },
};

function optionsOf(input: Input): TriggerOptions {
  const texts = {
    delay: textOf(input, "delay"),
    ttl: textOf(input, "ttl"),
    queue: textOf(input, "queue"),
    tags: textsOf(input, "tag"),
    idempotencyKey: textOf(input, "idempotency-key"),
    priority: numberOf(input, "priority", 0),
    maxAttempts: wholeOf(input, "max-attempts", 1),
  };
  return Object.fromEntries(Object.entries(texts).filter(([, given]) => given !== undefined)) as TriggerOptions;
}
