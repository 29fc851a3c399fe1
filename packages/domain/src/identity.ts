import { z } from 'zod'
import type { Identity } from './customer/details.ts'
import { identityKinds, identityValue } from './customer/details.ts'
import { defineAggregate } from './kernel/aggregate.ts'
import { defineCommand, senders } from './kernel/command.ts'
import type { EventOf } from './kernel/event.ts'
import { defineEvent } from './kernel/event.ts'
import { hash128 } from './kernel/fingerprint.ts'
import { accept, deny, refusal } from './kernel/refusal.ts'
import { id, personId } from './kernel/values.ts'

const claimFields = {
  kind: z.enum(identityKinds),
  value: identityValue,
  /** The id of the customer, or of the organisation of a domain. */
  holder: personId,
  /** The version of the holder's stream at which it has the identity, or at which it does not have it any more. */
  version: z.int().nonnegative(),
}

/** The definition of every command of an identity. Claims and releases follow from the holder's own commands. */
const identityCommands = {
  claim: defineCommand({
    description: 'Claims an identity for a holder, before the holder’s own event is stored.',
    schema: z.strictObject({ type: z.literal('claim'), ...claimFields }),
    sentBy: senders.system,
  }),
  release: defineCommand({
    description: 'Releases an identity that its holder does not have any more.',
    schema: z.strictObject({ type: z.literal('release'), ...claimFields }),
    sentBy: senders.system,
  }),
} as const

const claim = z.object({
  kind: z.enum(identityKinds),
  value: z.string(),
  holder: z.string(),
  version: z.int().nonnegative(),
})

/** The definition of every event of an identity. */
const identityEvents = {
  IdentityClaimed: defineEvent({ schema: claim, personal: { value: 'customer', holder: 'customer' } }),
  IdentityReleased: defineEvent({ schema: claim, personal: { value: 'customer', holder: 'customer' } }),
} as const

/** An event of the stream of an identity: it is claimed for its holder, or released. */
export type IdentityEvent = EventOf<typeof identityEvents>

/** Who holds an identity, and since which version of their stream. */
type IdentityClaim = { readonly holder: string; readonly version: number }

/** The claims of one stream: more than one where identities share a hash. */
type IdentityState = { readonly claims: Readonly<Record<string, IdentityClaim>> }

const keyOf = ({ kind, value }: Identity): string => `${kind}\n${value}`

/** The id of the stream that an identity is claimed on. */
export const identityId = (identity: Identity): string => hash128(keyOf(identity))

/** Who holds an identity. */
export const claimOf = ({ claims }: IdentityState, identity: Identity): IdentityClaim | undefined =>
  Object.hasOwn(claims, keyOf(identity)) ? claims[keyOf(identity)] : undefined

/**
 * Identities: the streams `identity-<hash of kind and value>`. Each has one holder at most: a claim is refused while
 * another one holds it. A claim that was renewed meanwhile is not released.
 */
export const identityAggregate = defineAggregate({
  category: 'identity',
  id,
  commands: identityCommands,
  events: identityEvents,
  initial: { claims: {} },
  begunBy: ['claim'],
  evolve: (state: IdentityState, event): IdentityState => {
    const { [keyOf(event)]: _, ...others } = state.claims
    const { holder, version } = event
    return { claims: event.type === 'IdentityClaimed' ? { ...others, [keyOf(event)]: { holder, version } } : others }
  },
  rules: {
    claim: ({ at, by, kind, value, holder, version }, state) => {
      const currentClaim = claimOf(state, { kind, value })
      if (currentClaim && currentClaim.holder !== holder) return deny(refusal('identity_taken'))
      const isNew = !currentClaim || currentClaim.version < version
      return accept(isNew ? [{ type: 'IdentityClaimed', at, by, kind, value, holder, version }] : [])
    },
    release: ({ at, by, kind, value, holder, version }, state) => {
      const currentClaim = claimOf(state, { kind, value })
      const isLeft = currentClaim?.holder === holder && currentClaim.version <= version
      return accept(isLeft ? [{ type: 'IdentityReleased', at, by, kind, value, holder, version }] : [])
    },
  },
})
