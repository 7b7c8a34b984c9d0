/** The page about a run's life, from the table that decides it. */
import { FINAL_STATUSES, OPEN_STATUSES, RUN_NOTES, RUN_TRANSITIONS } from "../../src/core/run-state.ts";
import { escapeCell, GENERATED, table } from "./markdown.ts";

export function stateMachinePage(): string {
  const transitions = Object.entries(RUN_TRANSITIONS);
  const code = (words: readonly string[]) => words.map((word) => `\`${word}\``).join(", ");
  return [
    "# The life of a run",
    "",
    GENERATED,
    "",
    `A run that is ${code(OPEN_STATUSES)} has work ahead; ${code(FINAL_STATUSES)} are final, and nothing leaves them.`,
    'Replaying a final run makes a new run. "Delayed" and "retrying" are not statuses: they describe a queued run whose',
    "`dueAt` lies ahead.",
    "",
    "```mermaid",
    ...diagram(),
    "```",
    "",
    "## Transitions",
    "",
    "Each is one guarded statement and one event, in one transaction.",
    "",
    ...table(
      ["Transition", "From", "To", "Event", "Why"],
      transitions.map(([name, { from, to, event, why }]) => [
        `\`${name}\``,
        code(from),
        `\`${to}\``,
        `\`${event}\``,
        escapeCell(why),
      ]),
    ),
    "",
    "## Events that change no status",
    "",
    ...table(
      ["Event", "Why"],
      Object.entries(RUN_NOTES).map(([event, why]) => [`\`${event}\``, escapeCell(why)]),
    ),
    "",
  ].join("\n");
}

/** One arrow for each pair of statuses, with the names of all transitions that go that way. */
function diagram(): string[] {
  const arrows = new Map<string, string[]>();
  for (const [name, { from, to }] of Object.entries(RUN_TRANSITIONS)) {
    for (const status of from) {
      const arrow = `${status} --> ${to}`;
      arrows.set(arrow, [...(arrows.get(arrow) ?? []), name]);
    }
  }
  return [
    "stateDiagram-v2",
    "  [*] --> queued: trigger",
    ...[...arrows].map(([arrow, names]) => `  ${arrow}: ${names.join(", ")}`),
    ...FINAL_STATUSES.map((status) => `  ${status} --> [*]`),
  ];
}
