-- Up Migration
-- The pools of the application `set role aispend_app`. It owns nothing and can neither update nor
-- delete what is append-only. Roles belong to the whole server, so another database may have made it.
do $$
begin
  create role aispend_app nologin;
exception when duplicate_object or unique_violation then
  null;
end
$$;
do $$
begin
  if not pg_has_role(current_user, 'aispend_app', 'member') then
    execute format('grant aispend_app to %I', current_user);
  end if;
end
$$;
revoke create on schema public from public;
grant usage on schema public to aispend_app;
