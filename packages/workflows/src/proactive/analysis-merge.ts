import type { Pool } from 'pg'
import type { ProactiveSettings } from '@guichet/domain'
import { later, parseStream } from '@guichet/domain'
import type { Reaction } from '../reaction/reaction.ts'
import { reaction } from '../reaction/reaction.ts'
import { retryAfterLockFailure } from '../lock-failure.ts'
import { addMoments } from './record-statement.ts'

/**
 * Adds when somebody had critical activities who turns out to be another customer, as a visitor who signs in or by a
 * merge, to those of that one: together they may make an analysis due, now or with what is recorded later.
 * @param onDue called after somebody is due.
 */
export const mergeAnalyses = (pool: Pool, settings: () => Promise<ProactiveSettings>, onDue: () => void): Reaction =>
  reaction({
    name: 'merge_analyses',
    on: ['VisitorIdentified', 'CustomerMerged'],
    inAnyOrder: true,
    react: async ({ event, stream }, desk) => {
      const into = event.type === 'CustomerMerged' ? event.into : event.customer.id
      const { within, threshold, enabled } = await settings()
      const merge = {
        name: 'guichet_activity.merge_analyses',
        text: addMerged,
        values: [parseStream(stream).id, into, later(desk.now(), -within), threshold, enabled],
      }
      const { rows } = await retryAfterLockFailure(() => pool.query<{ readonly due: boolean | null }>(merge))
      if (rows[0]?.due) onDue()
    },
  })

/** Adds the moments of a person ($1) to those of another one ($2), who may have some of them from an earlier delivery. */
const addMerged = `
  insert into guichet_activity.analysis as a (person_id, critical_at)
  select $2::text, array(
    select m.at from unnest(s.critical_at) as m (at)
    where m.at <> all (
      coalesce((select t.critical_at from guichet_activity.analysis t where t.person_id = $2::text), '{}'))
    order by m.at desc)
  from guichet_activity.analysis s where s.person_id = $1::text
  ${addMoments}
  returning due_at <= now() as due`
