/**
 * Secret keys of an environment, and public tokens that were used up. A key is sealed, since the public tokens that its holder
 * signs are checked with it, and found by its hash. `run_ids` is JSON: what the one use of a token was for.
 */
const apiKeys = `create table api_keys (
  environment_id text not null,
  id text not null,
  name text not null,
  secret bytea not null,
  secret_hash text not null,
  last_four text not null,
  created_at bigint not null,
  last_used_at bigint,
  revoked_at bigint,
  expires_at bigint,
  primary key (environment_id, id)
)`;

const usedTokens = `create table used_tokens (
  environment_id text not null,
  token_hash text not null,
  used_for text not null,
  run_ids text not null,
  expires_at bigint not null,
  primary key (environment_id, token_hash)
)`;

export const API_KEYS = {
  name: "0004-api-keys",
  statements: [
    apiKeys,
    "create unique index api_keys_secret on api_keys (environment_id, secret_hash)",
    "create index api_keys_newest on api_keys (environment_id, created_at, id)",
    usedTokens,
    "create index used_tokens_expired on used_tokens (environment_id, expires_at)",
  ],
};
