import { expect, it } from 'vitest'
import type { Position, TicketCommandInput } from '@guichet/domain'
import { defaultTicketPolicy, defaultWording } from '@guichet/domain'
import { projections, readModels, searchModels, ticketModels } from '../read-models.ts'
import type { Projection } from '../runner/projection.ts'
import type { ProjectionHarness } from '../testing/harness.ts'
import { harnessPerTest } from '../testing/harness.ts'
import type { TicketFilter } from '../tickets/ticket-query.ts'

const open = harnessPerTest()
const by = { kind: 'agent', id: 'agent-1' } as const
const relevance = { by: 'relevance', direction: 'desc' } as const
const models = (): readonly Projection[] => projections({ policy: defaultTicketPolicy, wording: defaultWording })

/** The actions of users at a desk, and the resulting lists. */
function lists({ desk, pool }: ProjectionHarness) {
  const { tickets } = readModels(pool)
  const execute = async (id: string, command: TicketCommandInput): Promise<Position> => {
    const outcome = await desk.execute('ticket', id, command, { by })
    if (!outcome.ok || outcome.value.position === undefined) throw new Error(`nothing happened on ${id}`)
    return outcome.value.position
  }
  return {
    execute,
    opened: (id: string, subject: string) =>
      execute(id, { type: 'open', subject, body: 'Bonjour', language: 'fr', customer: { id, name: 'Zoé Dupont' } }),
    counted: async () => (await tickets.counters()).total,
    shown: async (filter: TicketFilter = {}, after?: { readonly value: string; readonly id: string }) => {
      const { rows, hasNext } = await tickets.list(filter, relevance, { limit: 2, ...(after && { after }) }, 'all')
      return { ids: rows.map(({ row }) => row.id), hasNext, last: rows.at(-1)?.keyset }
    },
  }
}

/** Read models that follow only on request, each separately. */
async function splitAtChanges() {
  const harness = await open(models())
  const everything = harness.runnerWith()
  await everything.start()
  await everything.stop()
  const follow = async (position: Position, ...names: readonly string[]): Promise<void> => {
    const runner = harness.runnerWith({ projections: models().filter(({ name }) => names.includes(name)) })
    await runner.start()
    expect(await runner.reached(position, 30_000)).toBe(true)
    await runner.stop()
  }
  return { ...lists(harness), follow }
}

it('finds a ticket that the list already shows once the search model has caught up', async () => {
  const { opened, execute, follow, shown, counted } = await splitAtChanges()
  await follow(await opened('first', 'Imprimante en panne'), ...searchModels)
  await opened('second', 'Imprimante bruyante')
  const renamed = await execute('first', { type: 'rename', subject: 'Toner vide' })
  await follow(renamed, 'tickets')
  expect(await counted()).toBe(2)
  expect((await shown()).ids).toHaveLength(2)
  expect((await shown({ search: 'imprimante' })).ids).toEqual(['first'])
  expect((await shown({ search: 'toner' })).ids).toEqual([])
  expect((await shown({ not: { search: 'imprimante' } })).ids).toEqual(['second'])

  await follow(renamed, 'search')
  expect((await shown({ search: 'imprimante' })).ids).toEqual(['second', 'first'])
  expect((await shown({ search: 'toner' })).ids).toEqual(['first'])
  expect((await shown({ not: { search: 'imprimante' } })).ids).toEqual([])
})

it('skips a ticket that the list does not show yet, on every page', async () => {
  const { opened, execute, follow, shown, counted } = await splitAtChanges()
  for (const id of ['first', 'second']) await opened(id, 'Facture fausse')
  await follow(await opened('third', 'Facture perdue'), ...searchModels)
  const ahead = await opened('fourth', 'Facture double')
  const replied = await execute('second', { type: 'addNote', body: 'Voici le dossier zèbre' })
  await follow(replied, 'search')

  const page = await shown({ search: 'factures' })
  expect(page).toMatchObject({ ids: ['third', 'second'], hasNext: true })
  expect(await shown({ search: 'factures' }, page.last)).toMatchObject({ ids: ['first'], hasNext: false })
  expect((await shown({ search: 'double' })).ids).toEqual([])
  expect((await shown({ search: 'zebre' })).ids).toEqual(['second'])
  expect(await counted()).toBe(3)

  await follow(ahead, 'tickets')
  expect((await shown({ search: 'double' })).ids).toEqual(['fourth'])
})

it.each(searchModels)('finds the same after a rebuild of %s alone, and later texts too', async (name) => {
  const harness = await open(models())
  const { opened, execute, shown } = lists(harness)
  await harness.runner.start()
  await opened('first', 'Imprimante en panne')
  await opened('second', 'Câble')
  await execute('second', { type: 'addNote', body: 'Près de l’imprimante' })
  await harness.settled()
  expect((await shown({ search: 'imprimantes' })).ids).toEqual(['first', 'second'])

  await harness.runner.rebuild(name)
  expect((await shown({ search: 'imprimantes' })).ids).toEqual(['first', 'second'])

  await execute('second', { type: 'rename', subject: 'Deux imprimantes' })
  await execute('first', { type: 'agentReply', body: 'Les câbles sont débranchés' })
  await harness.settled()
  expect((await shown({ search: 'imprimante dupont' })).ids).toEqual(['second', 'first'])
  expect((await shown({ search: 'câble' })).ids).toEqual(['second', 'first'])
  expect((await shown({ search: 'débranché' })).ids).toEqual(['first'])
})

/** The read models, with test hooks before and after the words are written. */
const around = (before: () => void, after: () => void = () => undefined): readonly Projection[] =>
  models().map((model) => {
    if (model.name !== 'search') return model
    const project: Projection['project'] = async (...batch) => {
      before()
      await model.project(...batch)
      after()
    }
    return { ...model, project }
  })

it('leaves the list unchanged when the search model stops', async () => {
  let broken = false
  const harness = await open(
    around(() => {
      if (broken) throw new Error('no words today')
    }),
  )
  const { opened, shown, counted } = lists(harness)
  await harness.runner.start()
  await opened('first', 'Imprimante en panne')
  await harness.settled()

  broken = true
  const position = await opened('second', 'Imprimante bruyante')
  expect(await harness.runner.reached(position, 30_000, ticketModels)).toBe(true)
  await harness.runner.caughtUp()
  expect(await harness.runner.reached(position, 30_000, searchModels)).toBe(false)
  expect((await shown()).ids).toEqual(['second', 'first'])
  expect((await shown({ search: 'imprimante' })).ids).toEqual(['first'])
  expect(await counted()).toBe(2)

  broken = false
  await harness.runner.resume('search')
  expect(await harness.runner.reached(position, 30_000, searchModels)).toBe(true)
  expect((await shown({ search: 'imprimante' })).ids).toEqual(['second', 'first'])
})

it('corrects to words whose batch was rolled back before it was written', async () => {
  let rollbacks = 2
  const harness = await open(
    around(
      () => undefined,
      () => {
        if (rollbacks-- > 0) throw new Error('not yet')
      },
    ),
  )
  const { opened, shown } = lists(harness)
  await harness.runner.start()
  await opened('first', 'Imprimante en panne')
  await harness.settled()
  expect(rollbacks).toBeLessThan(0)
  expect((await shown({ search: 'imprmiante' })).ids).toEqual(['first'])
})
