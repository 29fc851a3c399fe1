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

const listed = async (...args: readonly string[]): Promise<readonly object[]> =>
  ((await json('customers', 'list', ...args)) as { readonly customers: readonly object[] }).customers

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
  const account = { import: 'crm', rows: 7, created: 2, updated: 0, unchanged: 0, refused: 5 }
  expect(await json('customers', 'import', file('crm.csv'))).toMatchObject(account)
  const rejects = (await readFile(file('crm.csv.rejects.csv'), 'utf8')).trim().split('\n').slice(1)
  expect(rejects.map((line) => line.split(',').slice(0, 3)).sort()).toEqual([
    ['4', 'verifiedEmails', 'email_invalid'],
    ['5', 'phones', 'phone_invalid'],
    ['6', 'id', 'customer_already_registered'],
    ['7', 'field:seats', 'field_invalid'],
    ['8', 'id', 'invalid_command'],
  ])
  expect(await json('customers', 'import', file('crm.csv'))).toMatchObject({ created: 0, unchanged: 2, refused: 5 })
  expect(await listed('--search', '01 23 45')).toMatchObject([
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

  expect(await json('import', 'undo', 'crm')).toEqual({
    import: 'crm',
    customers: 2,
    restored: 0,
    kept: [],
    passedOver: [],
  })
  expect(await listed()).toEqual([])
  expect(await json('customers', 'import', file('crm.csv'))).toMatchObject(account)
  expect(await json('import', 'undo', 'crm')).toEqual({
    import: 'crm',
    customers: 2,
    restored: 0,
    kept: [],
    passedOver: [],
  })
})

it.each(['csv', 'ndjson'])(
  'exports customers as %s, which imports as the same customers',
  async (kind) => {
    await writeFile(file('again.csv'), [header, ...rows.slice(0, 2), "formula,'=1+1,FR,,,,"].join('\n'))
    expect(await json('customers', 'import', file('again.csv'), '--name', kind)).toMatchObject({
      created: 3,
      refused: 0,
    })
    const before = await listed()
    const exported = file(`all.${kind}`)
    expect((await cli.run('customers', 'export', exported)).out).toBe(`3 customers written to ${exported}`)
    expect(await json('import', 'undo', kind)).toMatchObject({ customers: 3 })
    expect(await json('customers', 'import', exported, '--name', `${kind}-again`)).toMatchObject({
      created: 3,
      refused: 0,
    })
    const without = (customers: unknown) =>
      (customers as readonly object[]).map((each) => ({ ...each, registeredAt: 0, updatedAt: 0, withdrawals: 0 }))
    expect(without(await listed())).toEqual(without(before))
    expect(await json('import', 'undo', `${kind}-again`)).toMatchObject({ customers: 3 })
  },
  60_000,
)

it.each([
  ['a French Excel file', 'latin1', ';', ['--encoding', 'windows-1252'], ''],
  ['one whose cells are quoted', 'latin1', ';', ['--encoding', 'windows-1252'], '"'],
  ['a text of Excel in Unicode', 'utf16le', '\t', ['--encoding', 'utf-16le'], ''],
  ['one with a byte order mark', 'utf8', ';', [], ''],
  ['one whose delimiter is named', 'utf8', ';', ['--delimiter', ';'], ''],
] as const)('imports %s', async (name, encoding, delimiter, options, quote) => {
  const line = (...cells: readonly string[]) => cells.map((cell) => `${quote}${cell}${quote}`).join(delimiter)
  const text = `${line('id', 'name', 'verifiedEmails')}\r\n${line('fr', 'Zoé D’Arc', 'zoe@fr.example')}\r\n`
  const mark = name.includes('mark') ? '\uFEFF' : ''
  const bytes = Buffer.from(`${mark}${text}`.replaceAll('’', encoding === 'latin1' ? '\x92' : '’'), encoding)
  await writeFile(file('excel.csv'), bytes)
  const imported = await json('customers', 'import', file('excel.csv'), ...options)
  expect(imported).toMatchObject({ created: 1, refused: 0, ignored: [] })
  expect(await listed()).toMatchObject([{ customerId: 'fr', details: { name: 'Zoé D’Arc' } }])
  expect(await json('import', 'undo', 'excel')).toMatchObject({ customers: 1 })
})

