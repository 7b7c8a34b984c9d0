import type { ClientCase } from "./client-case.ts";
import { httpClients } from "./http-clients.ts";
import { modelClients } from "./model-clients.ts";
import { serviceClients } from "./service-clients.ts";

export const clients: readonly ClientCase[] = [...modelClients, ...serviceClients, ...httpClients];
