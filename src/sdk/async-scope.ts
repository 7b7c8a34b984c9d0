/** Something that holds in a function and in whatever it waits for. */
export interface AsyncScope<Held> {
  current(): Held | undefined;
  run<Result>(held: Held, fn: () => Promise<Result>): Promise<Result>;
}

interface Storage<Held> {
  getStore(): Held | undefined;
  run<Result>(held: Held, fn: () => Result): Result;
}

/** With the runtime's `AsyncLocalStorage`; without one, as in a page, for one function at a time. */
export function createAsyncScope<Held>(): AsyncScope<Held> {
  const Storage = findStorage<Held>();
  if (Storage !== undefined) {
    const storage = new Storage();
    return { current: () => storage.getStore(), run: (held, fn) => storage.run(held, fn) };
  }
  let current: Held | undefined;
  return {
    current: () => current,
    async run(held, fn) {
      const before = current;
      current = held;
      try {
        return await fn();
      } finally {
        current = before;
      }
    },
  };
}

/** Asked for rather than imported: this code must also load where there is none. */
function findStorage<Held>(): (new () => Storage<Held>) | undefined {
  type Module = { readonly AsyncLocalStorage?: new () => Storage<Held> };
  const { process, AsyncLocalStorage } = globalThis as Module & {
    readonly process?: { readonly getBuiltinModule?: (name: string) => Module | undefined };
  };
  return AsyncLocalStorage ?? process?.getBuiltinModule?.("node:async_hooks")?.AsyncLocalStorage;
}
