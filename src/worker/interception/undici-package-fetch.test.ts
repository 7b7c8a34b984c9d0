import * as undici8 from "undici";
import * as undici6 from "undici-6";
import * as undici7 from "undici-7";
import { afterAll } from "vitest";
import { describeFetch } from "../../../test/interception/describe-fetch.ts";
import type { FetchClient } from "../../../test/interception/fetch-programs.ts";
import { interceptUndici } from "./undici.ts";

const interception = interceptUndici();
afterAll(() => interception.restore());

// Its requests go to a dispatcher of undici 8 here, which takes them from Node as well.
describeFetch("Node, beside packages", globalThis);
describeFetch("undici 8", undici8 as unknown as FetchClient);
describeFetch("undici 7", undici7 as unknown as FetchClient);
describeFetch("undici 6", undici6 as unknown as FetchClient);
