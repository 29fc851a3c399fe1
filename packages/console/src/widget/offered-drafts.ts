import { createSender } from '../connection/command-ids.ts'
import type {
  DraftOutcome,
  DraftsChanged,
  DraftsSwitchedOff,
  OfferedDraft,
  UserError,
} from '../connection/documents.ts'
import { documents } from '../connection/documents.ts'
import { codeOf, refusalIn, Refused, Unreachable } from '../connection/refusals.ts'
import type { SolutionOptions } from '../connection/draft-solutions.ts'
import { showSolutions } from '../connection/draft-solutions.ts'
import type { Transport } from '../connection/transport.ts'
import type { Contact } from './contact-fields.ts'

/** The tickets that the desk has written for the visitor, one after another. */
export type OfferedDrafts = {
  /** The one that is offered now: the oldest that is not decided. */
  current(): OfferedDraft | undefined
  /** Whether the desk has said what it offers since it is followed. */
  isKnown(): boolean
  /** Whether the visitor wants none, as far as the desk has said. */
  areOff(): boolean
  /** Follows what is offered; nothing is asked twice. */
  follow(transport: Transport): void
  /** Follows nothing any more. What was announced is announced no second time to the same person. */
  stop(): void
  /** Forgets what was announced: somebody else is at the page. */
  forget(): void
  /** What may solve one: the solved tickets of the visitor about the same trouble, and articles in their language. */
  solutionsFor(draft: OfferedDraft, options: Omit<SolutionOptions, 'language'>): Promise<readonly HTMLElement[]>
  /** Opens one as a ticket. Returns the refusal, if it is refused. */
  open(draft: OfferedDraft, opening: DraftOpening): Promise<UserError | undefined>
  /** Says that one is not needed. Returns the refusal, if it is refused. */
  dismiss(draft: OfferedDraft): Promise<UserError | undefined>
  /** Says that none are wanted any more. Returns the refusal, if it is refused. */
  switchOff(): Promise<UserError | undefined>
  /** Says that they are wanted again. Returns the refusal, if it is refused. */
  switchOn(): Promise<UserError | undefined>
}

/** The text of a ticket, and how a visitor is answered whom the desk cannot answer otherwise. */
export type DraftOpening = Pick<OfferedDraft, 'subject' | 'body'> & Contact

type Options = {
  /** The language of the drafts, of their reasons, and of their tickets. */
  readonly language: string
  /** Called once for each draft that a person is offered, however often their token changes. */
  readonly offered: (draft: OfferedDraft) => void
  readonly changed: () => void
}

/** Whether a draft is not offered any more after a decision that was taken, or refused so. */
export const isOver = (error: UserError | undefined): boolean =>
  error === undefined || error.code === 'DRAFT_DECIDED' || error.code === 'DRAFT_NOT_FOUND'

/** Follows the drafts of a visitor or customer. What is decided here is offered no more, before the desk says so. */
export function createOfferedDrafts({ language, offered, changed }: Options): OfferedDrafts {
  let drafts: readonly OfferedDraft[] = []
  let isKnown = false
  /** Whether they are switched off; undefined until the desk or the visitor says so. */
  let isOff: boolean | undefined
  let currentTransport: Transport | undefined
  let leave: (() => void) | undefined
  const sendCommand = createSender()
  /** The ids of those that were decided here, and of those that were announced. */
  const decided = new Set<string>()
  const announced = new Set<string>()

  const receive = (received: readonly OfferedDraft[]): void => {
    drafts = received
    isKnown = true
    for (const draft of drafts) {
      if (announced.has(draft.id)) continue
      announced.add(draft.id)
      offered(draft)
    }
    changed()
  }

  /** Asks whether drafts are switched off, where none is offered: until it is answered, they count as wanted. */
  const askWhetherOff = async (transport: Transport): Promise<void> => {
    if (drafts.length > 0 || isOff !== undefined) return
    try {
      const { viewer } = await transport.ask<DraftsSwitchedOff>(documents.draftsSwitchedOff)
      if (transport !== currentTransport) return
      isOff ??= viewer.draftsSwitchedOff
      changed()
    } catch (error) {
      if (!(error instanceof Refused || error instanceof Unreachable)) throw error
    }
  }

  /** Sends what was decided of some drafts. */
  const decide = async (
    document: string,
    about: readonly OfferedDraft[],
    decision: object,
  ): Promise<UserError | undefined> => {
    const transport = currentTransport
    if (!transport) return { code: 'unavailable', field: null }
    try {
      const refusal = await sendCommand([document, decision], async (commandId) => {
        const { result } = await transport.ask<DraftOutcome>(document, { input: { commandId, ...decision } })
        refusalIn(result.userErrors)
        return result.userErrors[0]
      })
      if (isOver(refusal) && transport === currentTransport) for (const { id } of about) decided.add(id)
      return refusal
    } catch (error) {
      if (error instanceof Refused || error instanceof Unreachable) return { code: codeOf(error), field: null }
      throw error
    }
  }

  /** Switches drafts off or on. */
  const switchTo = async (willBeOff: boolean): Promise<UserError | undefined> => {
    const transport = currentTransport
    const document = willBeOff ? documents.switchDraftsOff : documents.switchDraftsOn
    const refusal = await decide(document, willBeOff ? drafts : [], {})
    if (refusal === undefined && transport === currentTransport) isOff = willBeOff
    return refusal
  }

  const stop = (): void => {
    leave?.()
    leave = currentTransport = undefined
    drafts = []
    isKnown = false
    isOff = undefined
    decided.clear()
  }

  return {
    current: () => drafts.find(({ id }) => !decided.has(id)),
    isKnown: () => isKnown,
    areOff: () => isOff === true,
    follow: (transport) => {
      if (currentTransport === transport) return
      stop()
      currentTransport = transport
      leave = transport.follow<DraftsChanged>(documents.draftsChanged, () => ({ language }), {
        next: ({ draftsChanged }) => {
          receive(draftsChanged.drafts)
          void askWhetherOff(transport)
        },
        // Then none is offered.
        refused: () => receive([]),
        brief: true,
      })
    },
    stop,
    forget: () => announced.clear(),
    solutionsFor: async ({ id }, options) =>
      currentTransport ? showSolutions(currentTransport, id, { ...options, language }) : [],
    open: (draft, opening) => {
      const { customerId, number } = draft
      return decide(documents.openDraft, [draft], { customerId, number, language, ...opening })
    },
    dismiss: (draft) => {
      const { customerId, number } = draft
      return decide(documents.dismissDraft, [draft], { customerId, number })
    },
    switchOff: () => switchTo(true),
    switchOn: () => switchTo(false),
  }
}
