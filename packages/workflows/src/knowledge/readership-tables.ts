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

/** `removed_article` names the articles that were deleted for good: nothing is stored of them any more. */
const removedArticles = `
create table guichet_knowledge.removed_article (article_id text collate "C" primary key);
`

/**
 * `deflection_session` has the sessions of the last three days in which people wrote to the desk; `deflection_day` counts
 * those before by the day on which they began (UTC), by language and by the article that was opened last, '' for none.
 */
const deflection = `
create table guichet_knowledge.deflection_session (
  viewer_id text collate "C" not null,
  session_id text collate "C" not null,
  person_id text collate "C" not null,
  language text collate "C" not null,
  held_back boolean not null,
  began_at timestamptz not null,
  article_id text collate "C",
  opened_at timestamptz,
  solved_at timestamptz,
  sent_at timestamptz,
  primary key (viewer_id, session_id)
);
create index on guichet_knowledge.deflection_session (began_at);
create index on guichet_knowledge.deflection_session (person_id);

create table guichet_knowledge.deflection_day (
  day date not null,
  language text collate "C" not null,
  held_back boolean not null,
  article_id text collate "C" not null,
  sessions bigint not null,
  opened bigint not null,
  solved bigint not null,
  silent bigint not null,
  sent bigint not null,
  left_off bigint not null,
  pending bigint not null,
  settled bigint not null,
  contacts bigint not null,
  settled_opened bigint not null,
  settled_opened_sent bigint not null,
  primary key (day, language, held_back, article_id)
) with (fillfactor = 70);
`

/**
 * Of a session: whether it is the first one of its person among those that are stored, and whether they are an unidentified visitor. By
 * day, how many such first sessions of customers and of visitors there were, and how many tickets and chats began in them.
 */
const measuredSessions = `
alter table guichet_knowledge.deflection_session
  add column is_first boolean not null default false, add column is_visitor boolean not null default true;
alter table guichet_knowledge.deflection_day
  drop column contacts,
  add column customers bigint not null default 0, add column customer_contacts bigint not null default 0,
  add column visitors bigint not null default 0, add column visitor_contacts bigint not null default 0;
`

/** `sent_article_opening` has when a customer first opened an article after a message in which it was sent to them. */
const openings = `
create table guichet_knowledge.sent_article_opening (
  stream text collate "C" not null,
  message_id text collate "C" not null,
  article_id text collate "C" not null,
  person_id text collate "C" not null,
  opened_at timestamptz not null,
  primary key (stream, message_id)
);
create index on guichet_knowledge.sent_article_opening (article_id);
create index on guichet_knowledge.sent_article_opening (person_id);
`

/** `erased_person` has who was erased when: what was gathered of them before is not stored afterwards. */
const erasedPeople = `
create table guichet_knowledge.erased_person (
  person_id text collate "C" primary key,
  erased_at timestamptz not null
);
create index on guichet_knowledge.erased_person (erased_at);
`

/** What readers make of articles. */
export const readershipSchema: SchemaPart = {
  schema: 'guichet_knowledge',
  part: 'readership',
  steps: [tables, removedArticles, deflection, measuredSessions, openings, erasedPeople],
}
