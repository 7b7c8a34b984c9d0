/** Runs wait here in their code, holding their slots, until it is opened. */
export interface Gate {
  readonly passed: Promise<void>;
  open(): void;
}

export function createGate(): Gate {
  let open = () => {};
  const passed = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { passed, open: () => open() };
}

/**
 * The last runs that were started, as many as have slots. A slot is free when its run is on disk as parked or final; so once
 * all runs were started, only these can have that before them.
 */
export class LastStarted {
  readonly #limit: number;
  readonly #expected: number;
  readonly #ids: string[] = [];
  readonly #allStarted = createGate();
  #count = 0;

  constructor({ limit, expected }: { limit: number; expected: number }) {
    this.#limit = limit;
    this.#expected = expected;
  }

  started(id: string): void {
    this.#ids.push(id);
    if (this.#ids.length > this.#limit) this.#ids.shift();
    if (++this.#count === this.#expected) this.#allStarted.open();
  }

  /** Resolves when all runs were started. */
  async ids(): Promise<readonly string[]> {
    await this.#allStarted.passed;
    return [...this.#ids];
  }
}
