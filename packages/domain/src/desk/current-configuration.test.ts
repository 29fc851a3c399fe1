import { describe, expect, it } from 'vitest'
import type { ConfigurationInput } from '../configuration/consistency.ts'
import { configurationSchema } from '../configuration/consistency.ts'
import type { EventStore } from '../kernel/event-store.ts'
import { inMemoryStore } from '../kernel/memory-store.ts'
import type { Instant } from '../kernel/time.ts'
import { hours, later, minutes } from '../kernel/time.ts'
import { deskInMemory } from '../testing/desk.ts'
import { alex, camille, monday } from '../testing/examples.ts'
import { guichetEvents } from './categories.ts'
import type { Desk } from './processes.ts'

const signedBy = (signature: string): ConfigurationInput => ({ desk: { signature } })

async function apply(desk: Desk, configuration: ConfigurationInput, effectiveFrom?: Instant): Promise<void> {
  const command = { type: 'apply', configuration: configurationSchema.parse(configuration), effectiveFrom } as const
  expect(await desk.execute('configuration', 'desk', command, { by: alex, at: monday })).toMatchObject({ ok: true })
}

/** Two desks on one store, each with its own clock and its own access to the store, like two processes. */
function twoDesks(store: EventStore = inMemoryStore({ catalogue: guichetEvents })) {
  let ids = 0
  const process = () => {
    const clock = { now: monday }
    let reads = 0
    const gates: { read?: (() => Promise<unknown>) | undefined; append?: () => Promise<unknown> } = {}
    const own: EventStore = {
      ...store,
      readStream: async (...args) => {
        const found = await store.readStream(...args)
        if (args[0] !== 'configuration-desk') return found
        reads += 1
        await gates.read?.()
        return found
      },
      append: async (...args) => {
        await gates.append?.()
        return store.append(...args)
      },
    }
    const desk = deskInMemory({ store: own, now: () => clock.now, newId: () => `command-${++ids}` })
    return {
      desk,
      reads: () => reads,
      passes: (ms: number) => void (clock.now = later(clock.now, ms)),
      /** Gates: promises to wait for before a read of the configuration returns, and before an append begins. */
      gates,
    }
  }
  return { here: process(), elsewhere: process() }
}

const signature = async ({ terms }: Desk): Promise<string> => (await terms()).policy.signature

describe('a configuration that another process applies', () => {
  it('is unknown for a second at most, and then applies to every decision', async () => {
    const { here, elsewhere } = twoDesks()
    expect(await signature(elsewhere.desk)).toBe('Équipe Support')
    await apply(here.desk, { ...signedBy('Here'), thresholds: { closeResolvedAfter: '1h' } })
    elsewhere.passes(1_000 - 1)
    expect(await signature(elsewhere.desk)).toBe('Équipe Support')
    elsewhere.passes(1)
    expect(await signature(elsewhere.desk)).toBe('Here')

    const opening = { type: 'open', subject: 'x', body: 'y', customer: { id: camille.id } } as const
    await elsewhere.desk.execute('ticket', 't', opening, { by: camille, at: monday })
    await elsewhere.desk.execute('ticket', 't', { type: 'resolve' }, { by: alex, at: monday })
    const { deadlines } = await elsewhere.desk.clockState('ticket-t')
    expect(deadlines).toMatchObject([{ kind: 'close_resolved', dueAt: later(monday, hours(1)) }])
  })

  it('is read at once by callers that query the configuration', async () => {
    const { here, elsewhere } = twoDesks()
    await signature(elsewhere.desk)
    await apply(here.desk, signedBy('Here'))
    await elsewhere.desk.refreshConfiguration()
    expect(elsewhere.desk.policy.signature).toBe('Here')
  })

  it('comes into force by the clock alone, however recent the last read is', async () => {
    const { here, elsewhere } = twoDesks()
    await apply(here.desk, signedBy('Later'), later(monday, minutes(5)))
    await elsewhere.desk.refreshConfiguration()
    elsewhere.passes(minutes(5) - 1)
    expect(elsewhere.desk.policy.signature).toBe('Équipe Support')
    elsewhere.passes(1)
    expect(elsewhere.desk.policy.signature).toBe('Later')
  })

  it('is read once for concurrent callers, and not again within the second', async () => {
    const { elsewhere } = twoDesks()
    await Promise.all([1, 2, 3].map(() => signature(elsewhere.desk)))
    await signature(elsewhere.desk)
    expect(elsewhere.reads()).toBe(1)
    elsewhere.passes(-1_000)
    await signature(elsewhere.desk)
    expect(elsewhere.reads()).toBe(2)
  })
})

