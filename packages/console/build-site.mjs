// A step of the build, after the compiler: bundles what browsers load into dist/site. The widget is a chunk of the
// loader, which imports it on first use; its name holds a hash of its content.
import { copyFileSync, existsSync, readdirSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const compiled = fileURLToPath(new URL('dist', import.meta.url))
const site = join(compiled, 'site')
const entries = {
  loader: 'widget/loader',
  'agent-page': 'agent/agent-page',
  'articles-page': 'articles/articles-page',
  'push-worker': 'widget/push-worker',
}

const changedAt = (path) => statSync(path).mtimeMs
const newest = Math.max(
  changedAt(fileURLToPath(import.meta.url)),
  ...readdirSync(compiled, { recursive: true })
    .filter((name) => name.endsWith('.js') && !name.startsWith('site'))
    .map((name) => changedAt(join(compiled, name))),
)
const isFresh = Object.keys(entries).every((name) => {
  const built = join(site, `${name}.js`)
  return existsSync(built) && changedAt(built) > newest
})

if (!isFresh) {
  const { rolldown } = await import('rolldown')
  for (const [index, [name, path]] of Object.entries(entries).entries()) {
    const bundle = await rolldown({ input: { [name]: join(compiled, `${path}.js`) }, platform: 'browser' })
    await bundle.write({
      dir: site,
      format: 'esm',
      minify: true,
      postBanner: '/*! Guichet, Apache-2.0; with graphql-ws, MIT: graphql-ws-license.txt */',
      cleanDir: index === 0,
      entryFileNames: '[name].js',
      chunkFileNames: '[name]-[hash].js',
    })
    await bundle.close()
  }
  const graphqlWs = dirname(dirname(createRequire(import.meta.url).resolve('graphql-ws')))
  copyFileSync(join(graphqlWs, 'LICENSE.md'), join(site, 'graphql-ws-license.txt'))
}
