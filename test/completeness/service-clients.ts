/** Programs with clients of other services. */
import { GetObjectCommand, PutObjectCommand, paginateListObjectsV2, S3Client } from "@aws-sdk/client-s3";
import { Octokit } from "@octokit/rest";
import { Resend } from "resend";
import Stripe from "stripe";
import type { ClientCase } from "./client-case.ts";
import { startGitHubServer } from "./github-server.ts";
import { startMailServer } from "./mail-server.ts";
import { startS3Server } from "./s3-server.ts";
import { startStripeServer } from "./stripe-server.ts";

/** So long that it is read as a stream. */
const LONG = "0123456789abcdef".repeat(2 ** 17);

const s3: readonly ClientCase[] = [
  {
    name: "objects are put, read and listed",
    server: startS3Server,
    run: async (url) => {
      const client = s3Client(url);
      for (const Key of ["a.txt", "b.txt", "c.txt"])
        await client.send(new PutObjectCommand({ Bucket: "reports", Key, Body: `Report ${Key}` }));
      const { Body } = await client.send(new GetObjectCommand({ Bucket: "reports", Key: "b.txt" }));
      const names: unknown[] = [];
      for await (const { Contents = [] } of paginateListObjectsV2({ client, pageSize: 2 }, { Bucket: "reports" }))
        names.push(Contents.map(({ Key, Size }) => [Key, Size]));
      return [await Body?.transformToString(), names];
    },
  },
  {
    name: "a long object",
    server: startS3Server,
    inFlight: 1,
    run: async (url) => {
      const client = s3Client(url);
      const { ETag } = await client.send(
        new PutObjectCommand({ Bucket: "reports", Key: "long.txt", Body: Buffer.from(LONG) }),
      );
      const { Body } = await client.send(new GetObjectCommand({ Bucket: "reports", Key: "long.txt" }));
      return [ETag, (await Body?.transformToString()) === LONG];
    },
  },
  {
    name: "one that is not there",
    server: startS3Server,
    run: (url) =>
      s3Client(url)
        .send(new GetObjectCommand({ Bucket: "reports", Key: "none" }))
        .catch((error: Error) => [error.name, error.message]),
  },
].map((one) => ({ package: "@aws-sdk/client-s3", ...one }));

const resend: readonly ClientCase[] = [
  {
    name: "mails are sent",
    server: () => startMailServer(),
    run: async (url) => {
      const client = new Resend("re_none", { baseUrl: url });
      const one = await client.emails.send(mailTo("ada"), { idempotencyKey: "welcome-ada" });
      const many = await client.batch.send([mailTo("bob"), mailTo("cyd")]);
      return [one.data, many.data, (await client.emails.get(one.data?.id ?? "")).data?.subject];
    },
  },
  {
    name: "one is refused",
    server: () => startMailServer({ refusals: 1 }),
    run: async (url) => {
      const client = new Resend("re_none", { baseUrl: url });
      return [(await client.emails.send(mailTo("ada"))).error?.name, (await client.emails.send(mailTo("ada"))).data];
    },
  },
].map((one) => ({ package: "resend", ...one }));

const stripeCases = (via: string, httpClient: () => Stripe.HttpClient): readonly ClientCase[] =>
  [
    {
      name: `customers are created, and listed page by page, via ${via}`,
      server: () => startStripeServer(),
      run: async (url: string) => {
        const client = stripeClient(url, httpClient());
        for (const name of ["Ada", "Bob", "Cyd"])
          await client.customers.create({ name }, { idempotencyKey: `customer-${name}` });
        const names: unknown[] = [];
        for await (const { name } of client.customers.list({ limit: 2 })) names.push(name);
        return names;
      },
    },
    {
      name: `its own retries, with a key of its own, via ${via}`,
      server: () => startStripeServer(2),
      run: async (url: string) => (await stripeClient(url, httpClient()).customers.create({ name: "Ada" })).id,
    },
  ].map((one) => ({ package: "stripe", ...one }));

const octokit: readonly ClientCase[] = [
  {
    package: "@octokit/rest",
    name: "issues in pages, and a new one",
    server: () => startGitHubServer(5),
    run: async (url) => {
      const client = new Octokit({ baseUrl: url, auth: "none" });
      const repository = { owner: "ada", repo: "engine" };
      const all = await client.paginate(client.rest.issues.listForRepo, { ...repository, per_page: 2 });
      const { data } = await client.rest.issues.create({ ...repository, title: `After ${all.length}` });
      return [all.map(({ title }) => title), data.number];
    },
  },
];

export const serviceClients: readonly ClientCase[] = [
  ...s3,
  ...resend,
  ...stripeCases("node:http", () => Stripe.createNodeHttpClient()),
  ...stripeCases("fetch", () => Stripe.createFetchHttpClient()),
  ...octokit,
];

function s3Client(url: string): S3Client {
  const credentials = { accessKeyId: "none", secretAccessKey: "none" };
  return new S3Client({ endpoint: url, region: "eu-north-1", forcePathStyle: true, credentials });
}

function mailTo(name: string) {
  return {
    from: "Reports <reports@example.org>",
    to: `${name}@example.org`,
    subject: `For ${name}`,
    text: "Rain before noon.",
  };
}

function stripeClient(url: string, httpClient: Stripe.HttpClient): Stripe {
  const { hostname, port } = new URL(url);
  return new Stripe("sk_test_none", { host: hostname, port, protocol: "http", httpClient, maxNetworkRetries: 2 });
}
