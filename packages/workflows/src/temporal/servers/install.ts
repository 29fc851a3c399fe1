import { serverKinds } from './find-server.ts'
import { installServer } from './install-server.ts'

// `npm run temporal:install [dev|time-skipping]`: puts the Temporal servers of development and tests on this machine.
const kinds = process.argv.slice(2)
const unknown = kinds.filter((kind) => !(serverKinds as readonly string[]).includes(kind))
if (unknown.length > 0) {
  console.error(`There is no server ${unknown.join(', ')}; there are ${serverKinds.join(' and ')}.`)
  process.exit(2)
}
let missing = false
for (const kind of serverKinds) {
  if (kinds.length > 0 && !kinds.includes(kind)) continue
  missing = !(await installServer(kind, console.log)) || missing
}
// An abandoned download may still be under way.
process.exit(missing ? 1 : 0)
