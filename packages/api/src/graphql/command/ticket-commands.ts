import type { TicketCommandType } from '@guichet/domain'
import { limits } from '@guichet/domain'
import type { InputFieldMap } from '@pothos/core'
import type { ApiBuilder } from '../schema/builder.ts'
import type { People } from '../schema/people.ts'
import type { Vocabulary } from '../schema/vocabulary.ts'
import type { InputBuilder } from './command-input.ts'
import { messageIdField } from './command-input.ts'

/** Commands whose input is the domain's own, field by field. */
export type PlainCommand = Exclude<
  TicketCommandType,
  | 'open'
  | 'classify'
  | 'absorb'
  | 'completeAbsorption'
  | 'revertAbsorption'
  | 'mergeInto'
  | 'declineMerge'
  | 'split'
  | 'fire'
  | 'route'
  | 'confirmRouting'
  | 'declineRouting'
  | 'queue'
  | 'handOver'
  | 'relayUpdate'
  | 'withdrawImport'
>

type Definition = {
  readonly description: string
  fields(t: InputBuilder): InputFieldMap
}

/** Every command of a ticket as an input: the fields are named as the domain names them, and checked there. */
export function ticketCommands(
  builder: ApiBuilder,
  words: Vocabulary,
  { personInput }: People,
): Readonly<Record<PlainCommand, Definition>> {
  const placeholder = builder.inputType('PlaceholderValue', {
    fields: (t) => ({
      label: t.string({ required: true, description: 'Without the square brackets.' }),
      value: t.string({ required: true }),
    }),
  })
  const none = () => ({})
  const reason = (t: InputBuilder) => ({ reason: t.string() })
  const explained = (t: InputBuilder) => ({
    reason: t.string({ description: 'Agents give one on a ticket that is somebody else’s.' }),
  })
  const note = (t: InputBuilder) => ({ note: t.string() })
  const message = (t: InputBuilder) => ({ messageId: messageIdField(t), body: t.string({ required: true }) })
  const tag = (t: InputBuilder) => ({ tag: t.string({ required: true }) })
  const link = (t: InputBuilder) => ({ to: t.id({ required: true }), relation: t.field({ type: words.relation }) })

  return {
    start: { description: 'Takes a ticket up.', fields: none },
    agentReply: {
      description: 'Replies to the customer, with a body or a template, and says how the ticket goes on.',
      fields: (t) => ({
        messageId: messageIdField(t),
        body: t.string(),
        template: t.string({ description: 'The name of a reply template, in the ticket’s language.' }),
        values: t.field({ type: [placeholder], description: 'Fills the template’s placeholders.' }),
        verbatim: t.boolean({
          description: 'The body was written elsewhere, such as in an e-mail: brackets in it are no placeholders.',
        }),
        then: t.field({
          type: words.nextStatus,
          description: 'What the reply leaves the ticket in: in_progress unless given, or resolved if it has been.',
        }),
      }),
    },
    customerReply: { description: 'Replies as the customer; reopens what had ended.', fields: message },
    addNote: { description: 'Leaves an internal note.', fields: message },
    waitForCustomer: { description: 'Waits for the customer: the chases and the closing are set.', fields: none },
    resolve: { description: 'Says that the problem is solved.', fields: (t) => ({ summary: t.string() }) },
    confirm: { description: 'The customer confirms the solution.', fields: none },
    close: {
      description: 'Ends a ticket.',
      fields: (t) => ({
        reason: t.field({ type: words.manualCloseReason, description: 'other unless given.' }),
        ...note(t),
      }),
    },
    reopen: { description: 'Brings a resolved or closed ticket back.', fields: note },
    markSpam: { description: 'Ends a ticket without a word to its sender.', fields: none },
    changePriority: {
      description: 'Changes how pressing a ticket is.',
      fields: (t) => ({
        priority: t.field({ type: words.priority, required: true }),
        reason: t.string({ description: 'Agents give one for lowering it.' }),
      }),
    },
    assign: {
      description:
        'Gives a ticket to somebody of the desk, named by their profile unless a name or an address is given.',
      fields: (t) => ({ assignee: t.field({ type: personInput, required: true }), ...explained(t) }),
    },
    unassign: { description: 'Takes a ticket away from whoever has it.', fields: explained },
    tag: { description: 'Adds a tag.', fields: tag },
    untag: { description: 'Removes a tag.', fields: tag },
    rename: { description: 'Changes the subject.', fields: (t) => ({ subject: t.string({ required: true }) }) },
    categorize: {
      description: 'Changes the category.',
      fields: (t) => ({ category: t.string({ required: true }), ...explained(t) }),
    },
    attach: {
      description: 'Records a file that belongs to a ticket or to one of its messages.',
      fields: (t) => ({
        attachmentId: t.id({ required: true }),
        messageId: t.id({
          description:
            'The message that the file belongs to, by the id that was chosen for it or the one that the conversation shows.',
        }),
        name: t.string({ required: true }),
        mediaType: t.string({ required: true }),
        bytes: t.int({ required: true, description: `Its size: at most ${limits.attachmentBytes} (25 MiB).` }),
        visibility: t.field({ type: words.visibility, description: 'public unless given.' }),
      }),
    },
    addWatcher: {
      description: 'Lets somebody follow a ticket.',
      fields: (t) => ({ watcher: t.field({ type: personInput, required: true }) }),
    },
    removeWatcher: {
      description: 'Ends somebody’s following.',
      fields: (t) => ({ watcherId: t.id({ required: true }) }),
    },
    link: { description: 'Links a ticket to another one.', fields: link },
    unlink: { description: 'Removes a link.', fields: link },
    escalate: {
      description: 'Hands a ticket to another team, up to a support level, or both.',
      fields: (t) => ({
        team: t.string({
          description: 'One of the desk’s teams; that of the level, else of the category, unless given.',
        }),
        level: t.int({
          description: '2 or 3. A ticket that is handed up leaves its agent and is routed to an expert.',
        }),
        reason: t.string({ required: true }),
      }),
    },
    deescalate: {
      description: 'Hands a ticket back down to a lower support level.',
      fields: (t) => ({
        level: t.int({ required: true, description: '1 or 2.' }),
        reason: t.string({ required: true }),
      }),
    },
    handOverToProduct: {
      description:
        'Thanks the customer for a wish, in the words of the reply template `feature_request`, resolves the ticket and notes the wish.',
      fields: (t) => ({
        messageId: messageIdField(t),
        values: t.field({
          type: [placeholder],
          description: 'Fills what placeholders the desk’s own template `feature_request` has.',
        }),
        team: t.string({ description: 'Who takes the wish on: product unless given, or one of the desk’s teams.' }),
      }),
    },
    changePlan: {
      description:
        'Changes the customer’s plan, by which the SLA policy is chosen; null for none. For supervisors and services.',
      fields: (t) => ({ plan: t.string(), ...reason(t) }),
    },
    pauseClocks: {
      description:
        'Stops the clocks of the ticket’s SLA targets until they are resumed, or the ticket is resolved or closed.',
      fields: (t) => ({ reason: t.string({ required: true }) }),
    },
    resumeClocks: { description: 'Lets the clocks of the ticket’s SLA targets go on.', fields: reason },
  }
}
