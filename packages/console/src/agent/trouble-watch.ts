import type { LikelyIncident, Outcome, TroubleAnswer } from './agent-documents.ts'
import { agentDocuments } from './agent-documents.ts'
import { atRiskItem } from './customer-health.ts'
import { createSender } from '../connection/command-ids.ts'
import { codeOf } from '../connection/refusals.ts'
import type { Transport } from '../connection/transport.ts'
import { confirmButton } from '../page/confirm-button.ts'
import { h } from '../page/dom.ts'
import type { Formats } from '../page/formats.ts'

type Options = {
  readonly transport: Pick<Transport, 'ask'>
  readonly formats: Formats
  readonly fail: (code: string | undefined) => void
}

/** Likely incidents, which a supervisor can declare once, and the customers at risk: read whenever it is opened. */
export function createTroubleWatch({ transport, formats, fail }: Options): HTMLElement {
  const sendCommand = createSender()
  const incidents = h('ul')
  const customers = h('ul')
  /** The ids of the incidents that were declared, here or by a colleague, as far as this page has seen. */
  const declaredIds = new Set<string>()

  const declare = async ({ declaration }: LikelyIncident, item: HTMLElement): Promise<void> => {
    try {
      const { result } = await sendCommand(['declareIncident', declaration], (commandId) =>
        transport.ask<Outcome>(agentDocuments.declareIncident, { input: { commandId, ...declaration } }),
      )
      const code = result.userErrors[0]?.code
      const isDeclared = code === undefined || code === 'INCIDENT_ALREADY_DECLARED'
      fail(isDeclared ? undefined : code)
      if (!isDeclared) return
      declaredIds.add(declaration.incidentId)
      item.replaceChildren(declaredLine(declaration))
    } catch (error) {
      fail(codeOf(error))
    }
  }

  const declaredLine = ({ title }: LikelyIncident['declaration']): HTMLElement =>
    h('b', { role: 'status', dir: 'auto' }, `Declared: ${title}`)

  const incidentItem = (incident: LikelyIncident): HTMLElement => {
    const { declaration, people, usual, since } = incident
    if (declaredIds.has(declaration.incidentId)) return h('li', {}, declaredLine(declaration))
    const button = confirmButton({
      label: 'Declare',
      question: 'Declare it as an incident?',
      yes: 'Yes, declare it',
      no: 'No',
      confirmed: () => void declare(incident, item),
    })
    button.querySelector('button')?.setAttribute('aria-label', `Declare: ${declaration.title}`)
    const figures = `${people} customers within 24 hours, usually ${formats.number(usual)} a day`
    const item = h(
      'li',
      {},
      h('b', { dir: 'auto' }, declaration.title),
      h('p', { dir: 'auto' }, declaration.description),
      h('p', {}, `${figures}, since ${formats.full(since)}`),
      button,
    )
    return item
  }

  const customerItem = ({ customer, health }: TroubleAnswer['atRisk']['nodes'][number]): HTMLElement =>
    atRiskItem(customer?.name ?? customer?.userId ?? 'Unknown', health)

  const load = async (): Promise<void> => {
    try {
      const { likelyIncidents, atRisk } = await transport.ask<TroubleAnswer>(agentDocuments.trouble)
      incidents.replaceChildren(...orNone(likelyIncidents.map(incidentItem)))
      customers.replaceChildren(...orNone(atRisk.nodes.map(customerItem)))
    } catch (error) {
      fail(codeOf(error))
    }
  }

  const element = h(
    'details',
    { class: 'drafts' },
    h('summary', {}, 'Likely incidents and customers at risk'),
    h('h3', {}, 'Likely incidents'),
    incidents,
    h('h3', {}, 'Customers at risk'),
    customers,
  )
  element.addEventListener('toggle', () => element.open && void load())
  return element
}

const orNone = (items: readonly HTMLElement[]): readonly HTMLElement[] =>
  items.length === 0 ? [h('li', {}, 'None.')] : items
