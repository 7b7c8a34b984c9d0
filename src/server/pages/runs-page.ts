import { html } from "hono/html";
import { isFinal, RUN_STATUSES, type RunStatus } from "../../core/run-state.ts";
import type { ListRequest, RunView } from "../../protocol/client-calls.ts";
import { type Html, layout, span, time } from "./layout.ts";

const PAGE_RUNS = 50;

/** What the address of the page asks for. A status that does not exist is no filter; the page shows which one is set. */
export function runsAsked(query: URLSearchParams): ListRequest {
  const status = RUN_STATUSES.find((known) => known === query.get("status"));
  const task = query.get("task");
  const after = query.get("after");
  return {
    limit: PAGE_RUNS,
    ...(status === undefined ? {} : { statuses: [status] }),
    ...(task ? { tasks: [task] } : {}),
    ...(after ? { after } : {}),
  };
}

/** The runs, newest first. */
export function runsPage(
  asked: ListRequest,
  { runs, next }: { readonly runs: readonly RunView[]; readonly next?: string },
  now: number,
): Html {
  const [status] = asked.statuses ?? [];
  const [task] = asked.tasks ?? [];
  return layout(
    "Runs",
    html`<h1>Runs</h1>
      <nav>
        <a href="${address({ task })}">all</a>
        ${RUN_STATUSES.map((each) => html`<a href="${address({ status: each, task })}" ${each === status ? html`aria-current="page"` : ""}>${each}</a>`)}
        <form action="/" method="get">
          ${status === undefined ? "" : html`<input type="hidden" name="status" value="${status}">`}
          <input name="task" placeholder="task" aria-label="Task" value="${task ?? ""}">
          <button>Show</button>
        </form>
        <form action="/logout" method="post"><button>Sign out</button></form>
      </nav>
      ${runs.length === 0 ? html`<p>No runs here.</p>` : table(runs, now)}
      ${next === undefined ? "" : html`<p><a rel="next" href="${address({ status, task, after: next })}">Older runs</a></p>`}`,
    { isLive: asked.after === undefined },
  );
}

function table(runs: readonly RunView[], now: number): Html {
  return html`<table>
    <thead><tr><th>Run</th><th>Status</th><th>Task</th><th>Created (UTC)</th><th>Took</th></tr></thead>
    <tbody>${runs.map((run) => row(run, now))}</tbody>
  </table>`;
}

function row(run: RunView, now: number): Html {
  return html`<tr>
    <td><a href="/runs/${run.id}"><code>${run.id}</code></a></td>
    <td class="${run.status}">${run.status}</td>
    <td>${run.task}</td>
    <td>${time(run.createdAt)}</td>
    <td>${took(run, now)}</td>
  </tr>`;
}

/** From its first start to its end, waits included; of one that has not ended, up to now. */
export function took({ status, startedAt, finishedAt }: RunView, now: number): string {
  if (startedAt === undefined) return "";
  return span((isFinal(status) ? (finishedAt ?? now) : now) - startedAt);
}

function address(asked: {
  readonly status?: RunStatus | undefined;
  readonly task?: string | undefined;
  readonly after?: string;
}): string {
  const filled = Object.entries(asked).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return filled.length === 0 ? "/" : `/?${new URLSearchParams(filled)}`;
}
