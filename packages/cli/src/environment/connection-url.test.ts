import pg from 'pg'
import { describe, expect, it } from 'vitest'
import { connectionUrlFault, postgresUrlFault } from './connection-url.ts'

const address = (user: string, password: string): string => `postgres://${user}:${password}@db.example:5432/guichet`
const read = (text: string) => {
  const { user, password, host, port, database } = new pg.Client({ connectionString: text })
  return { user, password, host, port, database }
}
const place = { host: 'db.example', port: 5432, database: 'guichet' }

describe('the address of a Postgres', () => {
  it.each(['p@ss', 'p:ss', 'p/ss', 'p?ss', 'p#ss', 'p%ss', 'p ss', '12/x', '%40', '@@::', 'é€', '$HOME', '"\'\\'])(
    'takes the user and the password %j when they are percent-encoded',
    (password) => {
      const text = address(encodeURIComponent('me@desk'), encodeURIComponent(password))
      expect(postgresUrlFault(text)).toBeUndefined()
      expect(read(text)).toEqual({ user: 'me@desk', password, ...place })
    },
  )

  it.each(['p@ss', 'p:ss', '@@::', 'p ss', 'p$ss', 'é€'])('takes the password %j as it is', (password) => {
    expect(postgresUrlFault(address('me', password))).toBeUndefined()
    expect(read(address('me', password))).toEqual({ user: 'me', password, ...place })
  })

  it.each(['p/ss', 'p?ss', 'p#ss', '12/x', '12?x', '12#x', '/', 'a@b/c', 'a@b?c', 'a@b#c', '12?x=1'])(
    'refuses the password %j as it is, says how to write it, and does not repeat it',
    (password) => {
      const fault = postgresUrlFault(address('me', password))
      expect(fault).toContain('/ is written %2F, ? %3F, # %23')
      expect(fault?.replace('user:password', '')).not.toContain(password.length > 1 ? password : address('me', '/'))
    },
  )
})

it.each([
  'postgres:///guichet',
  'postgres://%2Fvar%2Frun%2Fpostgresql/guichet',
  'postgresql://db.example/guichet?sslmode=require',
  'postgres://me:pass@db.example/guichet?application_name=desk@host',
  'postgres://me:p@ss@db.example:5432/guichet?sslmode=require&sslrootcert=/etc/a@b.pem',
  'postgres://me:pass@db.example/desk@prod',
  'postgres://db.example/guichet?application_name=desk@host',
  'postgres:///guichet?host=/var/run/postgresql&user=me@desk',
  'postgres://db.example:5432/guichet?user=me@corp',
  'postgres://db.example:5432/guichet?user=me@corp.example&password=p@ss:w/rd',
  'postgres://db:5432/guichet?user=me@corp',
  'postgres://localhost:5432/guichet?user=me@corp.example',
  'postgres://me:pass@db/guichet?application_name=desk@host',
  'postgres://me:pass@db:5432/desk@prod',
  'postgres://me:pass@10.0.0.5/desk@prod',
  'postgres://me:pass@[::1]:5432/desk@prod',
])('takes the address %s, whose host or password may be elsewhere', (text) => {
  expect(postgresUrlFault(text)).toBeUndefined()
})

it.each([
  'me:a@b?x=1@db.example:5432/guichet',
  'me:a@b?x=1@db/guichet',
  'me:a@b?x=1@db',
  'me:a@b.example?x=1@db.example:5432/guichet',
  'me:a@b/c?x=1@localhost',
  'me:a@b/c@localhost',
  'me:a@b/c@localhost/guichet',
  'me:a@b/c@db',
  'me:a@b/c@10.0.0.5',
  'me:a@b.c/d@db',
  'me:a@b.example/c@localhost',
  'me:a@b&c/d@db',
  'me:12?x=1@localhost',
  'me:12/x?y=1@db',
  'zoe.martin:12?x=1@db',
  'zoe.martin:12?user=1@db',
  'db.example:5432/desk@prod',
])('refuses %s, whose host may be a part of a password', (rest) => {
  expect(postgresUrlFault(`postgres://${rest}`)).toContain('after the host @ is written %40')
  const encoded = rest.replace(/:(.*)@/, (_, password: string) => `:${encodeURIComponent(password)}@`)
  if (rest.startsWith('me:')) expect(postgresUrlFault(`postgres://${encoded}`)).toBeUndefined()
})

it.each([
  ['smtp://support@desk.example:p@ss@mail.example:587', undefined],
  ['smtp://support%40desk.example:p%2Fss@mail.example', undefined],
  ['smtp://mail.example', undefined],
  ['smtp://me:p/ss@mail.example', 'must be of the form smtp: in user and password'],
  ['smtp://me:12/ss@mail.example', 'must be of the form smtp: in user and password'],
  ['smtp://me:a@b/ss@mail.example', 'must be of the form smtp: in user and password'],
  ['smtp://me:p@ss@mail.example?name=desk@host', undefined],
  ['http://mail.example', 'must be of the form smtp'],
  ['smtp', 'must be of the form smtp'],
])('the address %s of a mail server has the fault: %s', (text, fault) => {
  const found = connectionUrlFault(text, /^smtps?$/, 'smtp')
  if (fault === undefined) expect(found).toBeUndefined()
  else expect(found).toContain(fault)
})
