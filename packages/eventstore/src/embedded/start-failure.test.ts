import { describe, expect, it } from 'vitest'
import { PostgresNotStarted, reasonIn } from './start-failure.ts'

const at = '2026-11-25 23:45:34.724 UTC [1294] '

describe('why Postgres does not start', () => {
  it.each([
    [
      'a full disk, at the first start',
      [
        `${at}FATAL:  could not write to file "pg_wal/xlogtemp.1294": No space left on device`,
        'child process exited with exit code 1',
        'initdb: removing contents of data directory "/srv/.guichet/postgres.unfinished"',
      ],
      'could not write to file "pg_wal/xlogtemp.1294": No space left on device',
    ],
    [
      'a full disk, at a later one',
      [
        `${at}LOG:  starting PostgreSQL 18.4 on x86_64-pc-linux-gnu`,
        `${at}FATAL:  could not write lock file "postmaster.pid": No space left on device`,
        `${at}LOG:  database system is shut down`,
      ],
      'could not write lock file "postmaster.pid": No space left on device',
    ],
    [
      'a port that is taken',
      [
        `${at}LOG:  could not bind IPv4 address "127.0.0.1": Address already in use`,
        `${at}HINT:  Is another postmaster already running on port 54777? If not, wait a few seconds and retry.`,
        `${at}WARNING:  could not create listen socket for "127.0.0.1"`,
        `${at}FATAL:  could not create any TCP/IP sockets`,
        `${at}LOG:  database system is shut down`,
      ],
      'could not bind IPv4 address "127.0.0.1": Address already in use; could not create listen socket for "127.0.0.1"; could not create any TCP/IP sockets',
    ],
    [
      'too little shared memory',
      [
        `${at}FATAL:  could not map anonymous shared memory: Cannot allocate memory`,
        `${at}HINT:  This error usually means that PostgreSQL's request for a shared memory segment exceeded available memory.`,
        `${at}LOG:  database system is shut down`,
      ],
      "could not map anonymous shared memory: Cannot allocate memory; This error usually means that PostgreSQL's request for a shared memory segment exceeded available memory",
    ],
    [
      'a damaged log, while clients connect',
      [
        `${at}FATAL:  the database system is starting up`,
        `${at}DETAIL:  Consistent recovery state has not been yet reached.`,
        `${at}LOG:  invalid checkpoint record`,
        `${at}PANIC:  could not locate a valid checkpoint record at 0/1B82370`,
        `${at}LOG:  startup process (PID 4841) was terminated by signal 6: Aborted`,
        `${at}LOG:  shutting down due to startup process failure`,
      ],
      'could not locate a valid checkpoint record at 0/1B82370',
    ],
    [
      'a mistake in its configuration',
      [
        `${at}LOG:  unrecognized configuration parameter "nonsense" in file "postgresql.conf" line 889`,
        `${at}FATAL:  configuration file "postgresql.conf" contains errors`,
      ],
      'unrecognized configuration parameter "nonsense" in file "postgresql.conf" line 889; configuration file "postgresql.conf" contains errors',
    ],
    [
      'a missing file, told before it has a log',
      [
        'postgres: could not find the database system',
        'Expected to find it in the directory "/srv/postgres",',
        'but could not open file "/srv/postgres/global/pg_control": No such file or directory',
      ],
      'postgres: could not find the database system; Expected to find it in the directory "/srv/postgres"; but could not open file "/srv/postgres/global/pg_control": No such file or directory',
    ],
  ])('is read from its log: %s', (_, log, reason) => {
    expect(reasonIn(log)).toBe(reason)
  })

  it('is one line of at most 500 characters', () => {
    const reason = reasonIn([`${at}FATAL:  ${'x'.repeat(2_000)}`])
    expect(reason).toHaveLength(500)
    expect(reason).toMatch(/x…$/)
  })

  it('is a silence after the last line', () => {
    const log = [`${at}LOG:  starting`, `${at}LOG:  redo in progress, elapsed time: 10.00 s`, '']
    expect(new PostgresNotStarted('it is silent', log, { silent: true }).reason).toBe(
      'it is silent, after: redo in progress, elapsed time: 10.00 s',
    )
  })

  it('is what was tried where Postgres has written nothing', () => {
    expect(new PostgresNotStarted('Postgres did not start', ['', ' ']).reason).toBe('Postgres did not start')
  })
})