describe('a desk that cannot reach its store', () => {
  it('uses the known configuration, rejects queries for more, and recovers with the store', async () => {
    const { here, elsewhere } = twoDesks()
    await apply(here.desk, signedBy('First'))
    expect(await signature(elsewhere.desk)).toBe('First')
    await apply(here.desk, signedBy('Second'))

    elsewhere.gates.read = () => Promise.reject(new Error('the store is away'))
    elsewhere.passes(hours(1))
    await expect(elsewhere.desk.refreshConfiguration()).rejects.toThrow('the store is away')
    await expect(elsewhere.desk.terms()).rejects.toThrow('the store is away')
    expect(elsewhere.desk.policy.signature).toBe('First')

    elsewhere.gates.read = undefined
    expect(await signature(elsewhere.desk)).toBe('Second')
  })
})

describe('a configuration that this process applies', () => {
  it('is in the timeline as soon as it is applied, and applies to the desk', async () => {
    const { here } = twoDesks()
    await apply(here.desk, signedBy('Mine'))
    expect(here.desk.timeline.map(({ policy }) => policy.signature)).toEqual(['Équipe Support', 'Mine'])
    expect(here.desk.policy.signature).toBe('Mine')
    await apply(here.desk, signedBy('Later'), later(monday, minutes(5)))
    expect(here.desk.timeline.map(({ policy }) => policy.signature)).toEqual(['Équipe Support', 'Mine', 'Later'])
  })

  it('is in the timeline as soon as it is applied, with those that others applied before', async () => {
    const { here, elsewhere } = twoDesks()
    await signature(here.desk)
    await apply(elsewhere.desk, signedBy('Theirs'))
    await apply(here.desk, signedBy('Mine'), later(monday, minutes(5)))
    expect(here.desk.timeline.map(({ policy }) => policy.signature)).toEqual(['Équipe Support', 'Theirs', 'Mine'])
    expect(await signature(here.desk)).toBe('Theirs')
    expect(here.desk.timeline.map(({ policy }) => policy.signature)).toEqual(['Équipe Support', 'Theirs', 'Mine'])
  })

  it('is applied even if those of others cannot be read, which follow when they can', async () => {
    const { here, elsewhere } = twoDesks()
    await signature(here.desk)
    await apply(elsewhere.desk, signedBy('Theirs'))
    const append = gate()
    here.gates.append = append.pass
    const applied = apply(here.desk, signedBy('Mine'))
    await append.reached
    here.gates.read = () => Promise.reject(new Error('the store is away'))
    append.open()
    await applied
    expect(here.desk.policy.signature).toBe('Équipe Support')
    here.gates.read = undefined
    expect(await signature(here.desk)).toBe('Mine')
  })

  it('is known at once, even if an earlier read is still under way', async () => {
    const { here } = twoDesks()
    await signature(here.desk)
    const [append, read] = [gate(), gate()]
    here.gates.append = append.pass
    const applied = apply(here.desk, signedBy('Mine'))
    await append.reached
    here.passes(minutes(1))
    here.gates.read = read.pass
    const before = signature(here.desk)
    await read.reached
    append.open()
    await applied
    here.gates.read = undefined
    const after = signature(here.desk)
    read.open()
    await before
    expect(await after).toBe('Mine')
    expect(await signature(here.desk)).toBe('Mine')
  })
})

function gate() {
  let open = (): void => undefined
  let reach = (): void => undefined
  const opened = new Promise<void>((resolve) => (open = resolve))
  const reached = new Promise<void>((resolve) => (reach = resolve))
  const pass = (): Promise<void> => {
    reach()
    return opened
  }
  return { pass, reached, open }
}
