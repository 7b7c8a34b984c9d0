/** S3's API as far as the completeness test needs it: objects of buckets in the path are put, read and listed. Signatures are not checked. */
import { createHash } from "node:crypto";
import { type ScriptedServer, type SeenRequest, startScriptedServer } from "../../examples/servers/scripted-server.ts";

const MODIFIED = new Date(Date.UTC(2030, 0, 1));
const XML = { "content-type": "application/xml" };

/** @param failures - Requests that are asked to come more slowly, before the first that is not. */
export function startS3Server(failures = 0): Promise<ScriptedServer> {
  const objects = new Map<string, Buffer>();
  let toFail = failures;
  return startScriptedServer((request, response) => {
    const { method, path, query } = request;
    const [, bucket = "", ...rest] = decodeURIComponent(path).split("/");
    const key = rest.join("/");
    if (toFail > 0) {
      toFail--;
      response.writeHead(503, XML).end(errorText("SlowDown", "Please reduce your request rate.", key));
      return;
    }
    if (method === "PUT") {
      const content = contentOf(request);
      objects.set(`${bucket}/${key}`, content);
      response.writeHead(200, { etag: etagOf(content), "content-length": 0 }).end();
      return;
    }
    if (method === "GET" && key === "" && query.get("list-type") === "2") {
      response.writeHead(200, XML).end(listing(bucket, query, objects));
      return;
    }
    const content = objects.get(`${bucket}/${key}`);
    if (content === undefined) {
      response.writeHead(404, XML).end(errorText("NoSuchKey", "The specified key does not exist.", key));
      return;
    }
    const headers = {
      etag: etagOf(content),
      "last-modified": MODIFIED.toUTCString(),
      "content-length": content.length,
    };
    response.writeHead(200, headers).end(method === "HEAD" ? undefined : content);
  });
}

const DECLARATION = `<?xml version="1.0" encoding="UTF-8"?>\n`;

function errorText(code: string, message: string, key: string): string {
  return `${DECLARATION}<Error><Code>${code}</Code><Message>${message}</Message><Key>${key}</Key></Error>`;
}

function listing(bucket: string, query: URLSearchParams, objects: ReadonlyMap<string, Buffer>): string {
  const prefix = query.get("prefix") ?? "";
  const [size, from] = [Number(query.get("max-keys") ?? 1_000), Number(query.get("continuation-token") ?? 0)];
  const all = [...objects]
    .filter(([name]) => name.startsWith(`${bucket}/${prefix}`))
    .sort(([a], [b]) => (a < b ? -1 : 1));
  const isMore = from + size < all.length;
  const shown = all.slice(from, from + size);
  return [
    `${DECLARATION}<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">`,
    `<Name>${bucket}</Name><Prefix>${prefix}</Prefix><MaxKeys>${size}</MaxKeys><KeyCount>${shown.length}</KeyCount><IsTruncated>${isMore}</IsTruncated>`,
    isMore ? `<NextContinuationToken>${from + size}</NextContinuationToken>` : "",
    ...shown.map(
      ([name, content]) =>
        `<Contents><Key>${name.slice(bucket.length + 1)}</Key><LastModified>${MODIFIED.toISOString()}</LastModified>` +
        `<ETag>${etagOf(content).replaceAll('"', "&quot;")}</ETag><Size>${content.length}</Size><StorageClass>STANDARD</StorageClass></Contents>`,
    ),
    "</ListBucketResult>",
  ].join("");
}

/** Clients send a stream in chunks of their own, each after a line with its length in hex, with a checksum at the end. */
function contentOf({ headers, body }: SeenRequest): Buffer {
  if (!headers["content-encoding"]?.includes("aws-chunked")) return body;
  const chunks: Buffer[] = [];
  for (let at = 0; ; ) {
    const lineEnd = body.indexOf("\r\n", at);
    const length = Number.parseInt(body.toString("latin1", at, lineEnd), 16);
    if (!(length > 0)) return Buffer.concat(chunks);
    chunks.push(body.subarray(lineEnd + 2, lineEnd + 2 + length));
    at = lineEnd + 2 + length + 2;
  }
}

function etagOf(content: Buffer): string {
  return `"${createHash("md5").update(content).digest("hex")}"`;
}
