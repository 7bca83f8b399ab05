-- Up Migration
-- The monthly review: one a month, owed to each owner, who acknowledges it.
create table review (
  org_id int not null references organization,
  month date not null check (month = date_trunc('month', month)::date),
  created_at timestamptz not null,
  primary key (org_id, month)
);

create table review_reader (
  org_id int not null references organization,
  month date not null,
  person_id int not null,
  -- Which of the two: everything, or that of the teams that the person owns.
  breadth text not null check (breadth in ('organisation', 'teams')),
  reminded_at timestamptz,
  acknowledged_at timestamptz,
  primary key (org_id, month, person_id),
  foreign key (org_id, month) references review (org_id, month),
  foreign key (org_id, person_id) references person (org_id, id)
);

grant select, insert on review, review_reader to aispend_app;
grant update (reminded_at, acknowledged_at) on review_reader to aispend_app;
