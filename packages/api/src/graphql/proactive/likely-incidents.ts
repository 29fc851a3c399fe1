import type { Draft, IncidentDeclaration } from '@guichet/domain'
import { days, incidentDeclaration, incidentLimits, later, troubleIncidentId, utcDay } from '@guichet/domain'
import type { RecordedIncident } from '@guichet/workflows'
import { accessToField } from '../../auth/rights.ts'
import type { SchemaParts } from '../builder.ts'
import { languageOfViewer } from '../customer-language.ts'
import { addIncidentType } from '../incident/incident.ts'
import { deskOnly } from '../readers.ts'
import type { ApiContext } from '../services.ts'
import { addPeople } from '../vocabulary.ts'
import { addDraftType } from './draft.ts'

/** What a likely incident would be declared as, and which one it is. */
type DeclarationView = IncidentDeclaration & { readonly incident: RecordedIncident }

/** The most likely incidents that are listed. */
const mostIncidents = 50

/** Adds `likelyIncidents`, the trouble of many customers with what each would be declared as, and that of a draft. */
export function addLikelyIncidents({ builder, use }: SchemaParts): void {
  const { draft } = use(addDraftType)
  const { person } = use(addPeople)
  const incidentType = use(addIncidentType)
  const declaration = builder.objectRef<DeclarationView>('IncidentDeclaration').implement({
    description: 'What a likely incident would be declared as: the fields of `declareIncident` that it can fill.',
    fields: (t) => ({
      incidentId: t.exposeID('incidentId', {
        description: 'The id that it gets, which follows from the trouble and its `firstDay`: it is declared once.',
      }),
      title: t.exposeString('title', { description: 'The title.' }),
      description: t.exposeString('description', { description: 'What is known about it.' }),
      customers: t.field({
        type: [person],
        nullable: true,
        description: `The customers who have it, each once, under the id of who survives their merges; those who met it last at the beginning, and visitors at the end: ${incidentLimits.customers} at most. \`declareIncident\` takes them by their \`id\`, and opens its ticket for the first. Null for services.`,
        extensions: { cost: 50 },
        resolve: async ({ incident }, _, { principal, services, loaders }) => {
          if (accessToField('IncidentDeclaration.customers', principal) === 'none') return null
          const ids = (await services.likelyIncidents?.customersOf(incident, incidentLimits.customers)) ?? []
          const survivors = await Promise.all(ids.map(async (id) => (await loaders.customer.load(id))?.id ?? id))
          return [...new Set(survivors)].map((id) => ({ id }))
        },
      }),
    }),
  })
  const likelyIncident = builder.objectRef<RecordedIncident>('LikelyIncident').implement({
    description: 'Trouble of so many customers on a day that it is probably an incident.',
    fields: (t) => ({
      fingerprint: t.exposeString('fingerprint', { description: 'The kind and the code of the trouble.' }),
      kind: t.exposeString('kind', { description: 'The kind of what happens.' }),
      code: t.string({
        nullable: true,
        description: 'Its code; null for kinds without codes.',
        resolve: ({ code }) => (code === '' ? undefined : code),
      }),
      day: t.expose('day', { type: 'Date', description: 'The day, in UTC.' }),
      firstDay: t.expose('firstDay', {
        type: 'Date',
        description: 'The first of the days, in UTC, on which it was suspected without a day’s pause until this one.',
      }),
      since: t.expose('since', {
        type: 'DateTime',
        description: 'When the first of these customers met it, on that day or the day before.',
      }),
      updatedAt: t.expose('updatedAt', { type: 'DateTime', description: 'When it was suspected last.' }),
      people: t.int({
        description: 'How many customers have had it within 24 hours.',
        resolve: ({ lately }) => lately,
      }),
      usual: t.exposeFloat('usual', { description: 'How many have it on a day, as the desk has learned it.' }),
      pages: t.stringList({
        description: 'Where at least three of them have it, the most frequent first, three at most.',
        resolve: ({ pages }) => [...pages],
      }),
      versions: t.stringList({
        description: 'The versions of the product that at least three of them have it in, three at most.',
        resolve: ({ versions }) => [...versions],
      }),
      incident: t.field({
        type: incidentType,
        nullable: true,
        description: 'The incident that it was declared as, under the id of its `declaration`; null until then.',
        extensions: { cost: 5 },
        resolve: (incident, _, { loaders }) => loaders.incident.load(troubleIncidentId(incident)),
      }),
      declaration: t.field({
        type: declaration,
        description: 'What it would be declared as.',
        args: { language: t.arg.string({ description: 'The language; by default yours.' }) },
        resolve: async (incident, { language }, context) => {
          const { policy } = await context.services.desk.terms()
          const tag = language ?? (await languageOfViewer(context))
          return { ...incidentDeclaration(incident, tag, policy.timeZone, policy.defaultLanguage), incident }
        },
      }),
    }),
  })
  builder.queryField('likelyIncidents', (t) =>
    t.field({
      type: [likelyIncident],
      description: `The trouble of many customers that is probably an incident, what was suspected last at the beginning: ${mostIncidents} at most. \`declareIncident\` takes the \`declaration\` of one as it is.`,
      args: { from: t.arg({ type: 'Date', description: 'The first day, in UTC; yesterday unless given.' }) },
      extensions: { cost: 20 },
      resolve: async (_, { from }, { services }) => {
        const yesterday = utcDay(later(services.desk.now(), -days(1)))
        return [...((await services.likelyIncidents?.since(from ?? yesterday, mostIncidents)) ?? [])]
      },
    }),
  )
  builder.objectField(draft, 'likelyIncident', (t) =>
    t.field({
      type: likelyIncident,
      nullable: true,
      description:
        'The likely incident about the same trouble, of the day of the draft’s suspicion or since, if there is one; null for customers.',
      extensions: { ...deskOnly, cost: 5 },
      resolve: (view, _, context) => likelyIncidentOf(view.draft, context),
    }),
  )
}

/** The likely incident about the trouble of a draft, of the day on which it was suspected or since. */
export const likelyIncidentOf = (
  { suspicion: { fingerprint }, suspectedAt }: Pick<Draft, 'suspicion' | 'suspectedAt'>,
  { loaders }: Pick<ApiContext, 'loaders'>,
): Promise<RecordedIncident | undefined> => loaders.likelyIncident.load({ fingerprint, day: utcDay(suspectedAt) })
