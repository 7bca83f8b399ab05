-- Up Migration
-- The pools of the application `set role aispend_app`. It owns nothing and can neither update nor
-- delete what is append-only. Roles belong to the whole server, so another database may have made it.
do $$
begin
  if not exists (select from pg_roles where rolname = 'aispend_app') then
    create role aispend_app nologin;
  end if;
exception when duplicate_object or unique_violation then
  null;
end
$$;
-- From PostgreSQL 16 on, who makes a role may administer it, and cannot yet become it. Where this
-- grant is refused, connecting says which one is missing, and for which login.
do $$
begin
  execute format('grant aispend_app to %I', current_user);
exception when insufficient_privilege then
  null;
end
$$;
revoke create on schema public from public;
grant usage on schema public to aispend_app;
