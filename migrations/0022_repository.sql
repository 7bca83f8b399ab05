-- Up Migration
-- Repositories whose pull requests are priced with measured traffic, and the scopes that each may ask
-- for. A repository is known by the claims of GitHub's token, never by what a request says.
create table repository (
  org_id int not null references organization,
  -- owner/name in lower case: GitHub's names do not tell case apart.
  name text not null check (name = lower(name) and name ~ '^[a-z0-9_.-]{1,100}/[a-z0-9_.-]{1,100}$'),
  -- GitHub's own number: a name can be given up and taken by somebody else.
  native_id text check (native_id ~ '^[0-9]{1,20}$'),
  -- Whose figures a path without a mapping takes.
  project_id int,
  primary key (org_id, name)
);
-- By the name an organisation is found; two may list the same repository.
create index repository_name on repository (name);

create table repository_scope (
  org_id int not null,
  name text not null,
  scope_id int not null,
  primary key (org_id, name, scope_id),
  foreign key (org_id, name) references repository (org_id, name) on delete cascade
);

grant select, insert, update, delete on repository, repository_scope to aispend_app;
