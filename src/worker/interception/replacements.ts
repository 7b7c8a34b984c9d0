/** A function of the runtime, whatever its parameters: what replaces it passes them on as they came. */
// biome-ignore lint/suspicious/noExplicitAny: parameters of any function are those of no other type.
export type AnyFunction = (this: any, ...args: any[]) => any;

/**
 * Functions of the runtime that were replaced. Each is looked up when it is replaced, so what others put in its place
 * before is kept and called; what others put in our place later is left alone when ours is taken back.
 */
export class Replacements {
  readonly #undos: (() => void)[] = [];
  readonly #ours = new Map<AnyFunction, AnyFunction>();

  /**
   * Replaces the function `owner[name]` by one that looks alike. Does nothing where this runtime has no such function.
   * What is one function in several places remains one.
   */
  method(owner: object, name: string, make: (original: AnyFunction) => AnyFunction): void {
    const before = Object.getOwnPropertyDescriptor(owner, name);
    const original: unknown = Reflect.get(owner, name);
    if (before === undefined || !isChangeable(before) || typeof original !== "function") return;
    const ours =
      this.#ours.get(original as AnyFunction) ?? lookAlike(make(original as AnyFunction), original as AnyFunction);
    this.#ours.set(original as AnyFunction, ours);
    this.property(owner, name, { value: ours, writable: true });
  }

  /** Replaces the function `instance[name]` where it is defined, be it the instance itself or its prototype. */
  methodOf(instance: object, name: string, make: (original: AnyFunction) => AnyFunction): void {
    let owner: object | null = instance;
    while (owner !== null && !Object.hasOwn(owner, name)) owner = Object.getPrototypeOf(owner);
    if (owner !== null) this.method(owner, name, make);
  }

  /** Replaces a property that may be changed, and keeps whether it is listed. */
  property(owner: object, name: string, ours: PropertyDescriptor): void {
    const before = Object.getOwnPropertyDescriptor(owner, name);
    if (before === undefined) return;
    const { configurable = false, enumerable = false } = before;
    Object.defineProperty(owner, name, { ...ours, configurable, enumerable });
    this.#undos.push(() => {
      const now = Object.getOwnPropertyDescriptor(owner, name);
      if (now?.value === ours.value && now?.get === ours.get) Object.defineProperty(owner, name, before);
    });
  }

  restore(): void {
    for (const undo of this.#undos.splice(0).reverse()) undo();
  }
}

function isChangeable({ configurable, writable }: PropertyDescriptor): boolean {
  return configurable === true || writable === true;
}

/** Name, number of parameters, and what hangs on the function, such as its promisified form, where ours has none. */
function lookAlike(ours: AnyFunction, original: AnyFunction): AnyFunction {
  for (const key of Reflect.ownKeys(original)) {
    const own = Object.getOwnPropertyDescriptor(original, key);
    const isOurs = Object.hasOwn(ours, key) && key !== "name" && key !== "length";
    if (own !== undefined && !isOurs && key !== "prototype") Object.defineProperty(ours, key, own);
  }
  return ours;
}
