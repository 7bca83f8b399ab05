-- Up Migration
-- What a driven gateway was found to lack that its class depends on, and when it was looked at last.
alter table key_gateway
  add column weak text[] not null default '{}',
  add column checked_at timestamptz,
  add check (checked_at is not null or weak = '{}');
grant update (weak, checked_at) on key_gateway to aispend_app;
