/** First in, first out. An array's `shift` moves all that is left; this one moves it only once half of it is gone. */
export interface Fifo<T> {
  readonly length: number;
  push(element: T): void;
  shift(): T | undefined;
  /** The element that so many `shift`s from now would give. */
  at(position: number): T | undefined;
}

const SHORT = 1_024;

export function createFifo<T>(): Fifo<T> {
  let elements: (T | undefined)[] = [];
  let head = 0;
  return {
    get length() {
      return elements.length - head;
    },
    at: (position) => elements[head + position],
    push: (element) => void elements.push(element),
    shift() {
      if (head === elements.length) return undefined;
      const element = elements[head];
      elements[head++] = undefined;
      if (head > SHORT && head * 2 > elements.length) {
        elements = elements.slice(head);
        head = 0;
      }
      return element;
    },
  };
}
