import type { Bench } from '../bench.ts'
import type { Figure } from '../figure.ts'
import { figure } from '../figure.ts'
import { openHelpdesk } from '../helpdesk.ts'
import { eventsPerTicket } from '../seeding.ts'

const target = 20_000

/** Events per second of a rebuild of each read model, its indexes and the switch included. */
export async function rebuild({ ground, quick }: Bench): Promise<readonly Figure[]> {
  const tickets = quick ? 5_000 : 50_000
  const helpdesk = await openHelpdesk(ground, tickets)
  const figures: Figure[] = []
  for (const { name } of helpdesk.projections) {
    const started = performance.now()
    await helpdesk.runner.rebuild(name)
    const seconds = (performance.now() - started) / 1000
    figures.push(figure(`rebuild-${name}`, 'events/s', (tickets * eventsPerTicket) / seconds, { target }))
  }
  await helpdesk.close()
  return figures
}
