import { execFile } from 'node:child_process'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import pg from 'pg'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { newStream, notes, sampleCatalogue } from '../contract/harness.ts'
import { prepareEvents } from '../postgres/prepare-events.ts'
import { postgresStore } from '../postgres/store.ts'
import type { EmbeddedPostgres } from './embedded-postgres.ts'
import { ownerOfEmbedded, startEmbeddedPostgres } from './embedded-postgres.ts'
import { findBinaries } from './run-as.ts'

let dataDir: string
let postgres: EmbeddedPostgres
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'guichet-roles-'))
  await chmod(dataDir, 0o755)
  postgres = await startEmbeddedPostgres({ dataDir })
})
afterEach(async () => {
  await postgres.stop()
  await rm(dataDir, { recursive: true, force: true })
})

async function ask(url: string, statement: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query<Record<string, unknown>>(statement)).rows
  } finally {
    await client.end()
  }
}

describe('the role of the embedded Postgres', () => {
  it('appends events, and cannot change or remove them', async () => {
    const owner = new pg.Pool({ connectionString: ownerOfEmbedded(postgres.url), max: 1 })
    await prepareEvents(owner, { role: 'guichet' })
    await owner.end()
    const store = await postgresStore({ connectionString: postgres.url, catalogue: sampleCatalogue })
    await store.append(notes(newStream(), 'any', 'a'))
    await store.close()
    for (const statement of ['delete from guichet.events', 'truncate guichet.events', 'drop table guichet.events']) {
      await expect(ask(postgres.url, statement)).rejects.toMatchObject({ code: '42501' })
    }
    expect(await ask(postgres.url, 'select rolsuper from pg_roles where rolname = current_user')).toEqual([
      { rolsuper: false },
    ])
  })

  it('receives the derived data of the superuser in a folder of an older version, but not the events', async () => {
    await ask(
      ownerOfEmbedded(postgres.url),
      `create extension pg_trgm schema public;
       create schema guichet; create table guichet.events (id integer);
       create schema rm_old_1; create type rm_old_1.mood as enum ('good');
       create type rm_old_1.pair as (a integer, b integer);
       create table rm_old_1.rows (id serial primary key, n integer generated always as identity, mood rm_old_1.mood);
       create view rm_old_1.shown as select * from rm_old_1.rows; create sequence rm_old_1.numbers;
       create function rm_old_1.one() returns integer language sql as 'select 1'`,
    )
    await postgres.stop()
    postgres = await startEmbeddedPostgres({ dataDir })
    await ask(
      postgres.url,
      `alter table rm_old_1.rows add column more text; insert into rm_old_1.rows (mood) values ('good');
       alter type rm_old_1.mood add value 'better'; alter function rm_old_1.one() stable; drop view rm_old_1.shown;
       drop sequence rm_old_1.numbers; drop schema rm_old_1 cascade`,
    )
    await expect(ask(postgres.url, 'drop schema guichet cascade')).rejects.toMatchObject({ code: '42501' })
  })
})

it('the embedded Postgres is a release and not a beta', async () => {
  const { postgres: program } = await findBinaries()
  const { stdout } = await promisify(execFile)(program, ['--version'])
  expect(stdout).toMatch(/^postgres \(PostgreSQL\) \d+\.\d+\n$/)
})
