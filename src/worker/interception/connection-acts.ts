/**
 * Connections other than HTTP/1: databases, caches, queues, mail, WebSocket, HTTP/2. What is told is their opening, and their use by a run
 * that has not opened them: a pool lives longer than the run that filled it.
 *
 * Left alone are questions to the name service (`node:dns`): their answer chooses an address, and whatever goes there is told itself.
 */
import dgram from "node:dgram";
import http2 from "node:http2";
import net from "node:net";
import tls from "node:tls";
import type { OutwardAct } from "./outward-act.ts";
import { addressOf, hostOf } from "./outward-names.ts";

const self = (_: readonly unknown[], self: unknown) => self;
const opensSelf = (_: unknown, self: unknown) => [self];
const opensResult = (result: unknown) => [result];

export function connectionActs(): readonly OutwardAct[] {
  return [...streamActs(), ...datagramActs(), ...httpActs(), ...webSocketActs()];
}

function streamActs(): readonly OutwardAct[] {
  const form = "function";
  const tcp = { kind: "net connect", form, what: connectionTo("TCP") } as const;
  return [
    { owner: net, name: "connect", ...tcp, opens: opensResult },
    { owner: net, name: "createConnection", ...tcp, opens: opensResult },
    { owner: net.Socket.prototype, name: "connect", ...tcp, through: self, opens: opensSelf },
    {
      owner: net.Socket.prototype,
      name: "write",
      form,
      kind: "net write",
      what: (_, socket) => `a write to ${peerOf(socket as net.Socket)}`,
      isOutward: (_, socket) => !("_isStdio" in (socket as net.Socket)),
      through: self,
      opens: opensSelf,
    },
    {
      owner: net.Server.prototype,
      name: "listen",
      form,
      kind: "net listen",
      what: (args) => `a server at ${addressOf(args)}`,
    },
    {
      owner: tls,
      name: "connect",
      form,
      kind: "tls connect",
      what: connectionTo("TLS"),
      // Over a connection that is there already.
      through: (args) => args.map((given) => (given as tls.ConnectionOptions | null)?.socket).find(Boolean),
      opens: opensResult,
    },
  ];
}

function datagramActs(): readonly OutwardAct[] {
  return ["bind", "connect", "send"].map((name) => ({
    owner: dgram.Socket.prototype,
    name,
    form: "function",
    kind: "dgram",
    what: (args) => `node:dgram ${name}${name === "send" ? toReceiver(args) : ""}`,
    through: self,
    opens: opensSelf,
  }));
}

function httpActs(): readonly OutwardAct[] {
  return [
    {
      owner: http2,
      name: "connect",
      form: "function",
      kind: "http2 connect",
      what: ([authority]) => `an HTTP/2 connection to ${hostOf(authority)}`,
      opens: opensResult,
    },
    ...globalClass("EventSource", ([url]) => `an EventSource of ${hostOf(url)}`),
  ];
}

/** Of the class of HTTP/2 sessions, which no module exports: it is known once there is a session. */
export function sessionActs(session: object): readonly OutwardAct[] {
  return [
    {
      owner: Object.getPrototypeOf(session) as object,
      name: "request",
      form: "function",
      kind: "http2 request",
      what: (_, opened) => {
        const [origin] = (opened as http2.ClientHttp2Session).originSet ?? [];
        return `an HTTP/2 request${origin === undefined ? "" : ` to ${hostOf(origin)}`}`;
      },
      through: self,
    },
  ];
}

function webSocketActs(): readonly OutwardAct[] {
  const acts = globalClass("WebSocket", ([url]) => `a WebSocket to ${hostOf(url)}`);
  if (acts.length === 0) return acts;
  const send: OutwardAct = {
    owner: WebSocket.prototype,
    name: "send",
    form: "function",
    kind: "WebSocket send",
    what: (_, socket) => `a message over the WebSocket to ${hostOf((socket as WebSocket).url)}`,
    through: self,
    opens: opensSelf,
  };
  return [...acts, send];
}

/** None where this runtime has no such class. */
function globalClass(name: string, what: OutwardAct["what"]): readonly OutwardAct[] {
  if (!(name in globalThis)) return [];
  return [{ owner: globalThis, name, form: "class", kind: name, what, opens: opensResult }];
}

function connectionTo(protocol: string): OutwardAct["what"] {
  return (args) => {
    const address = addressOf(args);
    return `a ${address.startsWith("the ") ? "connection" : `${protocol} connection`} to ${address}`;
  };
}

function peerOf({ remoteAddress, remotePort }: net.Socket): string {
  return remoteAddress === undefined ? "a connection" : `the connection with ${remoteAddress}:${remotePort}`;
}

/** After the message, and perhaps offset and length, come port and address. */
function toReceiver([, ...args]: readonly unknown[]): string {
  const at = args.findLastIndex((given) => typeof given === "string");
  return at < 1 ? "" : ` to ${args[at]}:${args[at - 1]}`;
}
