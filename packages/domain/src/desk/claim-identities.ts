import type { Identity, IdentityKind } from '../customer/details.ts'
import { emailIdentity, externalIdentity, isSameIdentity, phoneIdentities } from '../customer/details.ts'
import type { CustomerEventOf, CustomerState } from '../customer/events.ts'
import { evolveCustomer, identitiesOfCustomer } from '../customer/events.ts'
import type { OrganisationEvent, OrganisationState } from '../customer/organisation.ts'
import { evolveOrganisation, identitiesOfOrganisation } from '../customer/organisation.ts'
import { readHistoryInPages } from '../history.ts'
import type { IdentityEvent } from '../identity.ts'
import { claimOf, identityId } from '../identity.ts'
import { derivedCommandId, engineCommandId, generationCommandId, identityActor } from '../kernel/actor.ts'
import type { Aggregate } from '../kernel/decider.ts'
import type { EventStore } from '../kernel/event-store.ts'
import type { DomainEvent, EventEnvelope } from '../kernel/event.ts'
import { parseStream, streamName, unlessDeleted } from '../kernel/event.ts'
import type { Dispatch, Execute, Execution, SentCommand } from '../kernel/execute.ts'
import { decideAt, versionConflict } from '../kernel/execute.ts'
import type { Result } from '../kernel/refusal.ts'
import { deny, refusal, throwIfTransient } from '../kernel/refusal.ts'
import type { Snapshot } from '../kernel/snapshots.ts'
import type { StreamDesk } from './port.ts'
import { completion, untilUndisturbed } from './process.ts'
import { settleRemovalFromMerged } from './remove-from-merged.ts'

/** The parts of a desk that a claim needs. */
type ClaimingDesk = { readonly store: EventStore; readonly engine: StreamDesk; readonly carryOut: Execute }

/** A category of streams whose states have identities, which a claim needs. */
type Holder<C, E extends DomainEvent, S> = {
  readonly aggregate: Aggregate<C, E, S>
  identities(state: S): readonly Identity[]
  /** Adds to commands which other records list what they remove. */
  readonly listings?:
    | ((desk: StreamDesk, state: S, commands: readonly SentCommand<C>[]) => Promise<readonly SentCommand<C>[]>)
    | undefined
}

/**
 * Carries out commands of a holder of identities. Each identity that they add is claimed on its own stream first, for
 * the version at which the holder's event is then stored; if that version is taken, all begins again. So an identity
 * in the state of a holder is always claimed, however many processes write. Identities that the commands remove are
 * released afterwards; what a crash leaves over is settled by `settleClaim`, `settleRemoval` and `settleWithdrawal`.
 */
export async function claimIdentities<C, E extends DomainEvent, S>(
  { store, engine, carryOut }: ClaimingDesk,
  member: Holder<C, E, S>,
  id: string,
  commands: readonly SentCommand<C>[],
  dispatch: Dispatch,
  read: (attempt: number) => Promise<Snapshot<S>>,
): Promise<Result<Execution<E, S>>> {
  const { aggregate, identities, listings } = member
  const { expectedVersion } = dispatch
  return untilUndisturbed(async (attempt) => {
    const before = await read(attempt)
    const isExpected = expectedVersion === undefined || expectedVersion === before.version
    // The first read may be a moment old.
    if (!isExpected && attempt === 0) return undefined
    const sent = (await listings?.(engine, before.state, commands)) ?? commands
    const issued = sent.map((command) => ({ ...command, aggregateId: id }))
    const decided = decideAt(aggregate, issued, before, undefined)
    const after = decided.ok ? decided.value.state : before.state
    const added = without(identities(after), identities(before.state))
    const removed = without(identities(before.state), identities(after))
    const isSettled = added.length + removed.length === 0 && isExpected
    if (!isSettled && (await isRepeat(store, aggregate, id, before.state, dispatch))) {
      return carryOut(aggregate, id, sent, dispatch)
    }
    if (!isExpected) return deny(versionConflict(before.version, expectedVersion))
    const foreign = await firstTaken(engine, added, id)
    if (foreign) return deny(identityTaken(foreign))
    const version = before.version + 1
    const claimed: Identity[] = []
    for (const identity of added) {
      const outcome = await send(engine, 'claim', identity, id, version, dispatch)
      if (!outcome.ok) {
        for (const each of claimed) await settleIdentity(engine, member, each, id, version)
        return outcome.refusal.code === 'identity_taken' ? deny(identityTaken(identity)) : deny(outcome.refusal)
      }
      claimed.push(identity)
    }
    const outcome = await carryOut(aggregate, id, sent, { ...dispatch, expectedVersion: before.version })
    if (outcome.ok) {
      for (const each of removed) await release(engine, each, id, outcome.value.version, dispatch)
      return outcome
    }
    for (const each of claimed) await settleIdentity(engine, member, each, id, version)
    return outcome.refusal.code === 'version_conflict' && expectedVersion === undefined ? undefined : outcome
  })
}

