import { expect, it } from 'vitest'
import type { StreamCategories, TroubleRun } from '@guichet/domain'
import { troubleIncidentId } from '@guichet/domain'
import { deskInMemory, monday } from '@guichet/domain/testing'
import { openIncidentsOf } from './open-incidents.ts'

const fingerprint = 'error_occurred:E_PAY'
const earlier: TroubleRun = { fingerprint, firstDay: '2026-02-20' }
const latest: TroubleRun = { fingerprint, firstDay: '2026-03-01' }
const ana = { kind: 'agent', id: 'ana' } as const

it.each([
  ['of the latest time', latest],
  ['of a time before', earlier],
])('reads the trouble about which an incident %s was declared, until that is resolved', async (_, run) => {
  const desk = deskInMemory({ now: () => monday })
  const read = openIncidentsOf(desk, {
    runsOf: async (fingerprints) => (fingerprints.includes(fingerprint) ? [latest, earlier] : []),
  })
  const fingerprints = ['login_failed', fingerprint]
  const send = async (command: StreamCategories['incident']['command']) =>
    expect(await desk.execute('incident', troubleIncidentId(run), command, { by: ana })).toMatchObject({ ok: true })

  expect(await read(fingerprints)).toEqual(new Set())
  await send({ type: 'declare', title: 'Payments fail', customers: [{ id: 'zoe' }] })
  expect(await read(fingerprints)).toEqual(new Set([fingerprint]))
  expect(await read(['login_failed'])).toEqual(new Set())
  await send({ type: 'acknowledge' })
  expect(await read(fingerprints)).toEqual(new Set([fingerprint]))
  await send({ type: 'resolve', summary: 'A certificate was renewed.' })
  expect(await read(fingerprints)).toEqual(new Set())
})
