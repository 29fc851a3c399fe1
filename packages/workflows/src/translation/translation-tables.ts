import type { SchemaPart } from '@guichet/eventstore'

/**
 * `translation` has what services have answered, by the hash of the text: a translation, or why there is none.
 * `translated_message` says which messages have a text, so that its translations go with it. `translation_removal` has the hash of
 * what is left of a message whose text was removed or changed: translations of another text of it are not stored.
 * `translation_rating` has what each reader says of a translation.
 */
const tables = `
create table guichet_workflows.translation (
  text_hash text collate "C" not null,
  from_language text collate "C" not null,
  to_language text collate "C" not null,
  service text collate "C" not null,
  version text collate "C" not null,
  text text,
  fault text,
  translated_at timestamptz not null default now(),
  primary key (text_hash, from_language, to_language, service, version)
);
create index on guichet_workflows.translation (translated_at);

create table guichet_workflows.translated_message (
  stream text collate "C" not null,
  message_id text collate "C" not null,
  text_hash text collate "C" not null,
  customer_id text collate "C" not null,
  translated_at timestamptz not null default now(),
  primary key (stream, message_id, text_hash)
);
create index on guichet_workflows.translated_message (customer_id);
create index on guichet_workflows.translated_message (translated_at);

create table guichet_workflows.translation_removal (
  stream text collate "C" not null,
  message_id text collate "C" not null,
  left_hash text collate "C" not null,
  removed_at timestamptz not null default now(),
  primary key (stream, message_id)
);
create index on guichet_workflows.translation_removal (removed_at);

create table guichet_workflows.translation_rating (
  stream text collate "C" not null,
  message_id text collate "C" not null,
  to_language text collate "C" not null,
  service text collate "C" not null,
  rater text collate "C" not null,
  from_language text collate "C" not null,
  version text collate "C" not null,
  is_right boolean not null,
  rated_at timestamptz not null,
  primary key (stream, message_id, to_language, service, rater)
);
create index on guichet_workflows.translation_rating (from_language, to_language, service, version, is_right);
create index on guichet_workflows.translation_rating (rater);
`

/**
 * `translation_erasure` has the last erasure of a customer, or of a ticket or chat: what was under way then is not stored. Ratings of
 * visitors are stored and not counted, since whoever wants to be a hundred visitors is.
 */
const erasures = `
create table guichet_workflows.translation_erasure (
  name text collate "C" primary key,
  erasure uuid not null default gen_random_uuid(),
  erased_at timestamptz not null default now()
);
create index on guichet_workflows.translation_erasure (erased_at);

alter table guichet_workflows.translation_rating add column is_counted boolean not null default true;
update guichet_workflows.translation_rating set is_counted = false
  where rater ~ '^customer visitor-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$';
`

/** What services have translated, and what readers say of it. */
export const translationSchema: SchemaPart = {
  schema: 'guichet_workflows',
  part: 'translations',
  steps: [tables, erasures],
}
