import type { Way } from './install-server.ts'
import { runProgram } from './run-program.ts'

/** The last tag that can be installed this way, with its UI. */
const module = 'github.com/temporalio/cli/cmd/temporal@v1.5.1'
const withinMs = 15 * 60_000
const everyMs = 20_000

/** Builds the dev server with Go, where only the module proxy can be reached. */
export const buildDevServer: Way = async (_kind, folder, progress) => {
  progress(`Temporal dev server: building ${module} with Go; that takes some minutes`)
  const begun = Date.now()
  let modules = 0
  const tell = setInterval(() => {
    progress(`  ${modules} modules, ${Math.round((Date.now() - begun) / 1_000)} s`)
  }, everyMs)
  try {
    return await runProgram('go', ['install', module], {
      env: { GOBIN: folder, GOFLAGS: '-mod=mod' },
      withinMs,
      onLine: (line) => void (line.includes('downloading') && modules++),
    })
  } finally {
    clearInterval(tell)
  }
}
