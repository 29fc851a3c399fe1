import type { Refusal } from '../kernel/refusal.ts'
import { accept, deny } from '../kernel/result.ts'
import { decideReply } from './decide-reply.ts'
import { refuseUnknownTeam } from './known-names.ts'
import { messageIdOf } from './message-id.ts'
import type { Rules } from './rule.ts'
import { happened } from './rule.ts'
import { limits, productTeam } from './vocabulary.ts'

/** The tag and the reply template of a wish for a feature. */
const featureRequest = 'feature_request'

/**
 * A wish for a feature (003, « Demande de Fonctionnalité »): the customer is thanked, the ticket resolved, the wish noted. The product
 * team itself is no part of the desk, and needs no entry among its teams.
 */
export const decideFeature: Rules<'handOverToProduct'> = {
  handOverToProduct: (command, ticket, terms) => {
    if (ticket.featureRequested) return accept([])
    const { messageId, values, team, type: _, ...issued } = command
    const unknown = team === productTeam ? undefined : refuseUnknownTeam({ team }, terms.policy)
    if (unknown) return unknown
    const replied = decideReply.agentReply(
      { ...issued, type: 'agentReply', template: featureRequest, messageId, values, then: 'resolved' },
      ticket,
      terms,
    )
    if (!replied.ok) return deny(inItsInput(replied.refusal))
    if (replied.value.length === 0) return replied
    const { tags } = ticket
    const tagged = !tags.includes(featureRequest) && tags.length < limits.tags
    return accept([
      ...replied.value,
      happened('FeatureRequestNoted', command, { team, messageId: messageIdOf(command) }),
      ...(tagged ? [happened('TicketTagged', command, { tag: featureRequest })] : []),
    ])
  },
}

/** The command has no text of its own: what its template lacks is given in `values`. */
const inItsInput = (refused: Refusal): Refusal =>
  refused.code === 'placeholder_without_value'
    ? { ...refused, message: `${refused.message}; give it in values`, field: 'values' }
    : refused
