// Writes the shipped mapping of ServiceNow's log with another meaning of three states: the ticket is in progress while
// the desk waits for the customer, and until the case is closed.
//   node mapping.mjs > until-closed.json
import { findMapping } from '@guichet/import'

const meanings = {
  'Awaiting User Info': { status: 'in_progress', tag: 'awaiting-user-info' },
  Resolved: { status: 'in_progress', tag: 'solution-proposed' },
  Closed: { status: 'closed', reason: 'solved' },
}

const { activity, ...mapping } = await findMapping('servicenow')
const values = { ...activity.values, ...meanings }
console.log(JSON.stringify({ ...mapping, name: 'servicenow-until-closed', activity: { ...activity, values } }, null, 2))
