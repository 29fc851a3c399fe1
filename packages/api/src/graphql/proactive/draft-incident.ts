import type { Draft, Incident } from '@guichet/domain'
import { troubleIncidentId, unlessDeleted } from '@guichet/domain'
import type { SchemaParts } from '../builder.ts'
import { seesOwnOnly } from '../context.ts'
import type { ApiContext } from '../services.ts'
import type { DraftView } from './draft-access.ts'
import { idsOfViewer } from './draft-access.ts'
import { addDraftType } from './draft.ts'
import { likelyIncidentOf } from './likely-incidents.ts'

/** What updates of an incident say of it to the customers whom it affects. */
type DraftIncident = Pick<Incident, 'title' | 'status'>

/** Adds `Draft.incident`. */
export function addDraftIncident({ builder, use }: SchemaParts): void {
  const { draft } = use(addDraftType)
  const incident = builder.objectRef<DraftIncident>('DraftIncident').implement({
    description: 'An incident, as the customers whom it affects are notified of it.',
    fields: (t) => ({
      title: t.exposeString('title', { description: 'The title.' }),
      isResolved: t.boolean({
        description: 'Whether it is resolved.',
        resolve: ({ status }) => status === 'resolved' || status === 'closed',
      }),
    }),
  })
  builder.objectField(draft, 'incident', (t) =>
    t.field({
      type: incident,
      nullable: true,
      description:
        'The incident that was declared about the same trouble; null where there is none, and for customers whom it does not name as affected.',
      extensions: { cost: 5 },
      resolve: (view, _, context) => incidentOf(view, context),
    }),
  )
}

/** The incident that was declared about the trouble of a draft, from its stream: a draft that is offered waits for no read model. */
export async function incidentAbout(draft: Draft, context: ApiContext): Promise<Incident | undefined> {
  const likely = await likelyIncidentOf(draft, context)
  if (!likely) return undefined
  const { desk } = context.services
  const snapshot = await unlessDeleted(desk.readRecent('incident', troubleIncidentId(likely)), () => undefined)
  const incident = snapshot?.state
  return incident?.status === 'absent' ? undefined : incident
}

/** The incident about the trouble of a draft, if the viewer is the desk or named as affected. */
async function incidentOf({ draft }: DraftView, context: ApiContext): Promise<DraftIncident | undefined> {
  const incident = await incidentAbout(draft, context)
  if (!incident || !seesOwnOnly(context)) return incident
  const ids = await idsOfViewer(context)
  return incident.customers.some(({ id }) => ids.includes(id)) ? incident : undefined
}
