import type { ChatCommandInput } from '../chat/commands.ts'
import type { Result } from '../kernel/refusal.ts'
import { accept, deny, refusal } from '../kernel/refusal.ts'
import type { TicketCommandInput } from '../ticket/commands.ts'
import { languageFor } from '../wording/wording.ts'
import type { Macro, MacroStep } from './macro.ts'
import type { CannedValues } from '../wording/placeholders.ts'
import { renderCannedText } from '../wording/placeholders.ts'

/** What the commands of a macro depend on besides the macro. */
export type MacroTerms = {
  /** The language of the ticket or chat, and that of the desk. */
  readonly language: string
  readonly defaultLanguage: string
  readonly values: CannedValues
  /** The texts of a canned reply; undefined for one that was removed. */
  readonly textsOf: (cannedReplyId: string) => Readonly<Record<string, string>> | undefined
  /** The id of the message that a step sends: the same whenever the macro is run under the same command id. */
  readonly messageIdOf: (step: number) => string
}

/** The text of a canned reply in the language that is closest to a wanted one, with its placeholders filled. */
export function cannedTextFor(
  texts: Readonly<Record<string, string>>,
  { language, defaultLanguage, values }: Pick<MacroTerms, 'language' | 'defaultLanguage' | 'values'>,
): { readonly language: string; readonly text: string } {
  const chosen = languageFor(texts, language, defaultLanguage)
  return { language: chosen, text: renderCannedText(texts[chosen] ?? '', values) }
}

/** The commands of a macro for a chat, to be carried out together. */
export const chatCommandsOf = (macro: Macro, terms: MacroTerms): Result<readonly ChatCommandInput[]> =>
  commandsOf(macro, terms, (step, body, messageId): ChatCommandInput => {
    switch (step.action) {
      case 'reply':
        return { type: 'send', messageId, kind: 'text', body }
      case 'note':
        return { type: 'send', messageId, kind: 'note', body }
      case 'categorize':
        return { type: 'categorize', category: step.category ?? '' }
      case 'change_priority':
        return { type: 'changePriority', priority: step.priority ?? 'normal' }
      case 'transfer':
        return { type: 'transfer', to: { team: step.team ?? '' }, ...(step.reason && { note: step.reason }) }
      case 'convert':
        return { type: 'convert', subject: body }
      default:
        return { type: 'close', reason: 'solved', ...(step.reason && { note: step.reason }) }
    }
  })

/** The commands of a macro for a ticket, to be carried out together. */
export const ticketCommandsOf = (macro: Macro, terms: MacroTerms): Result<readonly TicketCommandInput[]> =>
  commandsOf(macro, terms, (step, body, messageId): TicketCommandInput => {
    const because = step.reason === undefined ? {} : { reason: step.reason }
    switch (step.action) {
      case 'reply':
        return { type: 'agentReply', messageId, body, verbatim: true }
      case 'note':
        return { type: 'addNote', messageId, body }
      case 'categorize':
        return { type: 'categorize', category: step.category ?? '', ...because }
      case 'change_priority':
        return { type: 'changePriority', priority: step.priority ?? 'normal', ...because }
      case 'tag':
        return { type: 'tag', tag: step.tag ?? '' }
      case 'untag':
        return { type: 'untag', tag: step.tag ?? '' }
      case 'transfer':
        return { type: 'escalate', team: step.team ?? '', reason: step.reason ?? macro.title }
      case 'wait':
        return { type: 'waitForCustomer' }
      case 'resolve':
        return { type: 'resolve', ...(step.reason && { summary: step.reason }) }
      default:
        return { type: 'close', reason: 'solved', ...(step.reason && { note: step.reason }) }
    }
  })

function commandsOf<C>(
  { steps }: Macro,
  terms: MacroTerms,
  commandOf: (step: MacroStep, body: string, messageId: string) => C,
): Result<readonly C[]> {
  const commands: C[] = []
  for (const [index, step] of steps.entries()) {
    const { texts = step.cannedReplyId === undefined ? undefined : terms.textsOf(step.cannedReplyId) } = step
    if (step.action === 'reply' && !texts) {
      const message = `steps.${index}: the canned reply was removed`
      return deny(refusal('canned_reply_not_found', { message, field: 'macroId' }))
    }
    const body = texts
      ? cannedTextFor(texts, terms).text
      : renderCannedText(step.body ?? step.subject ?? '', terms.values)
    commands.push(commandOf(step, body, terms.messageIdOf(index)))
  }
  return accept(commands)
}
