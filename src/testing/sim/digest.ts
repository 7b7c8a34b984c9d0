/** What the code of a run has seen, folded into a short text: it differs where a value does, or the order of two. */
export interface Digest {
  fold(text: string): void;
  readonly text: string;
}

/** 53 bits of the text and of what was folded before (cyrb53): short of a proof, and no two that chance makes are alike. */
export function createDigest(): Digest {
  let text = "";
  return {
    fold(more) {
      let a = 0xdeadbeef;
      let b = 0x41c6ce57;
      const whole = `${text}\n${more}`;
      for (let i = 0; i < whole.length; i++) {
        const code = whole.charCodeAt(i);
        a = Math.imul(a ^ code, 2654435761);
        b = Math.imul(b ^ code, 1597334677);
      }
      a = Math.imul(a ^ (a >>> 16), 2246822507) ^ Math.imul(b ^ (b >>> 13), 3266489909);
      b = Math.imul(b ^ (b >>> 16), 2246822507) ^ Math.imul(a ^ (a >>> 13), 3266489909);
      text = (4294967296 * (2097151 & b) + (a >>> 0)).toString(36);
    },
    get text() {
      return text;
    },
  };
}
