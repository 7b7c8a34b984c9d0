import { html } from "hono/html";
import { plainValue } from "../../core/codec.ts";
import type { Failure } from "../../core/failure.ts";
import type { RunEvent } from "../../core/run.ts";
import { isFinal } from "../../core/run-state.ts";
import type { RunView } from "../../protocol/client-calls.ts";
import { type Html, layout, time } from "./layout.ts";
import { took } from "./runs-page.ts";

/** Longer ones are cut: this page is for looking, the API has them whole. */
const SHOWN_CHARACTERS = 20_000;

/** One run with its story. */
export function runPage(
  run: RunView,
  events: readonly RunEvent[],
  { now, isCut }: { now: number; isCut: boolean },
): Html {
  return layout(
    run.id,
    html`<nav><a href="/">Runs</a></nav>
      <h1><code>${run.id}</code></h1>
      <dl>${facts(run, now).map(([name, content]) => html`<dt>${name}</dt><dd>${content}</dd>`)}</dl>
      ${run.failure === undefined ? "" : failure(run.failure)}
      ${encoded("Output", run.output)}
      ${encoded("Payload", run.payload)}
      ${run.metadata === undefined ? "" : section("Metadata", JSON.parse(run.metadata))}
      <h2>Events</h2>
      <table>
        <thead><tr><th>#</th><th>At (UTC)</th><th>Event</th><th>Attempt</th><th>Details</th></tr></thead>
        <tbody>${events.map(eventRow)}</tbody>
      </table>
      ${isCut ? html`<p>There are more: <code>perdure runs get ${run.id}</code> shows all.</p>` : ""}`,
    { isLive: !isFinal(run.status) },
  );
}

function facts(run: RunView, now: number): readonly (readonly [string, Html | string])[] {
  const all: readonly (readonly [string, Html | string | undefined])[] = [
    ["Status", html`<span class="${run.status}">${run.status}</span>`],
    ["Task", html`<a href="/?${new URLSearchParams({ task: run.task })}">${run.task}</a>`],
    ["Queue", run.queue],
    ["Attempt", `${run.attempt} of ${run.maxAttempts}`],
    ["Version", run.taskVersion],
    ["Created (UTC)", time(run.createdAt)],
    ["Due (UTC)", run.status === "queued" && run.dueAt > now ? time(run.dueAt) : undefined],
    ["Started (UTC)", run.startedAt === undefined ? undefined : time(run.startedAt)],
    ["Finished (UTC)", run.finishedAt === undefined ? undefined : time(run.finishedAt)],
    ["Took", took(run, now) || undefined],
    ["Tags", run.tags.join(", ") || undefined],
    ["Idempotency key", run.idempotencyKey],
    ["Parent", run.parentRunId === undefined ? undefined : linkTo(run.parentRunId)],
    ["Root", run.rootRunId === run.id ? undefined : linkTo(run.rootRunId)],
    ["Replay of", run.replayOfRunId === undefined ? undefined : linkTo(run.replayOfRunId)],
  ];
  return all.filter((fact): fact is readonly [string, Html | string] => fact[1] !== undefined);
}

function linkTo(runId: string): Html {
  return html`<a href="/runs/${runId}"><code>${runId}</code></a>`;
}

function failure({ name, message, stack }: Failure): Html {
  return html`<h2 class="error">${name}: ${message}</h2>${stack === undefined ? "" : html`<pre>${cut(stack)}</pre>`}`;
}

function encoded(title: string, text: string | undefined): Html | string {
  return text === undefined ? "" : section(title, plainValue(text));
}

function section(title: string, content: unknown): Html {
  return html`<h2>${title}</h2><pre>${cut(JSON.stringify(content, null, 2) ?? "undefined")}</pre>`;
}

function cut(text: string): string {
  if (text.length <= SHOWN_CHARACTERS) return text;
  return `${text.slice(0, SHOWN_CHARACTERS)}\n… and ${text.length - SHOWN_CHARACTERS} characters more`;
}

function eventRow({ seq, at, kind, attempt, details }: RunEvent): Html {
  return html`<tr><td>${seq}</td><td>${time(at)}</td><td>${kind}</td><td>${attempt}</td><td><code>${cut(details ?? "")}</code></td></tr>`;
}
