import { describe, expect, it } from "vitest";
import { RequestReader } from "./request-bytes.ts";

const HEAD = "POST /it HTTP/1.1\r\nHost: here\r\nX-Empty: \r\nX-Time: 10:20\r\n";

function read(text: string, size: number): RequestReader {
  const reader = new RequestReader();
  const bytes = Buffer.from(text, "latin1");
  for (let at = 0; at < bytes.length; at += size) reader.read(bytes.subarray(at, at + size));
  return reader;
}

describe.each([1, 2, 3, 7, 1000])("a request in packets of %i bytes", (size) => {
  it("is read up to the end of its head", () => {
    const reader = read(`${HEAD}\r\n`, size);
    expect(reader.head?.headers).toEqual(["Host", "here", "X-Empty", "", "X-Time", "10:20"]);
    expect(reader.length).toBe(0);
    expect(reader.takeBody()).toEqual(Buffer.alloc(0));
  });

  it("has a body as it is", () => {
    const reader = read(`${HEAD}Content-Length: 9\r\n\r\n4\r\nbody\r\n`, size);
    expect(reader.takeBody().toString()).toBe("4\r\nbody\r\n");
  });

  it("has a body without the framing of its chunks, and trailers", () => {
    const chunks = "5\r\n0\r\n\r\n\r\n10\r\n0123456789abcdef\r\n0\r\nX-Sum: 6\r\nX-Other: : \r\n\r\n";
    const reader = read(`${HEAD}Transfer-Encoding: chunked\r\n\r\n${chunks}`, size);
    expect(reader.length).toBe(21);
    expect(reader.takeBody().toString()).toBe("0\r\n\r\n0123456789abcdef");
    expect(reader.trailers).toEqual([
      ["X-Sum", "6"],
      ["X-Other", ": "],
    ]);
  });
});

describe("a body", () => {
  it("is handed out once", () => {
    const reader = read(`${HEAD}\r\none`, 1000);
    expect(reader.takeBody().toString()).toBe("one");
    reader.read(Buffer.from("two"));
    expect(reader.takeBody().toString()).toBe("two");
    expect(reader.length).toBe(0);
  });
});
