/** Programs with clients of other services. */
import { Readable } from "node:stream";
import { GetObjectCommand, PutObjectCommand, paginateListObjectsV2, S3Client } from "@aws-sdk/client-s3";
import { Octokit } from "@octokit/rest";
import { Resend } from "resend";
import Stripe from "stripe";
import { type ClientCase, casesOf } from "./client-case.ts";
import { startGitHubServer } from "./github-server.ts";
import { startMailServer } from "./mail-server.ts";
import { startS3Server } from "./s3-server.ts";
import { startStripeServer } from "./stripe-server.ts";

/** So long that it is read as a stream. */
const LONG = "0123456789abcdef".repeat(2 ** 17);
const Bucket = "reports";

const s3 = casesOf(
  {
    package: "@aws-sdk/client-s3",
    server: startS3Server,
    client: (url) =>
      new S3Client({
        endpoint: url,
        region: "eu-north-1",
        forcePathStyle: true,
        credentials: { accessKeyId: "none", secretAccessKey: "none" },
      }),
  },
  {
    "objects are put, read and listed in pages": {
      run: async (client) => {
        for (const Key of ["a", "b", "c"])
          await client.send(new PutObjectCommand({ Bucket, Key, Body: `Report ${Key}` }));
        const { Body } = await client.send(new GetObjectCommand({ Bucket, Key: "b" }));
        const text = await Body?.transformToString();
        const pages: unknown[] = [];
        for await (const { Contents = [] } of paginateListObjectsV2({ client, pageSize: 2 }, { Bucket }))
          pages.push(Contents.map(({ Key, Size }) => [Key, Size]));
        return [text, pages];
      },
    },
    "a long object is put, and read as a stream": {
      inFlight: 1,
      run: async (client) => {
        const { ETag } = await client.send(new PutObjectCommand({ Bucket, Key: "long", Body: Buffer.from(LONG) }));
        const { Body } = await client.send(new GetObjectCommand({ Bucket, Key: "long" }));
        return [ETag, (await Body?.transformToString()) === LONG];
      },
    },
    "a stream is put": {
      run: async (client) => {
        const Body = Readable.from([Buffer.from("Rain before noon, "), Buffer.from("sun after it.")]);
        await client.send(new PutObjectCommand({ Bucket, Key: "a", Body, ContentLength: 31 }));
        return (await client.send(new GetObjectCommand({ Bucket, Key: "a" }))).Body?.transformToString();
      },
    },
    "its own retries": {
      server: () => startS3Server(2),
      run: async (client) => (await client.send(new PutObjectCommand({ Bucket, Key: "a", Body: "Report a" }))).ETag,
    },
    "an error": {
      run: (client) =>
        client.send(new GetObjectCommand({ Bucket, Key: "none" })).catch((error: Error) => [error.name, error.message]),
    },
  },
);

const mailTo = (name: string) => ({
  from: "Reports <reports@example.org>",
  to: `${name}@example.org`,
  subject: `For ${name}`,
  text: "Rain before noon.",
});

const resend = casesOf(
  {
    package: "resend",
    server: () => startMailServer(),
    client: (url) => new Resend("re_none", { baseUrl: url }),
  },
  {
    "mails are sent": {
      run: async (client) => {
        const { data: one } = await client.emails.send(mailTo("ada"), { idempotencyKey: "welcome-ada" });
        const { data: many } = await client.batch.send([mailTo("bob"), mailTo("cyd")]);
        return [one, many, (await client.emails.get(one?.id ?? "")).data?.subject];
      },
    },
    "one is refused": {
      server: () => startMailServer({ refusals: 1 }),
      run: async (client) => [
        (await client.emails.send(mailTo("ada"))).error?.name,
        (await client.emails.send(mailTo("ada"))).data,
      ],
    },
  },
);

const stripeVia = (via: string, httpClient: () => Stripe.HttpClient) =>
  casesOf(
    {
      package: "stripe",
      server: () => startStripeServer(),
      client: (url) => {
        const { hostname, port } = new URL(url);
        return new Stripe("sk_test_none", {
          host: hostname,
          port,
          protocol: "http",
          httpClient: httpClient(),
          maxNetworkRetries: 2,
        });
      },
    },
    {
      [`customers are created with keys, and listed in pages, over ${via}`]: {
        run: async (client) => {
          for (const name of ["Ada", "Bob", "Cyd"])
            await client.customers.create({ name }, { idempotencyKey: `customer-${name}` });
          const names: unknown[] = [];
          for await (const { name } of client.customers.list({ limit: 2 })) names.push(name);
          return names;
        },
      },
      [`its own retries, with a key that it makes itself, over ${via}`]: {
        server: () => startStripeServer(2),
        run: async (client) => (await client.customers.create({ name: "Ada" })).id,
      },
    },
  );

const silent = () => undefined;
const SILENT = { debug: silent, info: silent, warn: silent, error: silent };

const octokit = casesOf(
  {
    package: "@octokit/rest",
    server: () => startGitHubServer(5),
    client: (url) => new Octokit({ baseUrl: url, auth: "none", log: SILENT }),
  },
  {
    "issues in pages, and a new one": {
      run: async ({ paginate, rest }) => {
        const repository = { owner: "ada", repo: "engine" };
        const all = await paginate(rest.issues.listForRepo, { ...repository, per_page: 2 });
        const { data } = await rest.issues.create({ ...repository, title: `After ${all.length}` });
        return [all.map(({ title }) => title), data.number];
      },
    },
    "an error": {
      run: ({ rest }) =>
        rest.repos
          .get({ owner: "ada", repo: "none" })
          .catch(({ name, status }: { name: string; status: number }) => [name, status]),
    },
  },
);

export const serviceClients: readonly ClientCase[] = [
  ...s3,
  ...resend,
  ...stripeVia("node:http", () => Stripe.createNodeHttpClient()),
  ...stripeVia("fetch", () => Stripe.createFetchHttpClient()),
  ...octokit,
];
