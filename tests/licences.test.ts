import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { root } from './workspace/sources.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'guichet-licences-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

type Package = { readonly license?: string; readonly dev?: boolean }

/** Runs the command on a lock file that holds these packages. */
function sbomOf(packages: Readonly<Record<string, Package>>) {
  const product = { name: 'a-product', version: '1.0.0', license: 'MIT' }
  const of = (dev: boolean) =>
    Object.fromEntries(
      Object.entries(packages).flatMap(([name, each]) => ((each.dev ?? false) === dev ? [[name, '1.0.0']] : [])),
    )
  const manifest = { ...product, dependencies: of(false), devDependencies: of(true) }
  const installed = Object.entries(packages).map(([name, each]) => [
    `node_modules/${name}`,
    { version: '1.0.0', ...each },
  ])
  const lock = {
    ...product,
    lockfileVersion: 3,
    requires: true,
    packages: { '': manifest, ...Object.fromEntries(installed) },
  }
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest))
  writeFileSync(join(folder, 'package-lock.json'), JSON.stringify(lock))
  const { status, stdout, stderr } = spawnSync('node', [join(root, '.ci/sbom.mjs'), folder], { encoding: 'utf8' })
  const refused = stderr.split('\n').filter((line) => line.includes('has a licence that'))
  return { status, refused, summary: stdout.trim() }
}

describe('npm run sbom', () => {
  it('lists what a product installs, and the licence of every package', () => {
    expect(
      sbomOf({ a: { license: 'MIT' }, b: { license: '(MIT OR GPL-3.0)' }, c: { license: 'MPL-2.0', dev: true } }),
    ).toEqual({
      status: 0,
      refused: [],
      summary:
        'sbom: 2 packages in the product, 1 tools, 0 refused: ' +
        ['guichet.cdx.json', 'licences.csv'].map((name) => join(folder, 'sbom', name)).join(', '),
    })
    const bill = JSON.parse(readFileSync(join(folder, 'sbom/guichet.cdx.json'), 'utf8')) as {
      bomFormat: string
      components: { name: string }[]
    }
    expect(bill.bomFormat).toBe('CycloneDX')
    expect(bill.components.map(({ name }) => name)).toEqual(['a', 'b'])
    expect(readFileSync(join(folder, 'sbom/licences.csv'), 'utf8')).toContain('c@1.0.0,MPL-2.0,tool,')
  })

  it('refuses a licence that is not on the list, for the product also one that only tools may have, and names the package', () => {
    const { status, refused } = sbomOf({
      good: { license: 'MIT' },
      copyleft: { license: 'GPL-3.0-only' },
      both: { license: 'MIT AND AGPL-3.0-only' },
      'a-tool-in-the-product': { license: 'MPL-2.0' },
      'a-tool': { license: 'SSPL-1.0', dev: true },
      silent: {},
      'a-silent-tool': { dev: true },
    })
    const line = (name: string, use: string, licence: string) =>
      `${name}@1.0.0 (${use}) has a licence that is not on the list: ${licence}`
    expect(status).toBe(1)
    expect(refused.sort()).toEqual(
      [
        line('a-silent-tool', 'tool', 'none declared'),
        line('a-tool', 'tool', 'SSPL-1.0'),
        line('a-tool-in-the-product', 'product', 'MPL-2.0'),
        line('both', 'product', 'MIT AND AGPL-3.0-only'),
        line('copyleft', 'product', 'GPL-3.0-only'),
        line('silent', 'product', 'none declared'),
      ].sort(),
    )
  })
})
