// Bundles the helper for pages that are built without a bundler: one minified module, activity.js, in dist/bundle or in
// the folder that is named. Packing the package does it.
import { fileURLToPath } from 'node:url'
import { rolldown } from 'rolldown'

const here = (path) => fileURLToPath(new URL(path, import.meta.url))
const bundle = await rolldown({ input: { activity: here('src/index.ts') }, platform: 'browser', logLevel: 'silent' })
await bundle.write({
  dir: process.argv[2] ?? here('dist/bundle'),
  format: 'esm',
  minify: true,
  comments: { annotation: false },
  postBanner: '/*! Guichet, Apache-2.0 */',
  entryFileNames: '[name].js',
})
await bundle.close()