it('says which option reads a file in another encoding', async () => {
  await writeFile(file('excel.csv'), Buffer.from('id;name\nfr;Zo\xe9\n', 'latin1'))
  const refused = await cli.run('customers', 'import', file('excel.csv'))
  expect(refused).toMatchObject({ code: 2, err: expect.stringContaining('say --encoding windows-1252') as string })
  for (const options of [
    ['--encoding', 'klingon'],
    ['--delimiter', ';;'],
  ])
    expect(await cli.run('customers', 'import', file('excel.csv'), ...options)).toMatchObject({ code: 2 })
})

it('exports what Excel reads: UTF-8 with a byte order mark, and its delimiter', async () => {
  await writeFile(file('one.csv'), 'id,name\nfr,Zoé\n')
  await json('customers', 'import', file('one.csv'))
  for (const [options, delimiter] of [
    [[], ','],
    [['--delimiter', ';'], ';'],
  ] as const) {
    const exported = file('excel-all.csv')
    expect(await cli.run('customers', 'export', exported, '--force', ...options)).toMatchObject({ code: 0 })
    const text = await readFile(exported, 'utf8')
    expect(text).toMatch(new RegExp(`^\uFEFFid${delimiter}`))
    expect(text).toContain('Zoé')
    expect(await json('customers', 'import', exported)).toMatchObject({ created: 0, unchanged: 1, refused: 0 })
  }
  expect(await json('import', 'undo', 'one')).toMatchObject({ customers: 1 })
})

it('refuses files that it cannot read or write', async () => {
  expect(await cli.run('customers', 'export', file('all.xlsx'))).toMatchObject({ code: 2 })
  await writeFile(file('there.csv'), 'mine')
  expect(await cli.run('customers', 'export', file('there.csv'))).toMatchObject({
    code: 2,
    err: expect.stringContaining('--force') as string,
  })
  expect(await readFile(file('there.csv'), 'utf8')).toBe('mine')
  expect(await cli.run('customers', 'export', file('there.csv'), '--force')).toMatchObject({ code: 0 })
  expect(await cli.run('customers', 'export', join(cli.folder, 'nowhere', 'all.csv'))).toMatchObject({ code: 2 })
  await writeFile(file('no-id.csv'), 'name\nZoé\n')
  expect(await cli.run('customers', 'import', file('no-id.csv'))).toMatchObject({ code: 2 })
})

it('changes customers who are known by their id or an identity, and gives them their former values back', async () => {
  const first = 'id,name,plan,emails,verifiedEmails,externalIds,"field:seats"'
  await writeFile(
    file('base.csv'),
    [first, 'ann,Ann,,ann@acme.example,,crm:A-1,3', 'ben,Ben,,,ben@acme.example,,'].join('\n'),
  )
  expect(await json('customers', 'import', file('base.csv'))).toMatchObject({ created: 2, refused: 0 })
  const before = await listed()
  const rows = [
    'id,name,segment,verifiedEmails,externalIds,phones,country,"field:seats"',
    ',Ann Brown,key,ann@acme.example,crm:A-1,01 23 45 67 89,FR,5',
    'other,,,ben@acme.example,crm:B-1,,,',
    'ben,Benjamin,,,,,,',
    ',Nobody,,nobody@acme.example,,,,',
    'cia,Cia,,ann@acme.example,,,,',
  ]
  await writeFile(file('more.csv'), rows.join('\n'))
  const account = { rows: 5, created: 0, updated: 2, unchanged: 0, refused: 3 }
  expect(await json('customers', 'import', file('more.csv'))).toMatchObject(account)
  expect(await listed('--search', 'brown')).toMatchObject([
    {
      customerId: 'ann',
      details: { name: 'Ann Brown', segment: 'key', country: 'FR' },
      emails: [{ address: 'ann@acme.example', verified: true }],
      fields: { seats: 5 },
    },
  ])
  expect(await json('customers', 'import', file('more.csv'))).toMatchObject({ updated: 0, unchanged: 2, refused: 3 })
  await writeFile(file('later.csv'), 'id,segment\nann,gold\n')
  expect(await json('customers', 'import', file('later.csv'))).toMatchObject({ updated: 1 })
  expect(await json('import', 'undo', 'more')).toEqual({
    import: 'more',
    customers: 0,
    restored: 2,
    kept: ['ann segment'],
    passedOver: [],
  })
  const [ann] = await listed('--search', 'ann@acme')
  expect(ann).toMatchObject({
    details: { name: 'Ann', segment: 'gold' },
    emails: [{ address: 'ann@acme.example', verified: false }],
    phones: [],
    externalIds: [{ system: 'crm', id: 'A-1' }],
    fields: { seats: 3 },
  })
  expect(await json('import', 'undo', 'later')).toMatchObject({ restored: 1, kept: [] })
  const without = (customers: unknown) =>
    (customers as readonly object[]).map((each) => ({ ...each, updatedAt: 0, version: 0 }))
  expect(without(await listed())).toEqual(without(before))
  expect(await json('customers', 'import', file('more.csv'))).toMatchObject(account)
  for (const name of ['more', 'base']) expect(await json('import', 'undo', name)).toMatchObject({ import: name })
})

