import { parseStream, streamName } from '@guichet/domain'
import type { Constellation } from '../../development/constellation.ts'
import { startConstellation } from '../../development/constellation.ts'
import { clockLists, clockUrl } from '../../development/temporal-server.ts'
import { now } from '../../engine/engine.ts'
import type { Environment } from '../../environment/environment.ts'
import { CommandFault } from '../../fault.ts'
import { retryWhileAway } from '@guichet/eventstore'
import { developmentTokens, ownTicketId } from '../../tokens/issue-token.ts'
import type { Context } from '../context.ts'
import { environmentOf, logger } from '../context.ts'
import type { DevGreeting } from '../greeting.ts'
import { devGreeting } from '../greeting.ts'
import { untilAborted } from '../interruption.ts'
import type { ModulesOption } from '../options.ts'
import { modulesVariable } from '../options.ts'

/** The options of the command. */
export type DevOptions = ModulesOption & {
  readonly port?: string
  readonly uiPort?: number
  readonly temporalPort?: number
  readonly json?: boolean
}

/** Runs everything until interrupted; prints the addresses first. */
export async function runDev(options: DevOptions, context: Context): Promise<void> {
  const { port, uiPort, temporalPort, json } = options
  const modules = modulesVariable(options)
  const environment = environmentOf(context, { PORT: port, ...modules })
  if (environment.production) {
    throw new CommandFault('not_in_production', 'guichet dev is for trying out', {
      next: 'start guichet serve with TEMPORAL_ADDRESS, or unset NODE_ENV',
    })
  }
  const { terminal } = context
  const log = logger(environment, 'warn')
  await context.interruption.during(async (signal) => {
    const progress = (line: string): void => terminal.err(line)
    const variables = { ...context.variables, ...modules }
    const parts = { port: temporalPort, uiPort, progress, log, signal, variables }
    const constellation = await startConstellation(environment, parts)
    try {
      const greeting = await greetingOf(constellation, environment)
      const { dueSoon, serving } = constellation
      if (json) terminal.out(JSON.stringify(greeting))
      else {
        if (serving.sample)
          terminal.out(`The desk was empty: ${serving.sample.tickets} made-up tickets were brought in.`)
        if (dueSoon > 0) terminal.out(`${dueSoon} more were added on which something falls due within the hour.`)
        for (const line of devGreeting(greeting)) terminal.out(line)
      }
      const fault = await Promise.race([untilAborted(signal), constellation.failed])
      if (fault) throw fault
    } finally {
      await constellation.stop()
    }
  })
}

const commandId = 'first-clock'

async function greetingOf(
  { serving, temporal }: Constellation,
  { temporal: variables }: Environment,
): Promise<DevGreeting> {
  const place = { ui: temporal.ui, namespace: variables?.['TEMPORAL_NAMESPACE'] ?? 'default' }
  const startedAt = now()
  const lists = clockLists(place, startedAt)
  const { deadlines } = serving.engine.readModels
  const withinTheHour = await retryWhileAway(() => deadlines.dueBefore(lists.withinTheHour.until, 100))
  const due = withinTheHour.find(({ dueAt }) => dueAt > startedAt)
  const next = due && { ticketId: parseStream(due.stream).id, dueAt: due.dueAt }
  const ticketId = ownTicketId(commandId)
  const placeOf = (id: string) => {
    const clock = serving.engine.clock.clockId?.(streamName('ticket', id))
    return { ticketId: id, clock, url: clockUrl(place, clock) }
  }
  return {
    api: serving.address,
    temporal: temporal.variables['TEMPORAL_ADDRESS'] ?? '',
    ui: temporal.ui,
    tokens: await developmentTokens(serving.auth),
    lists,
    until: lists.withinTheHour.until,
    next: next && { ...next, ...placeOf(next.ticketId) },
    own: { commandId, ...placeOf(ticketId) },
  }
}
