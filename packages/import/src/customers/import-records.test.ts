import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Desk } from '@guichet/domain'
import { configurationSchema, mailAddressOf } from '@guichet/domain'
import { AppendOutcomeUnknown } from '@guichet/eventstore'
import { describe, expect, it } from 'vitest'
import { bringInTogether, inFolder, newDesk, now, row, snapshots, writeSnapshots } from '../testing/index.ts'
import { customerRow } from './customer-row.ts'
import { importRecords } from './import-records.ts'
import { undoRecords } from './undo-records.ts'

const agent = { by: { kind: 'agent', id: 'ana' } } as const
const organisationsNamed = (name: string): Promise<readonly string[]> =>
  Promise.resolve(name === 'ACME' ? ['acme'] : name === 'Twins' ? ['one', 'two'] : [])

/** Imports rows and returns their account and the first cells of the refused ones. */
const importRows = (desk: Desk, importId: string, rows: readonly string[], kind: 'customers' | 'organisations') =>
  inFolder(async (folder) => {
    const [file, rejectsFile] = [join(folder, 'rows.csv'), join(folder, 'rejects.csv')]
    await writeFile(file, rows.join('\n'))
    const account = await importRecords({ kind, file, importId, rejectsFile, desk, now, organisationsNamed })
    const { rows: all, created, updated, unchanged, refused } = account
    expect(all).toBe(created + updated + unchanged + refused)
    const rejects = refused > 0 ? (await readFile(rejectsFile, 'utf8')).trim().split('\n').slice(1) : []
    return { created, updated, unchanged, rejects: rejects.map((line) => line.split(',').slice(1, 3).join(' ')) }
  })

const importTickets = (desk: Desk, importId: string) =>
  inFolder(async (folder) => {
    const file = join(folder, 'tickets.csv')
    await writeSnapshots(file, [row(0, 'New')])
    return bringInTogether(desk, [[file, snapshots]], { importId })
  })

const undo = async (desk: Desk, importId: string, kind: 'customers' | 'organisations' = 'customers') => {
  const { removed, restored, keptIds } = await undoRecords({ kind, importId, desk, now })
  return { removed, restored, keptIds }
}

const recordOf = async (desk: Desk, id: string) => {
  const { state } = await desk.read('customer', id)
  if (state.status === 'absent') return undefined
  const { details, emails, phones, externalIds } = state
  return { details, emails, phones, externalIds }
}

const base = [
  'id,name,plan,emails,verifiedEmails,externalIds',
  'ann,Ann,,ann@acme.example,,crm:A-1',
  'ben,Ben,,,ben@acme.example,',
]
const more = [
  'id,name,segment,verifiedEmails,externalIds,phones,country',
  ',Ann Brown,key,ann@acme.example,crm:A-1,01 23 45 67 89,FR',
  'other,,vip,ben@acme.example,crm:B-1,,',
  'ben,Benjamin,,,,,',
  ',Nobody,,nobody@acme.example,,,',
  'cia,Cia,,ann@acme.example,,,',
]

