#!/usr/bin/env node
// Writes sbom/guichet.cdx.json (CycloneDX, the packages that the product installs) and sbom/licences.csv (those, and
// development tools), from package-lock.json alone. Fails, naming the package, on a licence outside the lists below.
// Tests pass another folder.
import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

/** Licences under which a redistributor of the product need only keep the notices. */
const permissive = [
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'ISC',
  'MIT',
  'MIT-0',
  'Unlicense',
]
const font = { licences: ['OFL-1.1'], why: 'a font of the PDFs, unchanged, with its licence beside it' }
/** Licences of one package each, and why it is allowed. */
const exceptions = {
  '@fontsource/dejavu-sans': font,
  '@fontsource/noto-sans-arabic': font,
  '@fontsource/noto-sans-devanagari': font,
  '@fontsource/unifontex': font,
  argparse: { licences: ['Python-2.0', 'PSF-2.0'], why: 'permissive: that of Python, kept with its notice' },
  'caniuse-lite': { licences: ['CC-BY-4.0'], why: 'data, named as its source' },
  'date-holidays': { licences: ['CC-BY-3.0'], why: 'data of public holidays, named as their source' },
}
/** Development tools, which are not redistributed. */
const ofTools = ['MPL-2.0', 'LGPL-3.0-or-later']
const unnamed = 'no file of the package names one, and the bench alone runs it'

/** Packages that declare no licence, with that of their files. Only for the version that was inspected. */
const undeclared = {
  'png-js@2.0.0': { licence: 'MIT', found: 'its file LICENSE' },
  'unionfs@4.6.0': { licence: 'Unlicense', found: 'its file LICENSE' },
  '@event-driven-io/dumbo@0.12.7': { tool: true, found: `${unnamed}; MIT in LICENSE of the repository it names` },
  '@event-driven-io/pongo@0.16.11': { tool: true, found: `${unnamed}; MIT in LICENSE of the repository it names` },
  '@event-driven-io/emmett@0.42.0': { tool: true, found: unnamed },
  '@event-driven-io/emmett-postgresql@0.42.0': { tool: true, found: unnamed },
}

const folder = resolve(process.argv[2] ?? '.')

function bill(...options) {
  const args = ['sbom', '--package-lock-only', '--sbom-format', 'cyclonedx', '--sbom-type', 'application', ...options]
  const text = execFileSync('npm', args, {
    cwd: folder,
    encoding: 'utf8',
    maxBuffer: 1e8,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  return JSON.parse(text)
}

const isOurs = ({ name }) => name.startsWith('@guichet/')

/** The licence of a component, as one SPDX expression; undefined if none is stated. */
function declared({ licenses = [] }) {
  const named = licenses.map(({ expression, license }) => expression ?? license?.id ?? license?.name)
  return named.length === 0 ? undefined : named.join(' AND ')
}

/** Whether an SPDX expression can be met: each part of an AND, one part of an OR. */
function isAllowed(expression, allowed) {
  const bare = expression.trim().replace(/^\((.*)\)$/, '$1')
  if (/ OR /.test(bare)) return bare.split(' OR ').some((part) => isAllowed(part, allowed))
  return bare.split(' AND ').every((part) => allowed.includes(part.replace(/[()]/g, '').trim()))
}

function judge(component, isShipped) {
  const id = `${component.name}@${component.version}`
  const expression = declared(component)
  const known = undeclared[id]
  const licence = expression ?? known?.licence
  const exception = exceptions[component.name]
  const allowed = [...permissive, ...(exception?.licences ?? []), ...(isShipped ? [] : ofTools)]
  const fine = licence === undefined ? known?.tool === true && !isShipped : isAllowed(licence, allowed)
  return { id, licence: licence ?? 'none declared', isShipped, note: known?.found ?? exception?.why ?? '', fine }
}

const shipped = bill('--omit', 'dev')
const everything = bill()
const isShipped = new Set(shipped.components.filter((each) => !isOurs(each)).map((each) => each['bom-ref']))
const judged = everything.components
  .filter((each) => !isOurs(each))
  .map((each) => judge(each, isShipped.has(each['bom-ref'])))

const quoted = (text) => (/[",]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)
const rows = judged.map(({ id, licence, isShipped: product, note }) => [
  id,
  licence,
  product ? 'product' : 'tool',
  note,
])
const out = join(folder, 'sbom')
mkdirSync(out, { recursive: true })
writeFileSync(join(out, 'guichet.cdx.json'), `${JSON.stringify(shipped, undefined, 2)}\n`)
writeFileSync(
  join(out, 'licences.csv'),
  [['package', 'licence', 'used in', 'note'], ...rows.sort()].map((row) => `${row.map(quoted).join(',')}\n`).join(''),
)

const refused = judged.filter(({ fine }) => !fine)
for (const { id, licence, isShipped: product } of refused) {
  console.error(`${id} (${product ? 'product' : 'tool'}) has a licence that is not on the list: ${licence}`)
}
console.log(
  `sbom: ${isShipped.size} packages in the product, ${judged.length - isShipped.size} tools, ${refused.length} refused: ` +
    `${join(out, 'guichet.cdx.json')}, ${join(out, 'licences.csv')}`,
)
process.exitCode = refused.length > 0 ? 1 : 0
