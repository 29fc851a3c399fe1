import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { useCli } from './testing.ts'

const cli = useCli({ beforeAll, afterAll })
const file = (name: string): string => join(cli.folder, name)

const header = 'id,name,country,verifiedEmails,phones,externalIds,"field:seats"'
const rows = [
  'zoe,Zoé Dupont,FR,Zoe@Acme.example,01 23 45 67 89,crm:C-77,3',
  'max,Max,DE,max@acme.example; max@home.example,+49 30 901820,,',
  'bad,Bad,FR,not an address,,,',
  'wrong,Wrong,FR,,12,,',
  'twin,Twin,FR,zoe@acme.example,,,',
  'many,Many,FR,,,,lots',
  ',Nobody,FR,,,,',
]

async function json(...args: readonly string[]): Promise<unknown> {
  const { code, out, err } = await cli.run(...args, '--json')
  expect([code, err]).toEqual([0, ''])
  return JSON.parse(out)
}

const configuration =
  'customers:\n  fields:\n    - name: seats\n      type: number\nsla:\n  policies:\n    - name: none\n      promises: nothing\n'

it('imports customers, accounts for every row, changes nothing when run again, and is undone whole', async () => {
  await writeFile(file('desk.yaml'), configuration)
  expect(await cli.run('config', 'apply', file('desk.yaml'))).toMatchObject({ code: 0 })
  await writeFile(file('crm.csv'), [header, ...rows].join('\n'))
  const account = { import: 'crm', rows: 7, applied: 2, unchanged: 0, refused: 5 }
  expect(await json('customers', 'import', file('crm.csv'))).toMatchObject(account)
  const rejects = (await readFile(file('crm.csv.rejects.csv'), 'utf8')).trim().split('\n').slice(1)
  expect(rejects.map((line) => line.split(',').slice(0, 3)).sort()).toEqual([
    ['4', 'verifiedEmails', 'email_invalid'],
    ['5', 'phones', 'phone_invalid'],
    ['6', 'address', 'identity_taken'],
    ['7', 'fields.seats', 'field_invalid'],
    ['8', 'id', 'invalid_command'],
  ])
  expect(await json('customers', 'import', file('crm.csv'))).toMatchObject({ applied: 0, unchanged: 2, refused: 5 })
  expect(await json('customers', 'list', '--search', '01 23 45')).toMatchObject([
    {
      customerId: 'zoe',
      details: { name: 'Zoé Dupont', country: 'FR' },
      emails: [{ address: 'Zoe@acme.example', verified: true }],
      phones: [{ number: '+33123456789', verified: false }],
      externalIds: [{ system: 'crm', id: 'C-77' }],
      fields: { seats: 3 },
    },
  ])
  expect((await cli.run('customers', 'show', 'zoe')).out).toContain('Zoe@acme.example')
  expect(await cli.run('customers', 'show', 'nobody')).toMatchObject({ code: 1 })

  expect(await json('import', 'undo', 'crm')).toEqual({ import: 'crm', customers: 2, kept: [] })
  expect(await json('customers', 'list')).toEqual([])
  expect(await json('customers', 'import', file('crm.csv'))).toMatchObject(account)
  expect(await json('import', 'undo', 'crm')).toEqual({ import: 'crm', customers: 2, kept: [] })
}, 60_000)

it.each(['csv', 'ndjson'])(
  'exports customers as %s, which imports as the same customers',
  async (kind) => {
    await writeFile(file('again.csv'), [header, ...rows.slice(0, 2), "formula,'=1+1,FR,,,,"].join('\n'))
    expect(await json('customers', 'import', file('again.csv'), '--name', kind)).toMatchObject({
      applied: 3,
      refused: 0,
    })
    const before = await json('customers', 'list')
    const exported = file(`all.${kind}`)
    expect((await cli.run('customers', 'export', exported)).out).toBe(`3 customers written to ${exported}`)
    expect(await json('import', 'undo', kind)).toMatchObject({ customers: 3 })
    expect(await json('customers', 'import', exported, '--name', `${kind}-again`)).toMatchObject({
      applied: 3,
      refused: 0,
    })
    const without = (customers: unknown) =>
      (customers as readonly object[]).map((each) => ({ ...each, registeredAt: 0, updatedAt: 0, withdrawals: 0 }))
    expect(without(await json('customers', 'list'))).toEqual(without(before))
    expect(await json('import', 'undo', `${kind}-again`)).toMatchObject({ customers: 3 })
  },
  60_000,
)

it('refuses files that it cannot read or write', async () => {
  expect(await cli.run('customers', 'export', file('all.xlsx'))).toMatchObject({ code: 2 })
  expect(await cli.run('customers', 'export', join(cli.folder, 'nowhere', 'all.csv'))).toMatchObject({ code: 2 })
  await writeFile(file('no-id.csv'), 'name\nZoé\n')
  expect(await cli.run('customers', 'import', file('no-id.csv'))).toMatchObject({ code: 2 })
})
