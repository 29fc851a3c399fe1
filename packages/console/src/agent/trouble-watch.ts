import type { LikelyIncident, Outcome, TroubleAnswer } from './agent-documents.ts'
import { agentDocuments } from './agent-documents.ts'
import { inWords, words } from './agent-language.ts'
import { fill } from '../page/words.ts'
import { customersAtRisk, listOrNone } from './customer-health.ts'
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
  const incidents = h('div')
  const customers = h('div')

  const declare = async ({ declaration }: LikelyIncident, item: HTMLElement): Promise<void> => {
    try {
      const { result } = await sendCommand(['declareIncident', declaration], (commandId) =>
        transport.ask<Outcome>(agentDocuments.declareIncident, { input: { commandId, ...declaration } }),
      )
      const code = result.userErrors[0]?.code
      const isDeclared = code === undefined || code === 'INCIDENT_ALREADY_DECLARED'
      fail(isDeclared ? undefined : code)
      if (!isDeclared) return
      item.replaceChildren(declaredLine(declaration))
    } catch (error) {
      fail(codeOf(error))
    }
  }

  const declaredLine = ({ title }: LikelyIncident['declaration'], status = 'DECLARED'): HTMLElement =>
    h(
      'b',
      { role: 'status', dir: 'auto' },
      `${fill(words.declared, title)}${status === 'DECLARED' ? '' : ` (${inWords(status)})`}`,
    )

  const incidentItem = (incident: LikelyIncident): HTMLElement => {
    const { declaration, people, usual, since } = incident
    if (incident.incident) return h('li', {}, declaredLine(declaration, incident.incident.status))
    const button = confirmButton({
      label: words.declare,
      question: words.declareAsked,
      yes: words.declareYes,
      no: words.no,
      confirmed: () => void declare(incident, item),
    })
    button.querySelector('button')?.setAttribute('aria-label', fill(words.about, words.declare, declaration.title))
    const figures = fill(words.incidentFigures, String(people), formats.number(usual))
    const item = h(
      'li',
      {},
      h('b', { dir: 'auto' }, declaration.title),
      h('p', { dir: 'auto' }, declaration.description),
      h('p', {}, `${figures}, ${fill(words.since, formats.full(since))}`),
      button,
    )
    return item
  }

  const load = async (): Promise<void> => {
    try {
      const { likelyIncidents, atRisk } = await transport.ask<TroubleAnswer>(agentDocuments.trouble)
      incidents.replaceChildren(listOrNone(latestOfEach(likelyIncidents).map(incidentItem)))
      customers.replaceChildren(customersAtRisk(atRisk.nodes))
    } catch (error) {
      fail(codeOf(error))
    }
  }

  const element = h(
    'details',
    { class: 'drafts' },
    h('summary', {}, words.trouble),
    h('h3', {}, words.incidents),
    incidents,
    h('h3', {}, words.customersAtRisk),
    customers,
  )
  element.addEventListener('toggle', () => element.open && void load())
  return element
}

/** The first of each declaration: trouble that goes on over midnight is listed for both days, the later one first. */
function latestOfEach(incidents: readonly LikelyIncident[]): readonly LikelyIncident[] {
  const latest = new Map<string, LikelyIncident>()
  for (const incident of incidents) {
    const { incidentId } = incident.declaration
    if (!latest.has(incidentId)) latest.set(incidentId, incident)
  }
  return [...latest.values()]
}