describe('an import of customers', () => {
  it('registers who is not known, and changes who is, by the id or an identity; each row is accounted for', async () => {
    const desk = newDesk()
    expect(await importRows(desk, 'base', base, 'customers')).toEqual({
      created: 2,
      updated: 0,
      unchanged: 0,
      rejects: [],
    })
    const rejects = ['id customer_already_registered', 'id invalid_command', 'id customer_already_registered']
    expect(await importRows(desk, 'more', more, 'customers')).toEqual({ created: 0, updated: 2, unchanged: 0, rejects })
    expect(await recordOf(desk, 'ann')).toEqual({
      details: { name: 'Ann Brown', segment: 'key', country: 'FR' },
      emails: [{ address: 'ann@acme.example', verified: true }],
      phones: [{ number: '+33123456789', verified: false }],
      externalIds: [{ system: 'crm', id: 'A-1' }],
    })
    expect(await recordOf(desk, 'other')).toBeUndefined()
    expect(await importRows(desk, 'more', more, 'customers')).toMatchObject({ updated: 0, unchanged: 2 })
  })

  it('is taken back: former values return, but for those that somebody has changed since', async () => {
    const desk = newDesk()
    await importRows(desk, 'base', base, 'customers')
    const before = [await recordOf(desk, 'ann'), await recordOf(desk, 'ben')]
    await importRows(desk, 'more', more, 'customers')
    await desk.execute('customer', 'ann', { type: 'change', changes: { segment: 'gold' } }, agent)
    expect(await undo(desk, 'more')).toEqual({ removed: 0, restored: 2, keptIds: ['ann segment'] })
    expect(await recordOf(desk, 'ann')).toEqual({ ...before[0], details: { name: 'Ann', segment: 'gold' } })
    expect(await recordOf(desk, 'ben')).toEqual(before[1])
    expect(await importRows(desk, 'more', more, 'customers')).toMatchObject({ updated: 2 })
    expect(await undo(desk, 'more')).toEqual({ removed: 0, restored: 2, keptIds: [] })
    expect(await recordOf(desk, 'ann')).toEqual({ ...before[0], details: { name: 'Ann', segment: 'gold' } })
    expect(await undo(desk, 'base')).toEqual({ removed: 0, restored: 0, keptIds: ['ann', 'ben'] })
  })

  it.each([
    ['in reverse', ['later', 'more'], [{ restored: 1 }, { restored: 2 }]],
    ['in order', ['more', 'later'], [{ restored: 2, keptIds: ['ann segment'] }, { restored: 1 }]],
  ] as const)('leaves no value of imports that are taken back %s', async (_, ids, expected) => {
    const desk = newDesk()
    await importRows(desk, 'base', base, 'customers')
    const before = await recordOf(desk, 'ann')
    await importRows(desk, 'more', more, 'customers')
    await importRows(desk, 'later', ['id,segment', 'ann,gold'], 'customers')
    for (const [n, id] of ids.entries())
      expect(await undo(desk, id)).toEqual({ removed: 0, keptIds: [], ...expected[n] })
    expect(await recordOf(desk, 'ann')).toEqual(before)
  })

  it('leaves nothing where nobody has changed what it registered, and can be repeated', async () => {
    const desk = newDesk()
    for (let turn = 0; turn < 2; turn++) {
      expect(await importRows(desk, 'base', base, 'customers')).toMatchObject({ created: 2 })
      expect(await undo(desk, 'base')).toEqual({ removed: 2, restored: 0, keptIds: [] })
      expect(await recordOf(desk, 'ann')).toBeUndefined()
    }
  })

  it('leaves nothing where the answer of a removal was lost, or its process died before the end', async () => {
    for (const failure of ['lost', 'killed']) {
      const desk = newDesk()
      await importRows(desk, 'base', base, 'customers')
      const append = desk.store.append.bind(desk.store)
      let withdrawals = 0
      desk.store.append = async (request) => {
        const outcome = await append(request)
        if (request.events[0]?.type !== 'CustomerImportWithdrawn' || ++withdrawals !== 2) return outcome
        throw failure === 'lost' ? new AppendOutcomeUnknown(new Error('lost')) : new Error('killed')
      }
      const first = undo(desk, 'base')
      if (failure === 'lost') expect(await first).toEqual({ removed: 2, restored: 0, keptIds: [] })
      else {
        await expect(first).rejects.toThrow('killed')
        expect(await undo(desk, 'base')).toEqual({ removed: 2, restored: 0, keptIds: [] })
      }
      for (const row of ['eve,Eve,,,ben@acme.example,', 'fay,Fay,,,,crm:A-1'])
        expect(await importRows(desk, row.slice(0, 3), [base[0] ?? '', row], 'customers')).toMatchObject({ created: 1 })
    }
  })

  it('counts a value as restored where the answer was lost', async () => {
    const desk = newDesk()
    await importRows(desk, 'base', base, 'customers')
    await importRows(desk, 'more', more, 'customers')
    const append = desk.store.append.bind(desk.store)
    let isLost = false
    desk.store.append = async (request) => {
      const outcome = await append(request)
      if (isLost || !request.commandId.startsWith('undo-of-import:')) return outcome
      isLost = true
      throw new AppendOutcomeUnknown(new Error('lost'))
    }
    expect(await undo(desk, 'more')).toEqual({ removed: 0, restored: 2, keptIds: [] })
    expect(isLost).toBe(true)
  })

  it('does not take the name of an import of another kind, until that is taken back', async () => {
    const desk = newDesk()
    const acme = ['id,name', 'acme,ACME']
    await importRows(desk, 'acme', base, 'customers')
    const taken = { code: 'import_refused', message: 'acme is the name of an import of customers' }
    await expect(importRows(desk, 'acme', acme, 'organisations')).rejects.toMatchObject(taken)
    await expect(importTickets(desk, 'acme')).rejects.toMatchObject(taken)
    expect((await desk.read('organisation', 'acme')).state.status).toBe('absent')
    expect(await undo(desk, 'acme')).toMatchObject({ removed: 2 })
    expect(await importRows(desk, 'acme', acme, 'organisations')).toMatchObject({ created: 1 })

    await importTickets(desk, 'old-desk')
    await expect(importRows(desk, 'old-desk', base, 'customers')).rejects.toMatchObject({
      message: 'old-desk is the name of an import of tickets',
    })
  })

  it('names the column of a value that is refused', async () => {
    const desk = newDesk()
    await importRows(desk, 'base', base, 'customers')
    const columns = 'id,country,verifiedEmails,externalIds,field:seats'
    const configuration = configurationSchema.parse({ customers: { fields: [{ name: 'seats', type: 'number' }] } })
    await desk.execute('configuration', 'desk', { type: 'apply', configuration }, agent)
    const rows = (id: string) => [`${id}2,France,,,`, `${id}3,,,without system,`, `${id}4,,,,seven`]
    const rejects = ['country invalid_command', 'externalIds invalid_command', 'field:seats field_invalid']
    expect(await importRows(desk, 'new', [columns, ...rows('new')], 'customers')).toMatchObject({ rejects })
    await importRows(desk, 'known', ['id', 'k1', 'k2', 'k3', 'k4', 'k5'], 'customers')
    const taken = ['k1,,BEN@acme.example,,', 'k5,,,crm:A-1,']
    expect(await importRows(desk, 'more', [columns, ...rows('k'), ...taken], 'customers')).toMatchObject({
      rejects: [...rejects, 'verifiedEmails identity_taken', 'externalIds identity_taken'],
    })
  })

  it('leaves an address that it added to the survivor of a merge in the merged records, when it is undone', async () => {
    const desk = newDesk()
    const address = 'zoe@old.example'
    for (const id of ['survivor', 'merged']) await desk.execute('customer', id, { type: 'register' }, agent)
    await desk.execute('customer', 'merged', { type: 'addEmail', address, verified: true }, agent)
    expect(await desk.mergeCustomers('merged', 'survivor', agent)).toMatchObject({ ok: true })
    await importRows(desk, 'addresses', ['id,emails', `survivor,${address}`], 'customers')
    expect(await mailAddressOf(desk, 'survivor', address)).toBe(address)
    expect(await undo(desk, 'addresses')).toEqual({ removed: 0, restored: 1, keptIds: [] })
    expect(await recordOf(desk, 'survivor')).toMatchObject({ emails: [] })
    expect(await recordOf(desk, 'merged')).toMatchObject({ emails: [{ address, verified: true }] })
    for (const given of [undefined, address]) expect(await mailAddressOf(desk, 'survivor', given)).toBe(address)
  })

  it('changes the survivor of a merge by a row that an identity of either record leads to', async () => {
    const desk = newDesk()
    const rows = [
      'id,verifiedEmails,externalIds,verifiedPhones',
      'ann,ann@a.example,crm:1,',
      'ben,ben@a.example,crm:2,',
    ]
    await importRows(desk, 'base', rows, 'customers')
    expect(await desk.mergeCustomers('ben', 'ann', agent)).toMatchObject({ ok: true })
    const header = 'id,segment,verifiedEmails,externalIds'
    const updates = [
      ',gold,,crm:2',
      ',silver,ben@a.example,',
      'ann,bronze,BEN@a.example,crm:2;crm:3',
      ',key,ann@a.example,',
    ]
    for (const [n, row] of updates.entries()) {
      const expected = [{ updated: 1 }, { updated: 0, unchanged: 1 }]
      for (const counts of expected)
        expect(await importRows(desk, `more-${n}`, [header, row], 'customers')).toMatchObject({
          ...counts,
          rejects: [],
        })
    }
    expect(await recordOf(desk, 'ann')).toEqual({
      details: { segment: 'key' },
      emails: [{ address: 'ann@a.example', verified: true }],
      phones: [],
      externalIds: [1, 3].map((id) => ({ system: 'crm', id: String(id) })),
    })
    await importRows(desk, 'another', ['id,externalIds', 'cia,crm:4'], 'customers')
    expect(await importRows(desk, 'taken', [header, 'ann,vip,ben@a.example,crm:4'], 'customers')).toMatchObject({
      rejects: ['externalIds identity_taken'],
    })
  })

  it('names the survivor where a row has the id of a merged customer', async () => {
    const desk = newDesk()
    await importRows(desk, 'base', base, 'customers')
    expect(await desk.mergeCustomers('ben', 'ann', agent)).toMatchObject({ ok: true })
    await inFolder(async (folder) => {
      const [file, rejectsFile] = [join(folder, 'rows.csv'), join(folder, 'rejects.csv')]
      await writeFile(file, 'id,segment\nben,gold\n')
      await importRecords({ kind: 'customers', file, importId: 'more', rejectsFile, desk, now, organisationsNamed })
      expect(await readFile(rejectsFile, 'utf8')).toMatch(/,id,customer_merged,.*into another one: ann,/)
    })
  })

  it('reads lists as an export writes them, whatever the ids of other systems are', async () => {
    const externalIds = ['a;b', 'c\\d', '\\;'].map((id) => ({ system: 'crm', id }))
    const [from, to] = [newDesk(), newDesk()]
    await from.execute('customer', 'ida', { type: 'register', externalIds }, agent)
    const { state } = await from.read('customer', 'ida')
    if (state.status === 'absent') throw new Error('nobody was registered')
    const row = customerRow('ida', state, ['id', 'externalIds'])
    await importRows(to, 'copy', ['id,externalIds', `ida,"${row['externalIds']}"`], 'customers')
    expect((await recordOf(to, 'ida'))?.externalIds).toEqual(externalIds)
  })

  it('refuses the same rows in every run, also where the address of a refused one leads to another record then', async () => {
    const desk = newDesk()
    const rows = [
      'id,name,country,emails,verifiedEmails',
      'zoe,Zoe,France,,zoe@acme.example',
      'dup,Dup,,,zoe@acme.example',
      'zoe,Zoe again,,,',
      'max,Max,,nowhere,',
      'max,Max again,,,',
      'dup,Dup again,,,',
      'other,Other,,,zoe@acme.example',
    ]
    const refusals = [
      'country invalid_command',
      'id customer_already_registered',
      'emails email_invalid',
      'id customer_already_registered',
      'id customer_already_registered',
      'id customer_already_registered',
    ]
    await inFolder(async (folder) => {
      const [file, rejectsFile] = [join(folder, 'twice.csv'), join(folder, 'rejects.csv')]
      await writeFile(file, rows.join('\n'))
      const request = {
        kind: 'customers',
        file,
        importId: 'twice',
        rejectsFile,
        desk,
        now,
        organisationsNamed,
      } as const
      for (const counts of [{ created: 1 }, { created: 0, unchanged: 1 }]) {
        expect(await importRecords(request)).toMatchObject({ updated: 0, refused: 6, ...counts })
        const rejects = await readFile(rejectsFile, 'utf8')
        expect(rejects.trim().split('\n').slice(1)).toEqual(
          refusals.map((each) => expect.stringContaining(each.replace(' ', ','))),
        )
        expect(rejects).toMatch(/^4,.*"row 2 of the file, which was refused, is about the same one"/m)
        expect(rejects).toMatch(/^7,.*,row 3 of the file is about the same one,/m)
      }
    })
    expect((await recordOf(desk, 'dup'))?.details).toEqual({ name: 'Dup' })
    for (const id of ['zoe', 'max', 'other']) expect(await recordOf(desk, id)).toBeUndefined()
  })

  it('finds the organisation of a member by its name', async () => {
    const desk = newDesk()
    const rows = ['id,organisation,organisationId', 'ann,ACME,', 'ben,,beta', 'cia,Twins,', 'dan,Omega,']
    const rejects = ['organisation organisation_not_found', 'organisation organisation_not_found']
    expect(await importRows(desk, 'members', rows, 'customers')).toMatchObject({ created: 2, rejects })
    expect((await recordOf(desk, 'ann'))?.details).toEqual({ organisationId: 'acme' })
    expect((await recordOf(desk, 'ben'))?.details).toEqual({ organisationId: 'beta' })
  })
})

