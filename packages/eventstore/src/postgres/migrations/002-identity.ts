/** One row that tells this history from every other; a dump takes it along. */
export const identity = (schema: string): string => `
create table ${schema}.identity (
  identity uuid    not null default gen_random_uuid(),
  only_row boolean primary key default true check (only_row)
);
insert into ${schema}.identity default values;

comment on table ${schema}.identity is 'What the read models recognize this history by; written once';
`
