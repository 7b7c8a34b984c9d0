import { defined } from "../../core/defined.ts";
import { perdureError } from "../../core/errors.ts";
import { LIMITS } from "../../core/limits.ts";
import { numberIn } from "./accept-list.ts";
import type { Answer } from "./answers.ts";

const ENTRIES = "The journal of a run";

/** A page of a run's journal: `journal`, `values`, `page[size]`, `page[after]`. */
export const JOURNAL_ANSWER: Answer = async ({ calls }, { params, query }) => {
  const page = await calls.journal({
    runId: params["runId"] ?? "",
    limit: numberIn(query, "page[size]", ENTRIES) ?? LIMITS.listEntries,
    ...defined({
      journal: numberIn(query, "journal", ENTRIES),
      after: query.get("page[after]") ?? undefined,
      withValues: withValuesIn(query),
    }),
  });
  const { journal, entries, journals, deleted, next } = page;
  const data = entries.map(({ createdAt, ...entry }) => ({ ...entry, createdAt: new Date(createdAt).toISOString() }));
  return { data, journal, journals, deleted, pagination: next === undefined ? {} : { next } };
};

function withValuesIn(query: URLSearchParams): boolean | undefined {
  const text = query.get("values") ?? "";
  if (text !== "" && text !== "true" && text !== "false")
    throw perdureError("OPTION_INVALID", { what: ENTRIES, problem: "values must be true or false" });
  return text === "" ? undefined : text === "true";
}