it('organisations are imported, changed and taken back in the same way', async () => {
  const desk = newDesk()
  const rows = [
    'id,name,industry,size,customerSince,sharedWith,domains,managers',
    'acme,ACME,Energy,250,2024-02-29,managers,ACME.example; acme.test,ann',
    'gamma,Gamma,,,,,acme.example,',
    'delta,Delta,,many,,,,',
    ',Nobody,,,,,,',
  ]
  const rejects = ['id organisation_already_registered', 'size invalid_command', 'id invalid_command']
  expect(await importRows(desk, 'orgs', rows, 'organisations')).toMatchObject({ created: 1, rejects })
  const before = (await desk.read('organisation', 'acme')).state
  expect(before).toMatchObject({
    size: 250,
    sharedWith: 'managers',
    domains: ['acme.example', 'acme.test'],
    managers: ['ann'],
  })
  const changes = ['id,size,domains,managers', ',300,acme.test;acme.shop,ben']
  expect(await importRows(desk, 'size', changes, 'organisations')).toMatchObject({ updated: 1, rejects: [] })
  expect((await desk.read('organisation', 'acme')).state).toMatchObject({ size: 300, managers: ['ann', 'ben'] })
  expect(await undo(desk, 'size', 'organisations')).toEqual({ removed: 0, restored: 1, keptIds: [] })
  const { updatedAt: _, ...restored } = (await desk.read('organisation', 'acme')).state as { updatedAt?: unknown }
  expect({ ...restored, updatedAt: 0 }).toEqual({ ...before, updatedAt: 0 })
  expect(await undo(desk, 'orgs', 'organisations')).toMatchObject({ removed: 0, keptIds: ['acme'] })
})
