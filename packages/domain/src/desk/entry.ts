import type { z } from 'zod'
import type { ConfigurationEvent } from '../configuration/versions.ts'
import { importIdOf } from '../history-import/correlation.ts'
import { withImportedPast } from '../history-import/imported-past.ts'
import type { Actor } from '../kernel/actor.ts'
import { stepCommandId } from '../kernel/command-id.ts'
import type { EventStore } from '../kernel/event-store.ts'
import type { Dispatch, Execute, Executed } from '../kernel/execute.ts'
import { refusedAt } from '../kernel/execute.ts'
import type { Instant } from '../kernel/instant.ts'
import { inOurWords } from '../kernel/issue-in-words.ts'
import { malformed } from '../kernel/malformed.ts'
import type { Refusal } from '../kernel/refusal.ts'
import { refusal } from '../kernel/refusal.ts'
import { deny } from '../kernel/result.ts'
import type { TicketCommandType } from '../ticket/commands.ts'
import { deskFactIn } from '../ticket/senders.ts'
import type { categoriesBy } from './categories.ts'
import { declareIncident } from './declare-incident.ts'
import type { Desk } from './desk.ts'
import { followMerges } from './follow-merges.ts'
import type { knownConfiguration } from './known-configuration.ts'
import { mergeTickets } from './merge-tickets.ts'
import type { engineSenderSchema, IdentifiedSender, Sender } from './sender.ts'
import { splitTicket } from './split-ticket.ts'
import { checkSteps, fingerprintOfSteps } from './steps.ts'

/** The commands of a desk, as one kind of senders may send them. */
export type Entry = Pick<Desk, 'execute' | 'executeTogether' | 'splitTicket' | 'mergeTickets' | 'declareIncident'>

/** What the entries of a desk share. */
export type EntryParts = {
  readonly store: EventStore
  readonly now: () => Instant
  readonly newId: () => string
  readonly isInTheFuture: Desk['isInTheFuture']
  readonly configured: ReturnType<typeof knownConfiguration>
  readonly categories: ReturnType<typeof categoriesBy>
  readonly carryOut: Execute
  readonly read: Desk['read']
  readonly engine: () => Desk
}

/** What an entry takes for a sender, and for whoever takes a step. */
export type Accepts = { readonly sender: typeof engineSenderSchema; readonly actor: z.ZodType<Actor> }

/** An entry to a desk for senders of one kind. */
export function entryTo(parts: EntryParts, accepts: Accepts): Entry {
  const { store, now, newId, isInTheFuture, configured, categories, carryOut, read, engine } = parts

  const executeTogether: Desk['executeTogether'] = async (category, id, steps, sender) => {
    if (!Object.hasOwn(categories, category)) return deny(unknownCategory(Object.keys(categories)))
    await configured.refresh()
    const { aggregate, schema: commandSchema, id: idSchema } = categories[category]
    const checked = checkSteps(commandSchema, accepts.actor, steps)
    if (!checked.ok) return checked
    const from = accepts.sender.safeParse(sender ?? {}, inOurWords)
    if (!from.success) return deny(malformed(from.error))
    const stream = idSchema.safeParse(id, inOurWords)
    if (!stream.success) return deny(malformed(stream.error, 'id'))

    const present = now()
    const { by, at = present, commandId = newId(), correlationId, causationId, expectedVersion } = from.data
    const early = checked.value.findIndex((step) => isInTheFuture(step.at ?? at))
    if (early >= 0) return deny(refusedAt(early, steps.length, refusal('at_in_the_future', { field: 'at' })))

    const imported = importIdOf(correlationId ?? '') !== undefined
    const ofTheDesk = by.kind === 'customer' && !imported
    const told = checked.value.map(({ command }) => (ofTheDesk ? deskFactIn(command) : undefined))
    const place = told.findIndex((field) => field !== undefined)
    if (place >= 0) {
      return deny(refusedAt(place, steps.length, refusal('not_for_this_actor', { field: told[place] ?? 'by' })))
    }

    const commands = checked.value.map((step, place) => ({
      ...step.command,
      by: step.by ?? by,
      at: step.at ?? at,
      commandId: stepCommandId(commandId, place),
    }))
    const fingerprint = fingerprintOfSteps(checked.value, by)
    const marked: Dispatch['marked'] =
      category === 'ticket' && !imported
        ? (ticket, version, events) => withImportedPast({ store, read }, ticket, version, events)
        : undefined
    const dispatch: Dispatch = { commandId, fingerprint, correlationId, causationId, expectedVersion, marked }
    const outcome = await (steps.every(({ command }) => followsMerges.has(command.type))
      ? followMerges(carryOut, aggregate, id, commands, dispatch)
      : carryOut(aggregate, id, commands, dispatch))
    if (category === 'configuration')
      await configured.sent(outcome.ok ? (outcome.value as Executed<ConfigurationEvent>) : undefined)
    return outcome
  }

  /** The sender may be missing where no compiler looks: what is sent then is refused. */
  const identified = (sender: Sender | undefined): IdentifiedSender =>
    ({ ...sender, commandId: sender?.commandId ?? newId() }) as IdentifiedSender

  const execute: Desk['execute'] = (category, id, command, sender) =>
    executeTogether(category, id, [{ command }], sender)

  return {
    execute,
    executeTogether,
    splitTicket: (split, sender) => splitTicket({ store, execute, engine: engine(), read }, split, identified(sender)),
    mergeTickets: async (source, target, sender) => {
      const from = accepts.sender.safeParse(sender ?? {}, inOurWords)
      if (!from.success) return deny(malformed(from.error))
      const merging = { store, timeline: configured.timeline, execute, engine: engine(), read }
      return mergeTickets(merging, source, target, identified(sender))
    },
    declareIncident: (id, declaration, sender) =>
      declareIncident({ execute, engine: engine(), read }, id, declaration, identified(sender)),
  }
}

const unknownCategory = (known: readonly string[]): Refusal =>
  refusal('invalid_command', { message: `category: must be one of ${known.join(', ')}`, field: 'category' })

/** A reply belongs to whoever reads it now: it follows a merged ticket to the one that it was merged into. */
const followsMerges: ReadonlySet<string> = new Set<TicketCommandType>(['customerReply', 'agentReply'])