const fieldOf = { email: 'address', phone: 'number', external: 'id', domain: 'domain' } as const

const identityTaken = ({ kind }: Identity) => refusal('identity_taken', { field: fieldOf[kind] })

/** The first identity that somebody else holds. Most refusals are found here, before anything is claimed. */
async function firstTaken(desk: Pick<StreamDesk, 'read'>, identities: readonly Identity[], id: string) {
  for (const identity of identities) {
    const holder = await holderOf(desk, identity)
    if (holder !== undefined && holder !== id) return identity
  }
  return undefined
}

async function isRepeat<S>(
  store: EventStore,
  { category, generation }: Pick<Aggregate<never, never, S>, 'category' | 'generation'>,
  id: string,
  state: S,
  { commandId }: Dispatch,
): Promise<boolean> {
  const stored = generationCommandId(commandId, generation?.(state) ?? 0)
  return (await store.findCommand(streamName(category, id), stored)) !== undefined
}

const without = (all: readonly Identity[], some: readonly Identity[]): readonly Identity[] =>
  all.filter((each) => !some.some((other) => isSameIdentity(each, other)))

/** Claims or releases an identity. */
const send = (
  engine: StreamDesk,
  type: 'claim' | 'release',
  { kind, value }: Identity,
  holder: string,
  version: number,
  { commandId, correlationId }: Pick<Dispatch, 'commandId' | 'correlationId'>,
) =>
  engine.execute(
    'identity',
    identityId({ kind, value }),
    { type, kind, value, holder, version },
    {
      by: identityActor,
      commandId: derivedCommandId(commandId, type, identityId({ kind, value }), holder, String(version)),
      correlationId,
      causationId: commandId,
    },
  )

/** A category of streams whose states have identities. */
type Holding<S> = {
  readonly aggregate: { readonly category: string }
  identities(state: S): readonly Identity[]
}

/**
 * Releases an identity whose holder does not have it and cannot get it any more at the version that it was claimed for.
 */
async function settleIdentity<S>(
  engine: StreamDesk,
  { aggregate, identities }: Holding<S>,
  identity: Identity,
  holder: string,
  claimedFor: number,
): Promise<void> {
  const { version, state } = await engine.read(aggregate.category as HolderCategory, holder)
  if (version < claimedFor || identities(state as S).some((each) => isSameIdentity(each, identity))) return
  await release(engine, identity, holder, version)
}

/** Releases an identity. Of one whose stream was deleted nothing is left to release. */
const release = (
  engine: StreamDesk,
  identity: Identity,
  holder: string,
  version: number,
  cause: Pick<Dispatch, 'commandId' | 'correlationId'> = { commandId: `settle-${version}` },
) => unlessDeleted(send(engine, 'release', identity, holder, version, cause), () => undefined)

/** The categories of streams that hold identities. */
type HolderCategory = 'customer' | 'organisation'

const holderCategory = (kind: IdentityKind): HolderCategory => (kind === 'domain' ? 'organisation' : 'customer')

const holds = async (desk: Pick<StreamDesk, 'read'>, { kind, value }: Identity, holder: string) => {
  const isIt = (each: Identity): boolean => isSameIdentity(each, { kind, value })
  if (holderCategory(kind) === 'organisation') {
    const { version, state } = await desk.read('organisation', holder)
    return { version, isHeld: identitiesOfOrganisation(state).some(isIt) }
  }
  const { version, state } = await desk.read('customer', holder)
  return { version, isHeld: identitiesOfCustomer(state).some(isIt) }
}

/**
 * Completes a claim whose sender died before the holder's own event was stored: the holder gets the identity, or, if it
 * can have it at that version no more, the identity is released. A sender that is only slow finds the identity there.
 */
