-- Up Migration
-- Providers that the gateway passes requests on to, with the organisation's own key, sealed.
create table gateway_upstream (
  org_id int not null references organization,
  -- The first part of the path: groq in /groq/v1/chat/completions.
  name text not null check (name ~ '^[a-z][a-z0-9-]{0,31}$'),
  provider text not null,
  base_url text not null,
  auth text not null check (auth in ('bearer', 'x-api-key', 'x-goog-api-key', 'none')),
  sealed_secret text,
  default_output_limit int not null check (default_output_limit > 0),
  on_abort text not null check (on_abort in ('cancel', 'drain')),
  tokens_per_second int not null check (tokens_per_second > 0),
  allow_private boolean not null,
  changed_at timestamptz not null,
  primary key (org_id, name),
  check ((auth = 'none') = (sealed_secret is null))
);
grant select, insert, delete on gateway_upstream to aispend_app;
grant update (provider, base_url, auth, sealed_secret, default_output_limit, on_abort,
  tokens_per_second, allow_private, changed_at) on gateway_upstream to aispend_app;
