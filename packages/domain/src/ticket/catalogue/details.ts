import { z } from 'zod'
import { internal, senders } from '../../kernel/command.ts'
import { limits } from '../../kernel/limits.ts'
import { id, line, personId, priorities } from '../../kernel/values.ts'
import { personSchema } from '../../person.ts'
import { classifiedSchema, classifySchema, relations } from '../vocabulary.ts'
import {
  anyName,
  anywhere,
  freeText,
  inWords,
  person,
  priority,
  reason,
  storedId,
  storedReason,
  tag,
  text,
  ticketCommand,
  ticketEvent,
  untilClosed,
} from './definition.ts'

/** Events that change the details of a ticket, not its status: its subject, its people, its links. */
export const detailEvents = {
  PriorityChanged: ticketEvent({
    description: 'The priority changed.',
    schema: z.object({ from: priority, to: priority, reason: storedReason }),
    statusAfter: null,
    shownToCustomers: true,
    hiddenFromCustomers: ['reason'],
    personal: { reason: freeText },
    sentence: (event) => ({ what: `priority ${event.from} → ${event.to}`, why: event.reason }),
  }),
  TicketAssigned: ticketEvent({
    description: 'The ticket was assigned.',
    schema: z.object({
      assignee: person,
      from: internal(person.optional()),
      reason: storedReason,
      /** The routing round that led to it; without one somebody chose the agent. */
      round: internal(z.int().positive().optional()),
    }),
    statusAfter: null,
    shownToCustomers: true,
    hiddenFromCustomers: ['reason'],
    personal: { assignee: 'agent', from: 'agent', reason: freeText },
    sentence: ({ assignee, from, reason: why }) => ({
      what: `assigned ${from ? `${inWords(from)} → ` : 'to '}${inWords(assignee)}`,
      why,
    }),
  }),
  TicketUnassigned: ticketEvent({
    description: 'The assignee was removed.',
    schema: z.object({ from: person.describe('The assignee before.'), reason: storedReason }),
    statusAfter: null,
    shownToCustomers: true,
    hiddenFromCustomers: ['reason'],
    personal: { from: 'agent', reason: freeText },
    sentence: ({ from, reason: why }) => ({ what: `assigned ${inWords(from)} → nobody`, why }),
  }),
  TicketTagged: ticketEvent({
    description: 'A tag was added.',
    schema: z.object({ tag: text }),
    statusAfter: null,
    shownToCustomers: false,
    personal: {},
    sentence: (event) => ({ what: `tagged ${event.tag}` }),
  }),
  TicketUntagged: ticketEvent({
    description: 'A tag was removed.',
    schema: z.object({ tag: text }),
    statusAfter: null,
    shownToCustomers: false,
    personal: {},
    sentence: (event) => ({ what: `took the tag ${event.tag} away` }),
  }),
  TicketRenamed: ticketEvent({
    description: 'The subject changed.',
    schema: z.object({ from: text, to: text }),
    statusAfter: null,
    shownToCustomers: true,
    hiddenFromCustomers: [],
    personal: { from: freeText, to: freeText },
    sentence: ({ from, to }) => ({ what: `subject “${from}” → “${to}”` }),
  }),
  TicketCategorized: ticketEvent({
    description: 'The category changed.',
    schema: z.object({ from: text.optional(), to: text, reason: storedReason }),
    statusAfter: null,
    shownToCustomers: true,
    hiddenFromCustomers: ['reason'],
    personal: { reason: freeText },
    sentence: ({ from = 'none', to, reason: why }) => ({ what: `category ${from} → ${to}`, why }),
  }),
  TicketClassified: ticketEvent({
    description: 'The ticket was classified automatically.',
    schema: classifiedSchema,
    statusAfter: null,
    shownToCustomers: ({ category, priority: newPriority }) => category !== undefined || newPriority !== undefined,
    hiddenFromCustomers: ['tags', 'confidence', 'classifier', 'version', 'alternatives', 'reasons', 'policyVersion'],
    personal: { 'reasons.*.evidence': 'customer' },
    sentence: ({ category, priority: newPriority, tags, confidence, classifier, version, alternatives, reasons }) => {
      const likeliest = alternatives.map((each) => `${each.category} ${each.confidence.toFixed(2)}`)
      const weights = reasons.map(({ evidence, weight }) => `${evidence} ${weight.toFixed(2)}`)
      const because = reasons.length === 0 ? '' : `: ${reasons.map(({ evidence }) => evidence).join(', ')}`
      return {
        what: [
          category !== undefined && `category none → ${category}`,
          newPriority !== undefined && `priority → ${newPriority}`,
          tags.length > 0 && `tagged ${tags.join(', ')}`,
        ]
          .filter(Boolean)
          .join(', '),
        why: `${classifier} ${version}, confidence ${confidence.toFixed(2)}${because}`,
        shows: [
          ...(likeliest.length > 0 ? [`likeliest: ${likeliest.join(', ')}`] : []),
          ...(weights.length > 0 ? [`spoke for it: ${weights.join(', ')}`] : []),
        ],
      }
    },
  }),
  WatcherAdded: ticketEvent({
    description: 'A watcher was added.',
    schema: z.object({ watcher: person }),
    statusAfter: null,
    shownToCustomers: false,
    personal: { watcher: 'watcher' },
    sentence: ({ watcher }) => ({ what: `${inWords(watcher)} watches the ticket` }),
  }),
  WatcherRemoved: ticketEvent({
    description: 'A watcher was removed.',
    schema: z.object({ watcher: person }),
    statusAfter: null,
    shownToCustomers: false,
    personal: { watcher: 'watcher' },
    sentence: ({ watcher }) => ({ what: `${inWords(watcher)} no longer watches the ticket` }),
  }),
  TicketLinked: ticketEvent({
    description: 'The ticket was linked to another one.',
    schema: z.object({ to: storedId, relation: z.enum(relations) }),
    statusAfter: null,
    shownToCustomers: false,
    personal: {},
    sentence: ({ to, relation }) => ({ what: `linked: ${relation} ${to}` }),
  }),
  TicketUnlinked: ticketEvent({
    description: 'A link to another ticket was removed.',
    schema: z.object({ to: storedId, relation: z.enum(relations) }),
    statusAfter: null,
    shownToCustomers: false,
    personal: {},
    sentence: ({ to, relation }) => ({ what: `no longer linked: ${relation} ${to}` }),
  }),
} as const

