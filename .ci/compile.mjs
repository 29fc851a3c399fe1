// Compiles the packages: `tsc -b`, with the arguments of this program. The compiler finishes its work before it heeds a
// signal, so that it is killed with a group of its own: the next build takes up what this one has left.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { constants } from 'node:os'
import { fileURLToPath } from 'node:url'

const compiler = fileURLToPath(new URL('../node_modules/.bin/tsc', import.meta.url))
if (!existsSync(compiler)) {
  console.error('The packages that Guichet needs are not installed, or not all of them: run npm ci first')
  process.exit(2)
}
const compiling = spawn(process.execPath, [compiler, '-b', ...process.argv.slice(2)], {
  stdio: 'inherit',
  detached: true,
})
for (const signal of ['SIGHUP', 'SIGINT', 'SIGTERM']) {
  process.on(signal, () => {
    if (compiling.pid !== undefined) process.kill(-compiling.pid, 'SIGKILL')
    process.exit(128 + constants.signals[signal])
  })
}
compiling.on('exit', (code) => process.exit(code ?? 1))
