"""The tables of the index; what each is for stands in docs/spec/index.md, "Tables".

Change anything here and raise VERSION: indexes of another version are thrown away and built again.
"""

from __future__ import annotations

from unburnt.model.recorded import ACCEPTED, REFUSED, UNCONFIRMED, Standing

VERSION = 1

STANDINGS: tuple[Standing, ...] = (ACCEPTED, UNCONFIRMED, REFUSED)  # entry.standing: 0, 1, 2
SHIFT = 12  # row = entry.number << SHIFT | position, see model.batch.MAX_STATEMENTS
PREFIX = 6  # bytes of an id that find its rows

LAYOUT = """
create table term (number integer primary key, spelling blob not null unique);

create table log (device integer primary key, size integer not null, leaf blob not null);

create table entry (
  number integer primary key,
  device integer not null,
  sequence integer not null,
  leaf blob not null,
  compartment integer,
  standing integer not null,
  count integer not null,
  unique (device, sequence));
create index entry_closed on entry (device, sequence) where compartment is null;

create table statement (
  row integer primary key,
  id blob not null,
  entity integer not null,
  property integer not null,
  schema integer not null,
  source integer not null,
  stance integer not null,
  author integer not null,
  recorded_at text not null,
  reliability text,
  credibility integer,
  lang integer,
  answers blob,
  attribution integer,
  locator text,
  value text not null,
  extra text,
  target integer,
  scheme integer,
  identifier text,
  file blob);
create index statement_entity on statement (entity, property, schema);
create index statement_source on statement (source);
create index statement_target on statement (target) where target is not null;
create index statement_answers on statement (answers) where answers is not null;
create index statement_identifier on statement (scheme, identifier, entity)
  where scheme is not null;
create index statement_file on statement (file) where file is not null;

create view recorded as
  select row, id, entity, property, schema, source, stance, author, recorded_at, reliability,
    credibility, lang, answers, attribution, locator, value, extra,  -- the order rows.py reads
    device, sequence, compartment, standing, target, scheme, identifier, file
  from statement join entry on entry.number = statement.row >> 12;

create table settled (prefix blob, row integer, primary key (prefix, row)) without rowid;
create table fresh (prefix blob, row integer, primary key (prefix, row)) without rowid;
create view place as select prefix, row from settled union all select prefix, row from fresh;
create table upkeep (fresh integer not null);
insert into upkeep values (0);

create table root (number integer primary key, path blob not null unique);
create table seen_file (
  root integer, path blob, size integer, mtime_ns integer, inode, sha256 blob,
  primary key (root, path)) without rowid;

create table memory (name text primary key, value text not null) without rowid;
"""
