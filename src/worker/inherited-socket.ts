import { Socket } from "node:net";
import type { Duplex } from "../protocol/pipe.ts";

/** The descriptor that this process was started with, as a socket. */
export async function openInherited(fd: number): Promise<Duplex> {
  return process.versions["bun"] === undefined ? new Socket({ fd }) : openOnBun(fd);
}

/** What of Bun's own sockets is used here: its `node:net` does not take descriptors (tried with 1.4.5: "Socket is closed"). */
interface BunSocket {
  /** @returns How many bytes were taken; the rest is offered again when it says `drain`. */
  write(bytes: Uint8Array): number;
  end(): void;
}

interface BunConnect {
  connect(options: {
    readonly fd: number;
    readonly socket: {
      data(socket: BunSocket, bytes: Uint8Array): void;
      drain(socket: BunSocket): void;
      close(): void;
      error(socket: BunSocket, error: Error): void;
    };
  }): Promise<BunSocket>;
}

async function openOnBun(fd: number): Promise<Duplex> {
  const { connect } = (globalThis as unknown as { readonly Bun: BunConnect }).Bun;
  const decoder = new TextDecoder();
  const early: string[] = [];
  let onData: (text: string) => void = (text) => void early.push(text);
  const onEnd: (() => void)[] = [];
  let unsent: Uint8Array = new Uint8Array();
  const socket = await connect({
    fd,
    socket: {
      data: (_, bytes) => onData(decoder.decode(bytes, { stream: true })),
      drain: (drained) => {
        unsent = unsent.subarray(Math.max(0, drained.write(unsent)));
      },
      close: () => {
        for (const listener of onEnd) listener();
      },
      error: () => undefined,
    },
  });
  return {
    setEncoding: () => undefined,
    on(event, listener) {
      if (event !== "data") return void (event === "close" && onEnd.push(listener as () => void));
      onData = listener;
      for (const text of early.splice(0)) onData(text);
    },
    write(text) {
      const bytes = Buffer.from(text);
      const waiting = unsent.length === 0 ? bytes : Buffer.concat([unsent, bytes]);
      unsent = unsent.length === 0 ? waiting.subarray(Math.max(0, socket.write(waiting))) : waiting;
    },
    destroy: () => socket.end(),
  };
}
