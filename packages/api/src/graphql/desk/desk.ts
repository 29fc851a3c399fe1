import type { TicketPolicy } from '@guichet/domain'
import { priorities, wordingFor } from '@guichet/domain'
import type { Principal } from '../../auth/principal.ts'
import type { SchemaParts } from '../builder.ts'
import { globalId, joinIds } from '../builder.ts'
import { viewerOf } from '../context.ts'
import { addRecipientType, readRecipient } from './recipient.ts'
import { addPeople, addVocabulary } from '../vocabulary.ts'

/** Adds `policy`, `customerPriorities` and `replyTemplates`. */
export function addDeskQueries({ builder, use }: SchemaParts): void {
  const { priority } = use(addVocabulary)
  const targets = builder.objectRef<TicketPolicy['targets']>('Targets').implement({
    description: 'The aims of the desk: durations in milliseconds, shares from 0 to 1.',
    fields: (t) => ({
      firstResponse: t.exposeFloat('firstResponse'),
      nextResponse: t.exposeFloat('nextResponse'),
      resolution: t.exposeFloat('resolution'),
      resolutionShare: t.exposeFloat('resolutionShare'),
      firstContactShare: t.exposeFloat('firstContactShare'),
    }),
  })
  const policy = builder.objectRef<TicketPolicy>('Policy').implement({
    description: 'The thresholds and targets of the desk. Durations are in milliseconds of elapsed time.',
    fields: (t) => ({
      version: t.exposeString('version'),
      chaseAfter: t.expose('chaseAfter', { type: ['Float'] }),
      closeUnansweredAfter: t.exposeFloat('closeUnansweredAfter'),
      closeResolvedAfter: t.exposeFloat('closeResolvedAfter'),
      stagnationAfter: t.exposeFloat('stagnationAfter'),
      urgentUpdateEvery: t.exposeFloat('urgentUpdateEvery'),
      targets: t.expose('targets', { type: targets }),
      timeZone: t.exposeString('timeZone'),
      defaultLanguage: t.exposeString('defaultLanguage'),
    }),
  })
  const template = builder.objectRef<TemplateOfVersion>('ReplyTemplate').implement({
    fields: (t) => ({
      id: t.id({
        description: 'The global id, unique across all types.',
        resolve: ({ version, language, name }) => globalId('ReplyTemplate', joinIds(version, language, name)),
      }),
      name: t.exposeString('name'),
      text: t.exposeString('text', { description: 'The text, with placeholders in square brackets.' }),
    }),
  })

  builder.queryFields((t) => ({
    policy: t.field({
      type: policy,
      resolve: async (_, __, { services }) => (await services.desk.terms()).policy,
    }),
    customerPriorities: t.field({
      type: [priority],
      description:
        'The priorities that customers may give to the tickets they open. They may always leave the priority out.',
      resolve: async (_, __, { services }) => (await services.desk.terms()).policy.customerPriorities ?? priorities,
    }),
    replyTemplates: t.field({
      type: [template],
      description: 'The reply templates, in the language closest to the given one.',
      args: { language: t.arg.string() },
      resolve: async (_, { language }, { services }) => {
        const { policy: terms, wording } = await services.desk.terms()
        const tag = language ?? terms.defaultLanguage
        const words = wordingFor(wording, tag, terms.defaultLanguage)
        return Object.entries(words.replyTemplates).map(([name, text]) => ({
          version: terms.version,
          language: tag,
          name,
          text,
        }))
      },
    }),
  }))
}

/** A reply template of a version of the configuration, in the language that was asked for. */
type TemplateOfVersion = {
  readonly version: string
  readonly language: string
  readonly name: string
  readonly text: string
}

/** Adds `viewer`: the principal of the token, and their notification settings. */
export function addViewer({ builder, use }: SchemaParts) {
  const { role } = use(addPeople)
  const recipient = use(addRecipientType)
  const viewer = builder.objectRef<Principal>('Viewer').implement({
    fields: (t) => ({
      userId: t.exposeID('id'),
      role: t.expose('role', { type: role }),
      name: t.exposeString('name', { nullable: true }),
      email: t.exposeString('email', { nullable: true }),
      recipient: t.field({
        type: recipient,
        resolve: ({ id }, _, context) => readRecipient(id, context),
      }),
    }),
  })
  builder.queryField('viewer', (t) => t.field({ type: viewer, resolve: (_, __, context) => viewerOf(context) }))
  return viewer
}
