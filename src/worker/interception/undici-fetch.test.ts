import { afterAll } from "vitest";
import { describeFetch } from "../../../test/interception/describe-fetch.ts";
import { interceptUndici } from "./undici.ts";

// Got hold of before, as by a client that keeps it when it is loaded. No package of undici may be loaded here: whichever is
// first sets the dispatcher for all.
const { fetch, FormData, Headers, Request } = globalThis;

const interception = interceptUndici();
afterAll(() => interception.restore());

describeFetch("Node", { fetch, FormData, Headers, Request });
