/** Timers of the virtual world: the earliest first, among equals the one that was set first. */
export interface TimerHeap {
  /** @returns Takes it out again. */
  push(at: number, action: () => void): () => void;
  peek(): DueTimer | undefined;
  pop(): DueTimer | undefined;
  size(): number;
}

export interface DueTimer {
  readonly at: number;
  readonly action: () => void;
}

interface Slot extends DueTimer {
  readonly order: number;
  isCleared: boolean;
}

export function createTimerHeap(): TimerHeap {
  const slots: Slot[] = [];
  let order = 0;
  let live = 0;

  function rise(from: number): void {
    for (let place = from; place > 0; ) {
      const parent = (place - 1) >> 1;
      if (!swapUnlessOrdered(parent, place)) return;
      place = parent;
    }
  }

  function sink(): void {
    for (let place = 0; ; ) {
      const left = 2 * place + 1;
      const right = left + 1;
      const child = right < slots.length && isBefore(slot(right), slot(left)) ? right : left;
      if (child >= slots.length || !swapUnlessOrdered(place, child)) return;
      place = child;
    }
  }

  function swapUnlessOrdered(parent: number, child: number): boolean {
    const [upper, lower] = [slot(parent), slot(child)];
    if (!isBefore(lower, upper)) return false;
    slots[parent] = lower;
    slots[child] = upper;
    return true;
  }

  function slot(place: number): Slot {
    return slots[place] as Slot;
  }

  function popAny(): Slot | undefined {
    const top = slots[0];
    const last = slots.pop();
    if (last !== undefined && slots.length > 0) {
      slots[0] = last;
      sink();
    }
    return top;
  }

  /** Cleared timers stay in place until they surface. */
  function peek(): Slot | undefined {
    while (slots[0]?.isCleared) popAny();
    return slots[0];
  }

  return {
    push(at, action) {
      const pushed: Slot = { at, action, order: order++, isCleared: false };
      slots.push(pushed);
      live += 1;
      rise(slots.length - 1);
      return () => {
        if (pushed.isCleared) return;
        pushed.isCleared = true;
        live -= 1;
      };
    },
    peek,
    pop() {
      const top = peek();
      if (top === undefined) return undefined;
      popAny();
      top.isCleared = true;
      live -= 1;
      return top;
    },
    size: () => live,
  };
}

function isBefore(one: Slot, other: Slot): boolean {
  return one.at < other.at || (one.at === other.at && one.order < other.order);
}
