import type { SchemaPart } from '@guichet/eventstore'

/**
 * `article_day` counts views and ratings of an article in a language by day (UTC); a rating counts on the day on which it
 * was given last. `article_rating` has what each person says. `article_view` has a hash of who has opened what on a day, so
 * that nobody is counted twice by two processes or after a restart; the rows of a day go two days later.
 */
const tables = `
create table guichet_knowledge.article_day (
  article_id text collate "C" not null,
  language text collate "C" not null,
  day date not null,
  views bigint not null default 0,
  helpful bigint not null default 0,
  unhelpful bigint not null default 0,
  primary key (article_id, language, day)
) with (fillfactor = 70);
create index on guichet_knowledge.article_day (day, article_id);

create table guichet_knowledge.article_rating (
  article_id text collate "C" not null,
  language text collate "C" not null,
  rater_kind text not null,
  rater_id text collate "C" not null,
  rater_name text,
  is_helpful boolean not null,
  stars smallint,
  comment text,
  rated_at timestamptz not null,
  day date not null,
  primary key (article_id, language, rater_kind, rater_id)
);
create index on guichet_knowledge.article_rating (rater_id);
create index on guichet_knowledge.article_rating (article_id, rated_at);

create table guichet_knowledge.article_view (
  day date not null,
  hash uuid not null,
  primary key (day, hash)
);
`

/** What readers make of articles. */
export const readershipSchema: SchemaPart = { schema: 'guichet_knowledge', part: 'readership', steps: [tables] }
