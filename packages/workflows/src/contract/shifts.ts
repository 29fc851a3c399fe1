import type { ConfigurationInput, Instant, ShiftChanged } from '@guichet/domain'
import {
  configurationId,
  days,
  elapsed,
  hours,
  instant,
  later,
  routingActor,
  shiftId,
  streamName,
} from '@guichet/domain'
import { expect, it, vi } from 'vitest'
import type { ClockEngine } from '../clock/index.ts'
import type { Clause } from './clock-contract.ts'
import type { Scene } from './scene.ts'

const patience = { timeout: 15_000, interval: 20 }
const here = { kind: 'centre', name: 'here' } as const
const elsewhere = { kind: 'centre', name: 'elsewhere' } as const
const wallTime = (milliseconds: number): string => fromNow(milliseconds).slice(0, 16)
const fromNow = (milliseconds: number): Instant => later(instant(new Date()), milliseconds)

/** Clocks of the only stream of a category: the changes of shift. */
export const shifts: Clause = (open) => {
  it('records a change of shift at its instant, once although two engines run', async () => {
    const scene = await open()
    const change = fromNow(2_000)
    await staff(scene, 'here')
    await staff(scene, 'elsewhere', change)
    await follow(scene)
    await Promise.all([scene.startEngine(), scene.startEngine()])
    const [, changed] = await untilChanged(scene, 2)
    expect(changed).toMatchObject({
      dueAt: change,
      onShift: [elsewhere],
      ended: [here],
      handOvers: [{ from: here, to: elsewhere }],
      policyVersion: 'configuration-2',
    })
    expect(changed && elapsed(change, changed.at)).toBeGreaterThanOrEqual(0)
    expect(await changesOf(scene)).toHaveLength(2)
  })

  it('hands over at the next change what nobody took over at the one before', async () => {
    const scene = await open()
    await staff(scene, 'here')
    await follow(scene)
    await Promise.all([scene.startEngine(), scene.startEngine()])
    await staff(scene, 'nobody', fromNow(500))
    const [, ended] = await untilChanged(scene, 2)
    expect(ended).toMatchObject({ onShift: [], handOvers: [{ from: here }] })
    expect(ended?.handOvers[0]?.to).toBeUndefined()
    await staff(scene, 'elsewhere', fromNow(500))
    const [, , began] = await untilChanged(scene, 3)
    expect(began).toMatchObject({ ended: [], began: [elsewhere], handOvers: [{ from: here, to: elsewhere }] })
  })

  it('lets another configuration move the change that is waited for', async () => {
    const scene = await open()
    const planned = fromNow(hours(1))
    await staff(scene, 'here')
    await staff(scene, 'elsewhere', planned)
    await follow(scene)
    const engine = await scene.startEngine()
    await vi.waitUntil(async () => (await engine.status()).nextDue === planned, patience)
    const sooner = fromNow(1_500)
    await staff(scene, 'elsewhere', sooner)
    expect(await untilChanged(scene, 2)).toMatchObject([{ onShift: [here] }, { dueAt: sooner, onShift: [elsewhere] }])
    await untilNextIsWaitedFor(scene, engine)
  })

  it('after ten days of outage records the last change alone', async () => {
    const scene = await open()
    await staff(scene, 'here', fromNow(-days(20)))
    await follow(scene, fromNow(-days(10)))
    const [first, last] = [fromNow(-days(9)), fromNow(-days(1))]
    await staff(scene, 'elsewhere', first)
    for (let day = 8; day > 1; day--) await staff(scene, day % 2 === 0 ? 'here' : 'elsewhere', fromNow(-days(day)))
    await staff(scene, 'elsewhere', last)
    const engine = await scene.startEngine()
    const [, changed] = await untilChanged(scene, 2)
    expect(changed).toMatchObject({ dueAt: last, missedSince: first, ended: [here], began: [elsewhere] })
    await untilNextIsWaitedFor(scene, engine)
    expect(await changesOf(scene)).toHaveLength(2)
  })
}

/** Waits until an engine waits for the change that comes next. */
async function untilNextIsWaitedFor({ desk }: Scene, engine: ClockEngine): Promise<void> {
  const { deadlines } = await desk.standing(streamName('shift', shiftId))
  await vi.waitUntil(async () => (await engine.status()).nextDue === deadlines[0]?.dueAt, patience)
}

/** Two centres, of which one is there at all times or none is, and the others have closed for long, from an instant on. */
async function staff({ desk }: Scene, which: 'here' | 'elsewhere' | 'nobody', effectiveFrom?: Instant): Promise<void> {
  const always = { timeZone: 'Etc/UTC', hours: 'always' as const }
  const years = { from: wallTime(-days(400)), to: wallTime(days(400)) }
  const closed = { ...always, closures: [years] }
  const centre = { languages: ['en'], priority: 1 }
  const configuration: ConfigurationInput = {
    calendars: { here: which === 'here' ? always : closed, elsewhere: which === 'elsewhere' ? always : closed },
    followTheSun: {
      centres: [
        { id: 'here', name: 'Here', calendar: 'here', ...centre },
        { id: 'elsewhere', name: 'Elsewhere', calendar: 'elsewhere', ...centre },
      ],
    },
  }
  const command = { type: 'apply', configuration, retroactive: true, ...(effectiveFrom && { effectiveFrom }) } as const
  const outcome = await desk.execute('configuration', configurationId, command, { by: { kind: 'agent', id: 'lead' } })
  expect(outcome).toMatchObject({ ok: true })
}

async function follow({ desk }: Scene, at?: Instant): Promise<void> {
  expect(await desk.engine.execute('shift', shiftId, { type: 'follow' }, { by: routingActor, at })).toMatchObject({
    ok: true,
  })
}

const changesOf = async ({ desk }: Scene): Promise<readonly ShiftChanged[]> =>
  (await desk.store.readStream(streamName('shift', shiftId))).map(({ event }) => event as ShiftChanged)

const untilChanged = (scene: Scene, times: number): Promise<readonly ShiftChanged[]> =>
  vi.waitUntil(async () => {
    const changes = await changesOf(scene)
    return changes.length >= times && changes
  }, patience)
