import { expect, it } from "vitest";
import { networkOf } from "./address.ts";

it.each([
  ["192.0.2.7", undefined, "192.0.2.7"],
  ["::ffff:192.0.2.7", undefined, "192.0.2.7"],
  ["2001:db8:1:2:3:4:5:6", undefined, "2001:db8:1:2"],
  ["2001:db8:1:2::6", undefined, "2001:db8:1:2"],
  ["2001:db8::6", undefined, "2001:db8:0:0"],
  ["::1", undefined, "0:0:0:0"],
  ["127.0.0.1", "10.0.0.9, 192.0.2.7", "192.0.2.7"],
  ["127.0.0.1", "", "127.0.0.1"],
  ["127.0.0.1", "a:::b::c:d:e:f:g:h:i:j", expect.any(String)],
  [undefined, undefined, ""],
])("%s, forwarded for %s, comes from %s", (remote, forwarded, expected) => {
  expect(networkOf(remote, forwarded)).toEqual(expected);
});
