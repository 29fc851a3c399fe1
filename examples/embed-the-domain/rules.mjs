import { camille, nothing, refused, specifyTicket, ticketEvent, ticketOpened } from '@guichet/domain/testing'

const { given, when } = specifyTicket()
const waiting = ticketEvent('CustomerWaitStarted', {})

given(ticketOpened(), waiting)
  .when({ type: 'customerReply', body: 'La voici' }, { by: camille })
  .then([{ type: 'CustomerReplied' }, { type: 'CustomerWaitEnded', reason: 'customer_reply' }])
given(ticketOpened(), waiting).when({ type: 'waitForCustomer' }).then(nothing)
when({ type: 'resolve' }).then(refused('ticket_not_found'))