/** The sender is not a supervisor: `refuseUnexplained` lists what they need a reason for. */
const reasonOwed = internal(z.literal(true).optional())

const reasonOfOthers = reason.optional().describe('Required from agents if the ticket is assigned to somebody else.')

const otherTicket = id.describe('The other ticket.')
const relation = z.enum(relations).default('related').describe('How the tickets are related; related unless given.')

/** The commands that change the details of a ticket, not its status. */
export const detailCommands = {
  changePriority: ticketCommand({
    description: 'Changes the priority.',
    schema: z.strictObject({
      type: z.literal('changePriority'),
      priority: z.enum(priorities),
      reason: reason.optional().describe('Required from agents who lower the priority.'),
      reasonOwed,
    }),
    sentBy: senders.desk,
    lifecycle: untilClosed,
  }),
  assign: ticketCommand({
    description:
      'Assigns a ticket to somebody at the desk. The name and address come from the agent’s profile unless given.',
    schema: z.strictObject({
      type: z.literal('assign'),
      assignee: personSchema,
      /**
       * The assignee's profile as the desk knows it, for missing fields: the desk adds it, not the sender, so a repeat
       * may have another.
       */
      assigneeProfile: internal(personSchema.omit({ id: true }).optional()),
      reason: reasonOfOthers,
      reasonOwed,
    }),
    sentBy: senders.desk,
    addedByDesk: ['assigneeProfile'],
    lifecycle: untilClosed,
  }),
  unassign: ticketCommand({
    description: 'Removes the assignee of a ticket.',
    schema: z.strictObject({ type: z.literal('unassign'), reason: reasonOfOthers, reasonOwed }),
    sentBy: senders.desk,
    lifecycle: untilClosed,
  }),
  tag: ticketCommand({
    description: 'Adds a tag.',
    schema: z.strictObject({ type: z.literal('tag'), tag }),
    sentBy: senders.desk,
    lifecycle: anywhere,
  }),
  untag: ticketCommand({
    description: 'Removes a tag.',
    schema: z.strictObject({ type: z.literal('untag'), tag }),
    sentBy: senders.desk,
    lifecycle: anywhere,
  }),
  rename: ticketCommand({
    description: 'Changes the subject.',
    schema: z.strictObject({ type: z.literal('rename'), subject: line(limits.subject) }),
    sentBy: senders.desk,
    lifecycle: anywhere,
  }),
  categorize: ticketCommand({
    description: 'Changes the category.',
    schema: z.strictObject({
      type: z.literal('categorize'),
      category: line(limits.name),
      anyCategory: anyName,
      reason: reasonOfOthers,
      reasonOwed,
    }),
    sentBy: senders.desk,
    lifecycle: anywhere,
    deskOnly: ['anyCategory'],
  }),
  classify: ticketCommand({
    description: 'Records the result of a classifier, which sets only what nobody has set before.',
    schema: classifySchema,
    sentBy: senders.system,
    lifecycle: untilClosed,
  }),
  addWatcher: ticketCommand({
    description: 'Adds a watcher, who follows a ticket.',
    schema: z.strictObject({ type: z.literal('addWatcher'), watcher: personSchema }),
    sentBy: senders.desk,
    lifecycle: anywhere,
  }),
  removeWatcher: ticketCommand({
    description: 'Removes a watcher.',
    schema: z.strictObject({
      type: z.literal('removeWatcher'),
      watcherId: personId.describe('The id of the person who follows the ticket.'),
    }),
    sentBy: senders.desk,
    lifecycle: anywhere,
  }),
  link: ticketCommand({
    description: 'Links a ticket to another one.',
    schema: z.strictObject({ type: z.literal('link'), to: otherTicket, relation }),
    sentBy: senders.desk,
    lifecycle: anywhere,
  }),
  unlink: ticketCommand({
    description: 'Removes a link.',
    schema: z.strictObject({ type: z.literal('unlink'), to: otherTicket, relation }),
    sentBy: senders.desk,
    lifecycle: anywhere,
  }),
} as const
