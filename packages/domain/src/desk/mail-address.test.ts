import { expect, it } from 'vitest'
import { deskAround, deskInMemory } from '../testing/desk.ts'
import { alex } from '../testing/examples.ts'
import { mergeCustomers } from './customers.ts'
import { mailAddressOf } from './mail-address.ts'

const old = 'zoe@old.example'
const latest = 'zoe@new.example'
const anyone = 'zoe@typed.example'

type Step = readonly ['addEmail', address: string, verified: boolean] | readonly ['removeEmail', address: string]

async function deskWith(...steps: readonly Step[]) {
  const desk = deskInMemory()
  await desk.execute('customer', 'zoe', { type: 'register', name: 'Zoé' }, { by: alex })
  for (const [type, address, verified = false] of steps) {
    const command = type === 'addEmail' ? ({ type, address, verified } as const) : ({ type, address } as const)
    expect(await desk.execute('customer', 'zoe', command, { by: alex })).toMatchObject({ ok: true })
  }
  return desk
}

it.each([
  ['nobody has recorded one', [], old, old],
  [
    'the given one is verified',
    [
      ['addEmail', old, true],
      ['addEmail', latest, true],
    ],
    old,
    old,
  ],
  [
    'the given one is written differently',
    [
      ['addEmail', old, true],
      ['addEmail', latest, true],
    ],
    'ZOE@old.example',
    'ZOE@old.example',
  ],
  [
    'another one is verified',
    [
      ['addEmail', old, false],
      ['addEmail', latest, true],
    ],
    old,
    latest,
  ],
  [
    'the given one was removed',
    [
      ['addEmail', old, true],
      ['addEmail', latest, true],
      ['removeEmail', old],
    ],
    old,
    latest,
  ],
  [
    'a later one came, neither verified',
    [
      ['addEmail', old, false],
      ['addEmail', latest, false],
    ],
    old,
    old,
  ],
  [
    'it was removed, and the other one is not verified',
    [
      ['addEmail', old, false],
      ['addEmail', latest, false],
      ['removeEmail', old],
    ],
    old,
    latest,
  ],
  [
    'only the given one was known, and removed',
    [
      ['addEmail', old, true],
      ['removeEmail', old],
    ],
    old,
    undefined,
  ],
  ['none was given, and one is verified', [['addEmail', latest, true]], undefined, latest],
  ['none was given, and none is verified', [['addEmail', anyone, false]], undefined, undefined],
] as const)('is asked of the record when %s', async (_, steps, given, expected) => {
  expect(await mailAddressOf(await deskWith(...steps), 'zoe', given)).toBe(expected)
})

it('is that of the survivor, then that of whoever was merged into them', async () => {
  const desk = await deskWith(['addEmail', old, true])
  await desk.execute('customer', 'mia', { type: 'register', name: 'Mia' }, { by: alex })
  expect(await mergeCustomers(desk, 'zoe', 'mia', { by: alex, commandId: 'm1' })).toMatchObject({ ok: true })
  expect(await mailAddressOf(desk, 'zoe', undefined)).toBe(old)
  await desk.execute('customer', 'mia', { type: 'addEmail', address: latest, verified: true }, { by: alex })
  expect(await mailAddressOf(desk, 'zoe', undefined)).toBe(latest)
  expect(await mailAddressOf(desk, 'nobody', undefined)).toBeUndefined()
})

it('is none that was removed from the record of whoever was merged, also for tickets of the survivor', async () => {
  const desk = await deskWith(['addEmail', old, true])
  await desk.execute('customer', 'mia', { type: 'register', name: 'Mia' }, { by: alex })
  expect(await mergeCustomers(desk, 'zoe', 'mia', { by: alex, commandId: 'm1' })).toMatchObject({ ok: true })
  await desk.execute('customer', 'mia', { type: 'addEmail', address: latest, verified: true }, { by: alex })
  for (const customer of ['zoe', 'mia']) expect(await mailAddressOf(desk, customer, old)).toBe(old)
  const removed = await desk.execute('customer', 'zoe', { type: 'removeEmail', address: old }, { by: alex })
  expect(removed).toMatchObject({ ok: true })
  for (const customer of ['zoe', 'mia']) expect(await mailAddressOf(desk, customer, old)).toBe(latest)
})

it('is none that was removed from the customer whom a visitor has proved to be', async () => {
  const desk = await deskWith(['addEmail', old, false])
  const emails = [{ address: old }]
  await desk.execute('customer', 'visitor-1', { type: 'register', emails }, { by: alex })
  expect(await desk.claimVisitor('visitor-1', { customer: { id: 'zoe' } })).toMatchObject({ ok: true })
  expect(await mailAddressOf(desk, 'visitor-1', old)).toBe(old)
  await desk.execute('customer', 'zoe', { type: 'removeEmail', address: old }, { by: alex })
  expect(await mailAddressOf(desk, 'visitor-1', old)).toBeUndefined()
})

it('reads each of the merged records once', async () => {
  const desk = await deskWith(['addEmail', old, true])
  const sources = ['m1', 'm2', 'm3', 'm4']
  for (const id of sources) {
    await desk.execute('customer', id, { type: 'register', name: id }, { by: alex })
    expect(await desk.mergeCustomers(id, 'zoe', { by: alex })).toMatchObject({ ok: true })
  }
  const reads: string[] = []
  const counting = deskAround(desk, (entry) => ({
    read: (category, id) => {
      reads.push(id)
      return entry.read(category, id)
    },
  }))
  expect(await mailAddressOf(counting, 'zoe', undefined)).toBe(old)
  expect(reads.filter((id) => sources.includes(id))).toEqual(sources)
})