async function settleClaim(
  desk: Pick<StreamDesk, 'read' | 'engine'>,
  { event, id, correlationId }: EventEnvelope<Extract<IdentityEvent, { type: 'IdentityClaimed' }>>,
): Promise<void> {
  const { kind, value, holder } = event
  const { version, isHeld } = await holds(desk, event, holder)
  if (isHeld) return
  if (version >= event.version) {
    await release(desk.engine, { kind, value }, holder, version)
    return
  }
  const sender = {
    by: identityActor,
    commandId: engineCommandId('derived', 'identity', id),
    correlationId,
    causationId: id,
  }
  const outcome =
    kind === 'domain'
      ? await desk.engine.execute('organisation', holder, { type: 'addDomain', domain: value }, sender)
      : await desk.engine.execute('customer', holder, { type: 'keepIdentity', kind, value }, sender)
  throwIfTransient(outcome)
}

/** Releases an identity that was removed from its holder, in case the sender died before doing so. */
export async function settleRemoval(
  desk: Pick<StreamDesk, 'read' | 'engine'>,
  holder: string,
  identity: Identity,
): Promise<void> {
  const { version, isHeld } = await holds(desk, identity, holder)
  const settling = async (): Promise<void> => {
    if (isHeld || (await holderOf(desk, identity)) !== holder) return
    await release(desk.engine, identity, holder, version)
  }
  await unlessDeleted(settling(), () => undefined)
}

type Withdrawal =
  CustomerEventOf<'CustomerImportWithdrawn'> | Extract<OrganisationEvent, { type: 'OrganisationImportWithdrawn' }>

/** Releases all identities of a record whose import was taken back, in case the sender died before doing so. */
export async function settleWithdrawal(
  desk: Pick<StreamDesk, 'store' | 'read' | 'engine'>,
  { stream, version }: EventEnvelope<Withdrawal>,
): Promise<void> {
  const { category, id } = parseStream(stream)
  const before = version - 1
  let customer: CustomerState = { status: 'absent' }
  let organisation: OrganisationState = { status: 'absent' }
  if (category === 'customer') {
    for await (const page of readHistoryInPages(desk.store, 'customer', id, before))
      for (const { event } of page) customer = evolveCustomer(customer, event)
  } else {
    for await (const page of readHistoryInPages(desk.store, 'organisation', id, before))
      for (const { event } of page) organisation = evolveOrganisation(organisation, event)
  }
  for (const identity of [...identitiesOfCustomer(customer), ...identitiesOfOrganisation(organisation)])
    await settleRemoval(desk, id, identity)
}

/** Settles what identifies customers and organisations, in case a sender died between two streams. */
export const settleIdentities = completion({
  name: 'settle_identities',
  on: [
    'IdentityClaimed',
    'CustomerEmailRemoved',
    'CustomerPhoneRemoved',
    'CustomerExternalIdRemoved',
    'OrganisationDomainRemoved',
    'CustomerImportWithdrawn',
    'OrganisationImportWithdrawn',
  ],
  complete: async ({ event, ...envelope }, desk) => {
    if (event.type === 'IdentityClaimed') return settleClaim(desk, { ...envelope, event })
    if (event.type === 'CustomerImportWithdrawn' || event.type === 'OrganisationImportWithdrawn')
      return settleWithdrawal(desk, { ...envelope, event })
    for (const identity of removedBy(event)) await settleRemoval(desk, parseStream(envelope.stream).id, identity)
    if (event.type !== 'OrganisationDomainRemoved') await settleRemovalFromMerged(desk, { ...envelope, event })
  },
})

type Removal =
  | CustomerEventOf<'CustomerEmailRemoved' | 'CustomerPhoneRemoved' | 'CustomerExternalIdRemoved'>
  | Extract<OrganisationEvent, { type: 'OrganisationDomainRemoved' }>

function removedBy(event: Removal): readonly Identity[] {
  switch (event.type) {
    case 'CustomerEmailRemoved':
      return [emailIdentity(event.address)]
    case 'CustomerPhoneRemoved':
      return phoneIdentities(event.number)
    case 'CustomerExternalIdRemoved':
      return [externalIdentity(event)]
    case 'OrganisationDomainRemoved':
      return [{ kind: 'domain', value: event.domain }]
  }
}

/** The holder of an identity, as stored. */
export async function holderOf(desk: Pick<StreamDesk, 'read'>, identity: Identity): Promise<string | undefined> {
  return (await claimFor(desk, identity))?.holder
}

/** The claim of an identity, as stored. */
export async function claimFor(
  desk: Pick<StreamDesk, 'read'>,
  identity: Identity,
): Promise<ReturnType<typeof claimOf>> {
  const { state } = await desk.read('identity', identityId(identity))
  return claimOf(state, identity)
}
