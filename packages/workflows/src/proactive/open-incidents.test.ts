import { expect, it } from 'vitest'
import type { LikelyIncident, StreamCategories } from '@guichet/domain'
import { days, later, troubleIncidentId } from '@guichet/domain'
import { deskInMemory, monday } from '@guichet/domain/testing'
import type { RecordedIncident } from './likely-incidents.ts'
import { openIncidentsOf } from './open-incidents.ts'

const trouble: LikelyIncident = {
  fingerprint: 'error_occurred:E_PAY',
  kind: 'error_occurred',
  code: 'E_PAY',
  since: monday,
  pages: [],
  versions: [],
  lately: 42,
  usual: 1,
}
const likely: RecordedIncident = { ...trouble, day: '2026-03-02', firstDay: '2026-03-01', updatedAt: monday }
const ana = { kind: 'agent', id: 'ana' } as const

it('reads the trouble about which an incident was declared, until that is resolved', async () => {
  const desk = deskInMemory({ now: () => monday })
  const read = openIncidentsOf(desk, {
    of: async (fingerprints, since) =>
      fingerprints.includes(likely.fingerprint) && since === '2026-01-31' ? [likely] : [],
  })
  const fingerprints = ['login_failed', likely.fingerprint]
  const id = troubleIncidentId(likely)
  const send = async (command: StreamCategories['incident']['command']) =>
    expect(await desk.execute('incident', id, command, { by: ana })).toMatchObject({ ok: true })

  expect(await read(fingerprints, monday)).toEqual(new Set())
  await send({ type: 'declare', title: 'Payments fail', customers: [{ id: 'zoe' }] })
  expect(await read(fingerprints, monday)).toEqual(new Set([likely.fingerprint]))
  expect(await read(fingerprints, later(monday, days(1)))).toEqual(new Set())
  await send({ type: 'acknowledge' })
  expect(await read(fingerprints, monday)).toEqual(new Set([likely.fingerprint]))
  await send({ type: 'resolve', summary: 'A certificate was renewed.' })
  expect(await read(fingerprints, monday)).toEqual(new Set())
})
