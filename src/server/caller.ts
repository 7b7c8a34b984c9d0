/** Who asks, as it has proved. Whoever calls without a transport in between is trusted and never becomes one of these. */
export type Caller = RootCaller | KeyCaller | TokenCaller;

/** It showed the key with which the server was started. */
export interface RootCaller {
  readonly kind: "root";
}

export interface KeyCaller {
  readonly kind: "key";
  readonly keyId: string;
}

export interface TokenCaller {
  readonly kind: "token";
  /** Of the token, so that it can be told from others without being kept. */
  readonly tokenHash: string;
  /** The key that signed it; absent for the one with which the server was started. */
  readonly keyId: string | undefined;
  readonly scopes: readonly string[];
  readonly isSingleUse: boolean;
  readonly expiresAt: number;
  /** What the client calls this request, the same when it repeats it. */
  readonly requestName: string | undefined;
}
