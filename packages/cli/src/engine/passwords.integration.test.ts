import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { TestDatabase } from '@guichet/eventstore/testing'
import { createTestDatabase } from '@guichet/eventstore/testing'
import { readEnvironment } from '../environment/environment.ts'
import { openDatabase } from './database.ts'

const log = pino({ level: 'silent' })

describe('a database whose password has characters that mean something in an address', () => {
  let database: TestDatabase
  let admin: pg.Client
  let home: string
  const role = `me@desk_${process.pid}`

  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'guichet-passwords-'))
    database = await createTestDatabase()
    admin = new pg.Client({ connectionString: database.url })
    await admin.connect()
    await admin.query(`create role ${pg.escapeIdentifier(role)} login`)
  })
  afterAll(async () => {
    vi.unstubAllEnvs()
    await admin.query(`drop role ${pg.escapeIdentifier(role)}`)
    await admin.end()
    await database.drop()
    await rm(home, { recursive: true })
  })

  const opened = async (password: string | undefined): Promise<void> => {
    const url = new URL(database.url)
    url.username = encodeURIComponent(role)
    url.password = password ?? ''
    const environment = readEnvironment({ DATABASE_URL: url.href, GUICHET_HOME: home })
    const open = await openDatabase(environment, { serves: false, log })
    await open.close()
  }
  const setPassword = (password: string) =>
    admin.query(`alter role ${pg.escapeIdentifier(role)} password ${pg.escapeLiteral(password)}`)

  it.each(['p@ss', 'p:ss', 'p/ss', 'p?ss', 'p#ss', 'p%ss', 'p ss', "p'ss"])('is opened with %j', async (password) => {
    await setPassword(password)
    await opened(encodeURIComponent(password))
    await expect(opened('wrong')).rejects.toMatchObject({ code: 'database_refused' })
  })

  it('is opened with the password in PGPASSWORD, as it is', async () => {
    await setPassword('p@s/s#?% w')
    vi.stubEnv('PGPASSWORD', 'p@s/s#?% w')
    await opened(undefined)
    vi.stubEnv('PGPASSWORD', 'wrong')
    await expect(opened(undefined)).rejects.toMatchObject({ code: 'database_refused' })
  })
})
