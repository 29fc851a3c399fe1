import { words } from './agent-language.ts'
import type { Availability, AvailabilitySet } from './agent-documents.ts'
import { agentDocuments } from './agent-documents.ts'
import { newId } from '../connection/command-ids.ts'
import { documents } from '../connection/documents.ts'
import { h } from '../page/dom.ts'
import type { Transport } from '../connection/transport.ts'
import { codeOf } from '../connection/refusals.ts'

type Options = {
  readonly transport: Pick<Transport, 'ask'>
  readonly agentId: string
  readonly fail: (code: string | undefined) => void
}

/** The values that the page offers, with what their buttons say. */
export const offeredAvailability = { AVAILABLE: words.available, BREAK: words.break } as const

/** Buttons with which agents say whether they are there; the one of the current state is pressed. */
export function createAvailability({ transport, agentId, fail }: Options): HTMLElement {
  const buttons = Object.entries(offeredAvailability).map(([value, label]) => {
    const press = (): void => void set(value).catch((error: unknown) => fail(codeOf(error)))
    return { value, button: h('button', { type: 'button', 'aria-pressed': 'false', onclick: press }, label) }
  })
  const show = ({ agent }: Availability): void => {
    if (agent) for (const { value, button } of buttons) button.ariaPressed = String(value === agent.availability)
  }
  const set = async (availability: string): Promise<void> => {
    const input = { commandId: newId(), agentId, availability }
    const { result } = await transport.ask<AvailabilitySet>(documents.setAvailability, { input })
    fail(result.userErrors[0]?.code)
    show(result)
  }
  transport.ask<Availability>(agentDocuments.availability, { id: agentId }).then(show, () => undefined)
  return h('div', { class: 'availability' }, ...buttons.map(({ button }) => button))
}
