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

/** What is searched among articles. */
export const searchRecordSchema: SchemaPart = { schema: 'guichet_knowledge', part: 'searches', steps: [tables] }
