import type { Aggregate, CommandMetadata } from '../kernel/decider.ts'
import type { Result } from '../kernel/refusal.ts'
import { accept, deny, refusal } from '../kernel/refusal.ts'
import { latest } from '../kernel/time.ts'
import type { CustomerCommand, CustomerCommandOf } from './commands.ts'
import { customerSentBy } from './commands.ts'
import type { CustomerEvent, CustomerState } from './events.ts'
import { evolveCustomer } from './events.ts'

type CustomerAggregate = Aggregate<CustomerCommand, CustomerEvent, CustomerState>

type Decision = Result<readonly CustomerEvent[]>
type CommandEnvelope<C = CustomerCommand> = C & CommandMetadata

/** Customers of the desk: the streams `customer-<person id>`, the id that tickets and tokens name them by. */
export const customerAggregate: CustomerAggregate = {
  category: 'customer',
  initial: { status: 'absent' },
  evolve: evolveCustomer,
  decide: (command, state) => {
    if (!customerSentBy[command.type][command.by.kind]) return deny(refusal('not_for_this_actor', { field: 'by' }))
    const at = state.status === 'absent' ? command.at : latest(command.at, state.updatedAt)
    return command.type === 'reserveChat'
      ? reserveChat({ ...command, at }, state)
      : releaseChat({ ...command, at }, state)
  },
}

/** One chat at a time (004, « Live Chat »): the second start learns the first's id from the state. */
function reserveChat(
  { at, by, chatId }: CommandEnvelope<CustomerCommandOf<'reserveChat'>>,
  state: CustomerState,
): Decision {
  if (state.status === 'absent') {
    return accept([
      { type: 'CustomerRegistered', at, by },
      { type: 'ChatReserved', at, by, chatId },
    ])
  }
  if (state.chatId === chatId) return accept([])
  if (state.chatId !== undefined) return deny(refusal('chat_already_active'))
  return accept([{ type: 'ChatReserved', at, by, chatId }])
}

function releaseChat(
  { at, by, chatId }: CommandEnvelope<CustomerCommandOf<'releaseChat'>>,
  state: CustomerState,
): Decision {
  if (state.status === 'absent' || state.chatId !== chatId) return accept([])
  return accept([{ type: 'ChatReservationReleased', at, by, chatId }])
}
