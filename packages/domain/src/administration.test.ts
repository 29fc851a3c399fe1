import { expect, it } from 'vitest'
import { commandLineActor } from './kernel/actor.ts'
import { deskInMemory } from './testing/desk.ts'
import { alex } from './testing/examples.ts'

const exported = { type: 'recordExport', exported: 'customers', format: 'csv', rows: 3 } as const

it('records an export once, with who did it and how many records left', async () => {
  const desk = deskInMemory()
  expect(await desk.execute('administration', 'one', exported, { by: alex })).toMatchObject({
    ok: true,
    value: { events: [{ type: 'DataExported', by: alex, exported: 'customers', format: 'csv', rows: 3 }] },
  })
  expect(await desk.execute('administration', 'one', exported, { by: alex })).toMatchObject({ value: { events: [] } })
})

it('records whose tokens were revoked, or which one', async () => {
  const desk = deskInMemory()
  const issuedBefore = '2026-03-02T09:00:00.000Z'
  const all = { type: 'recordRevocation', bearerId: 'zoe', issuedBefore } as const
  const by = { by: commandLineActor }
  expect(await desk.engine.execute('administration', 'all', all, by)).toMatchObject({
    value: { events: [{ type: 'TokensRevoked', bearerId: 'zoe', issuedBefore, by: commandLineActor }] },
  })
  const one = { type: 'recordRevocation', tokenId: 'jti-1' } as const
  expect(await desk.engine.execute('administration', 'one', one, by)).toMatchObject({
    value: { events: [{ type: 'TokensRevoked', tokenId: 'jti-1' }] },
  })
  for (const command of [{ type: 'recordRevocation' } as const, { ...one, bearerId: 'zoe' }])
    expect(await desk.engine.execute('administration', 'both', command, by)).toMatchObject({
      refusal: { code: 'invalid_command', field: 'tokenId' },
    })
})

it('records which event was given up', async () => {
  const dismissal = { type: 'recordDismissal', eventId: 'e-1', reactions: 2 } as const
  expect(await deskInMemory().execute('administration', 'one', dismissal, { by: alex })).toMatchObject({
    value: { events: [{ type: 'ParkedEventDismissed', by: alex, eventId: 'e-1', reactions: 2 }] },
  })
})

it('is not for customers', async () => {
  const zoe = { kind: 'customer', id: 'zoe' } as const
  expect(await deskInMemory().execute('administration', 'one', exported, { by: zoe })).toMatchObject({
    refusal: { code: 'not_for_this_actor' },
  })
})