it('imports organisations, and their members by the name, the id or a domain', async () => {
  const header = 'id,name,industry,size,customerSince,sharedWith,domains,managers'
  const rows = [
    'acme,ACME Énergie,Energy,250,2024-02-29,managers,ENERGIE.example; acme.test,ann',
    'beta,Beta,,,,,beta.example,',
    'gamma,Gamma,,,,,energie.example,',
    'delta,Delta,,many,,,,',
    ',Nobody,,,,,,',
  ]
  await writeFile(file('orgs.csv'), [header, ...rows].join('\n'))
  const organisations = ['import', file('orgs.csv'), '--organisations'] as const
  const account = { rows: 5, created: 2, updated: 0, unchanged: 0, refused: 3 }
  expect(await json('customers', ...organisations)).toMatchObject(account)
  expect(await json('customers', ...organisations)).toMatchObject({ created: 0, unchanged: 2, refused: 3 })
  await writeFile(
    file('members.csv'),
    'id,organisation,organisationId,verifiedEmails\npia,acme energie,,\nquin,,beta,\nrob,,,rob@acme.test\ndan,Omega,,\n',
  )
  expect(await json('customers', 'import', file('members.csv'))).toMatchObject({ created: 3, refused: 1 })
  const members = async (id: string) =>
    ((await listed('--organisation', id)) as { customerId: string }[]).map((each) => each.customerId)
  expect([await members('acme'), await members('beta')]).toEqual([['pia', 'rob'], ['quin']])
  expect((await cli.run('customers', 'export', file('orgs.ndjson'), '--organisations')).code).toBe(0)
  expect(JSON.parse((await readFile(file('orgs.ndjson'), 'utf8')).split('\n')[0] ?? '')).toEqual({
    id: 'acme',
    name: 'ACME Énergie',
    industry: 'Energy',
    size: '250',
    customerSince: '2024-02-29',
    sharedWith: 'managers',
    domains: 'energie.example;acme.test',
    managers: 'ann',
  })
  await writeFile(file('size.csv'), 'id,size,domains\nacme,300,acme.shop\n,,beta.example\n')
  expect(await json('customers', 'import', file('size.csv'), '--organisations')).toMatchObject({
    updated: 1,
    unchanged: 1,
  })
  expect(await json('import', 'undo', 'size')).toMatchObject({ organisations: 0, restored: 1, kept: [] })
  expect(await json('import', 'undo', 'members')).toMatchObject({ customers: 3, kept: [] })
  expect(await json('import', 'undo', 'orgs')).toMatchObject({ organisations: 1, kept: ['acme'] })
})

it('names the columns that it ignores, and says where a list is cut', async () => {
  await writeFile(file('odd.csv'), 'id,name,email,Phone\nodd,Odd,odd@acme.example,0123\n')
  const { code, out, err } = await cli.run('customers', 'import', file('odd.csv'), '--json')
  expect([code, JSON.parse(out)]).toMatchObject([0, { created: 1, ignored: ['email', 'Phone'] }])
  expect(err).toContain('2 columns ignored: email, Phone')
  await writeFile(file('odd.ndjson'), '{"id":"even","bogus":1}\n')
  expect(JSON.parse((await cli.run('customers', 'import', file('odd.ndjson'), '--json')).out)).toMatchObject({
    ignored: ['bogus'],
  })
  expect((await cli.run('customers', 'list', '--limit', '1')).out).toContain('and more than these 1')
})
