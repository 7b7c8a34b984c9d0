import type { Entry } from "../../core/entry.ts";
import { nextTurn } from "../../core/env.ts";
import type { Execution } from "../execution.ts";
import type { Hearer } from "./effects.ts";
import { readChunks, readEnd, readHead, readRejection, readResponse } from "./recorded-http.ts";
import { tellEnd, tellWhole } from "./response.ts";

/** Lets the code's client hear an answer from the records as it heard it the first time. */
export class Playback {
  readonly #execution: Execution;
  readonly #hearer: Hearer;
  readonly #code: { readonly heard: (tell: () => unknown) => void; readonly ended: () => void };

  /** @param code - `heard` tells it something, unless it has given the request up; `ended` says that nothing follows. */
  constructor(
    execution: Execution,
    hearer: Hearer,
    code: { readonly heard: (tell: () => unknown) => void; readonly ended: () => void },
  ) {
    this.#execution = execution;
    this.#hearer = hearer;
    this.#code = code;
  }

  /** A whole answer, a rejection, or the head of what comes in parts. */
  deliver({ kind, key, outcome, result = "" }: Entry): void {
    if (kind === "head") {
      this.#execution.journal.hearParts(key, (part) => this.#deliverPart(part));
      this.#code.heard(() => this.#hearer.head(readHead(result)));
      return;
    }
    if (outcome === "failed") {
      this.#code.heard(() => this.#hearer.fail(readRejection(result)));
    } else {
      const { head, body } = readResponse(result);
      this.#code.heard(() => tellWhole(this.#hearer, head, body));
    }
    this.#code.ended();
  }

  /** Chunk by chunk, each in a turn of its own, as they came the first time. */
  async #deliverPart({ kind, key, result = "" }: Entry): Promise<void> {
    if (kind === "end") {
      this.#code.heard(() => tellEnd(this.#hearer, readEnd(result)));
      this.#code.ended();
      return;
    }
    for (const [i, chunk] of readChunks(result).entries()) {
      if (i > 0) {
        await nextTurn(this.#execution.deps.env);
        this.#execution.effects?.enterStretch(key);
      }
      this.#code.heard(() => this.#hearer.chunk(chunk));
    }
  }
}
