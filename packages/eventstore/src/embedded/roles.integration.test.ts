import { execFile } from 'node:child_process'
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
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
    const owner = new pg.Pool({ connectionString: await ownerOfEmbedded(dataDir, postgres.url), max: 1 })
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

  it('has a password of its own, which is not that of the owner', async () => {
    const asOwner = new URL(postgres.url)
    asOwner.username = 'postgres'
    await expect(ask(asOwner.href, 'select 1')).rejects.toMatchObject({ code: '28P01' })
    const owner = await ownerOfEmbedded(dataDir, postgres.url)
    expect(await ask(owner, 'select rolsuper from pg_roles where rolname = current_user')).toEqual([{ rolsuper: true }])
    const asProduct = new URL(owner)
    asProduct.username = 'guichet'
    await expect(ask(asProduct.href, 'select 1')).rejects.toMatchObject({ code: '28P01' })
  })

  it('gets one in a folder of a version that had one password for both roles', async () => {
    const owner = new URL(await ownerOfEmbedded(dataDir, postgres.url))
    await ask(postgres.url, 'create table kept as select 1 as one')
    await ask(owner.href, `alter role guichet password '${owner.password}'`)
    await postgres.stop()
    await writeFile(
      join(dataDir, 'postgres.json'),
      JSON.stringify({ password: owner.password, port: Number(owner.port) }),
    )
    postgres = await startEmbeddedPostgres({ dataDir })
    expect(await ask(postgres.url, 'select one from kept')).toEqual([{ one: 1 }])
    expect(new URL(postgres.url).password).not.toBe(owner.password)
    expect(await ownerOfEmbedded(dataDir, postgres.url)).toBe(owner.href)
    const former = new URL(postgres.url)
    former.password = owner.password
    await expect(ask(former.href, 'select 1')).rejects.toMatchObject({ code: '28P01' })
    const { password } = JSON.parse(await readFile(join(dataDir, 'postgres.json'), 'utf8')) as { password: string }
    expect(password).toBe(owner.password)
  })

  it('keeps the address that other processes know when one of them takes over, until the next start of all', async () => {
    const owner = new URL(await ownerOfEmbedded(dataDir, postgres.url))
    await postgres.stop()
    await writeFile(
      join(dataDir, 'postgres.json'),
      JSON.stringify({ password: owner.password, port: Number(owner.port) }),
    )
    postgres = await startEmbeddedPostgres({ dataDir, password: owner.password })
    expect(new URL(postgres.url).password).toBe(owner.password)
    await postgres.stop()
    postgres = await startEmbeddedPostgres({ dataDir })
    expect(new URL(postgres.url).password).not.toBe(owner.password)
  })

  it('receives the derived data of the superuser in a folder of an older version, but not the events', async () => {
    await ask(
      await ownerOfEmbedded(dataDir, postgres.url),
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
