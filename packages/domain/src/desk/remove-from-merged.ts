import type { CustomerCommandInput } from '../customer/commands.ts'
import type { Identity } from '../customer/details.ts'
import { emailIdentity, externalIdentity, isSameIdentity, phoneIdentity } from '../customer/details.ts'
import type { CustomerEventOf, CustomerState } from '../customer/events.ts'
import { listedIdentities } from '../customer/events.ts'
import type { MergedRemoval } from '../customer/merged-removals.ts'
import { derivedCommandId, engineCommandId } from '../kernel/actor.ts'
import type { EventEnvelope } from '../kernel/event.ts'
import { parseStream, unlessDeleted } from '../kernel/event.ts'
import type { Execution } from '../kernel/execute.ts'
import { hash128 } from '../kernel/fingerprint.ts'
import type { Result } from '../kernel/refusal.ts'
import { accept, throwIfTransient } from '../kernel/refusal.ts'
import type { IdentifiedSender, StreamDesk } from './port.ts'
import { isMergedInto, mergedRecordsOf } from './survivors.ts'

type Removal = Extract<CustomerCommandInput, { type: 'removeEmail' | 'removePhone' | 'removeExternalId' }>

type RemovingDesk = Pick<StreamDesk, 'read' | 'engine'>

type AtPosition = Pick<Execution<never>, 'position'>

/**
 * Removes from the records that were merged into a customer's what commands have just removed from theirs. A repeat, the
 * reaction to the removal, or the end of a merge that was under way completes what a crash has left.
 * @returns the outcome of the commands, at the position of the last removal.
 */
export async function removeFromMerged<E extends AtPosition>(
  desk: RemovingDesk,
  customerId: string,
  commands: readonly { readonly type: string }[],
  sender: IdentifiedSender,
  outcome: E,
): Promise<Result<E>> {
  const removed = commands.filter(isRemoval).map(identityOf)
  if (removed.length === 0) return accept(outcome)
  return carryOn(desk, customerId, await removalsOf(desk, customerId, removed), sender, outcome)
}

/**
 * Removes from the record of a customer who has been merged into another one what was removed from that one while the
 * merge was under way.
 * @returns the outcome of the merge, at the position of the last removal.
 */
export async function removeFromNewlyMerged<E extends AtPosition>(
  desk: RemovingDesk,
  { source, target }: { readonly source: string; readonly target: string },
  sender: IdentifiedSender,
  outcome: E,
): Promise<Result<E>> {
  const removals = (await removalsOf(desk, target)).filter(({ sources }) => sources.includes(source))
  const meant = removals.map(({ identity }) => ({ identity, sources: [source] }))
  return carryOn(desk, target, meant, sender, outcome)
}

type RemovalEvent = CustomerEventOf<'CustomerEmailRemoved' | 'CustomerPhoneRemoved' | 'CustomerExternalIdRemoved'>

/** Completes a removal in the records that were merged into a customer's, in case its sender died on the way. */
export async function settleRemovalFromMerged(
  desk: RemovingDesk,
  { event, stream, id, correlationId }: EventEnvelope<RemovalEvent>,
): Promise<void> {
  const sender = { by: event.by, at: event.at, commandId: engineCommandId('derived', 'customer', id), correlationId }
  const customerId = parseStream(stream).id
  const removals = await removalsOf(desk, customerId, [identityOf(event)])
  throwIfTransient(await carryOn(desk, customerId, removals, sender, { position: undefined }))
}

/**
 * Commands to a customer with what their rules cannot see: whose records list what a command removes and the customer's
 * does not, of those who are merged into the customer, or are being merged. What those list who were merged into these
 * counts as theirs.
 */
export async function withListings<C>(
  desk: Pick<StreamDesk, 'read'>,
  state: CustomerState,
  commands: readonly C[],
): Promise<readonly C[]> {
  const sources = state.status === 'absent' ? [] : [...state.merged, ...state.merging]
  const identities = listedIdentities(state)
  const isElsewhere = (command: unknown): command is Removal =>
    isRemoval(command) && !lists(identities, identityOf(command))
  if (sources.length === 0 || !commands.some(isElsewhere)) return commands
  const listings: { readonly source: string; readonly listed: readonly Identity[] }[] = []
  for (const source of sources) {
    const records = await mergedRecordsOf(desk, source)
    listings.push({ source, listed: records.flatMap((each) => listedIdentities(each.state)) })
  }
  return commands.map((command) => {
    if (!isElsewhere(command)) return command
    const listing = listings.filter(({ listed }) => lists(listed, identityOf(command)))
    return { ...command, listedBy: listing.map(({ source }) => source) }
  })
}

/** The removals that stand: of these identities, or all. */
async function removalsOf(
  { read }: Pick<StreamDesk, 'read'>,
  customerId: string,
  removed?: readonly Identity[],
): Promise<readonly MergedRemoval[]> {
  const { state } = await read('customer', customerId)
  const { mergedRemovals = [] } = state.status === 'absent' ? {} : state
  return removed
    ? mergedRemovals.filter(({ identity }) => removed.some((each) => isSameIdentity(each, identity)))
    : mergedRemovals
}

/** Carries removals on to the records of those whom each of them names, and of those who were merged into these. */
async function carryOn<E extends AtPosition>(
  desk: RemovingDesk,
  customerId: string,
  removals: readonly MergedRemoval[],
  sender: IdentifiedSender,
  outcome: E,
): Promise<Result<E>> {
  let { position } = outcome
  for (const source of new Set(removals.flatMap(({ sources }) => sources))) {
    const records = await mergedRecordsOf(desk, source)
    if (!isMergedInto(records[0].state, customerId)) continue
    for (const { id, state } of records) {
      const listed = listedIdentities(state)
      const meant = removals.filter(({ identity, sources }) => sources.includes(source) && lists(listed, identity))
      if (meant.length === 0) continue
      const steps = meant.map(({ identity }) => ({ command: removalOf(identity) }))
      const values = meant.map(({ identity }) => identity.value)
      const sending = desk.engine.executeTogether('customer', id, steps, {
        ...sender,
        commandId: derivedCommandId(sender.commandId, 'merged', id, hash128(values.join('\n'))),
        causationId: sender.commandId,
      })
      const removed = await unlessDeleted(sending, () => undefined)
      if (removed?.ok === false) return removed
      position = removed?.value.position ?? position
    }
  }
  return accept({ ...outcome, position })
}

const removing: ReadonlySet<unknown> = new Set<Removal['type']>(['removeEmail', 'removePhone', 'removeExternalId'])

const isRemoval = (command: unknown): command is Removal =>
  typeof command === 'object' && command !== null && 'type' in command && removing.has(command.type)

/** What a command removes, or an event has removed. */
function identityOf(removal: Removal | RemovalEvent): Identity {
  if ('address' in removal) return emailIdentity(removal.address)
  return 'number' in removal ? phoneIdentity(removal.number) : externalIdentity(removal)
}

function removalOf({ kind, value }: Identity): Removal {
  if (kind === 'email') return { type: 'removeEmail', address: value }
  if (kind === 'phone') return { type: 'removePhone', number: value }
  const [system = '', id = ''] = value.split('\n')
  return { type: 'removeExternalId', system, id }
}

const lists = (listed: readonly Identity[], identity: Identity): boolean =>
  listed.some((each) => isSameIdentity(each, identity))
