import { installedServer, serverKinds } from './servers.ts'

// `npm run files:install`: puts the servers of the tests of files into the cache folder.
let missing = false
for (const kind of serverKinds) {
  const installed = await installedServer(kind)
  missing ||= installed === undefined
  if (installed) console.log(`${kind}: ${installed.path}`)
}
process.exit(missing ? 1 : 0)
