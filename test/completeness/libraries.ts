/** What is said of each library in `docs/covered-clients.md`, beside what its cases do. */
export interface Library {
  /** As in `package.json`, which says the version; `node` for what comes with Node. */
  readonly package: string;
  /** Its own name, where `package.json` calls it something else. */
  readonly realName?: string;
  /** What is not recorded, or recorded in a way that one may not expect. */
  readonly limits?: string;
}

const CUT_STREAM = "A stream that a kill cuts is asked for again from its start.";

export const LIBRARIES: readonly Library[] = [
  {
    package: "node",
    limits: `A request leaves when its whole body is there. ${CUT_STREAM} HTTP/2 (also as an option of axios and got), WebSockets and other changes of protocol mark the run.`,
  },
  {
    package: "undici",
    limits:
      "A `RetryAgent` is one request of the journal, however often it tries. `BalancedPool`, upgrades and WebSockets mark the run.",
  },
  { package: "axios" },
  { package: "got" },
  { package: "node-fetch" },
  {
    package: "openai",
    limits: `${CUT_STREAM} A file that is read from the disk to be uploaded marks the run; the realtime API is a WebSocket.`,
  },
  { package: "@anthropic-ai/sdk", limits: CUT_STREAM },
  { package: "ai", limits: CUT_STREAM },
  { package: "ai-6", realName: "ai", limits: CUT_STREAM },
  {
    package: "@aws-sdk/client-s3",
    limits:
      "The client compares its clock with the server's: in the test kit give `start: new Date()`, or it tries again where it would not.",
  },
  { package: "resend" },
  { package: "stripe" },
  { package: "@octokit/rest" },
];
