import type { SchemaPart } from '@guichet/eventstore'

/**
 * `article_search` has what somebody has searched on a day (UTC), once, or written as the subject of a ticket that was answered
 * with an article: then `source` is `ticket`. `results` is 0 where nothing was found; `opened_id` is the article that it has led to.
 */
const tables = `
create table guichet_knowledge.article_search (
  day date not null,
  source text not null,
  searcher_kind text not null,
  searcher_id text collate "C" not null,
  language text collate "C" not null,
  query text collate "C" not null,
  results integer not null,
  article_ids text[] not null,
  opened_id text collate "C",
  searched_at timestamptz not null,
  primary key (day, source, searcher_kind, searcher_id, language, query)
) with (fillfactor = 80);
create index on guichet_knowledge.article_search (searcher_id, searched_at);
create index on guichet_knowledge.article_search (day) where results = 0;
create index on guichet_knowledge.article_search (opened_id, language, query) where opened_id is not null;
`

/**
 * Visitors whom nobody has identified are searchers of their own kind: whoever makes up several counts for none where readers are shown
 * what others have searched. `ticket_id` is the ticket of which the text was the subject.
 */
const visitorsAndTickets = `
alter table guichet_knowledge.article_search add column ticket_id text collate "C";
update guichet_knowledge.article_search set searcher_kind = 'visitor'
  where searcher_kind = 'customer' and searcher_id ~ '^visitor-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$';
create index on guichet_knowledge.article_search (ticket_id) where ticket_id is not null;
create index on guichet_knowledge.article_search (language, day)
  where source = 'search' and results > 0 and searcher_kind <> 'visitor';
`

/** What is searched among articles. */
export const searchRecordSchema: SchemaPart = {
  schema: 'guichet_knowledge',
  part: 'searches',
  steps: [tables, visitorsAndTickets],
}
