import { spawn } from 'node:child_process'
import { once } from 'node:events'

/** A shell that keeps its variables from one command to the next, as a reader's terminal does. */
export type Shell = {
  /** Runs a command; returns its combined output. */
  run(command: string): Promise<string>
  close(): Promise<void>
}

/** Opens a shell in a folder, with an environment. */
export function openShell(folder: string, environment: NodeJS.ProcessEnv): Shell {
  const child = spawn('bash', ['--norc'], { cwd: folder, env: environment, stdio: ['pipe', 'pipe', 'ignore'] })
  const ended = once(child, 'close')
  let printed = ''
  let notify = (): void => undefined
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    printed += text
    notify()
  })
  const mark = '--- the command has ended ---'
  return {
    run: (command) =>
      new Promise((resolve) => {
        notify = () => {
          const end = printed.indexOf(mark)
          if (end < 0) return
          const output = printed.slice(0, end)
          printed = ''
          resolve(output.trimEnd())
        }
        child.stdin.write(`{ ${command}\n} 2>&1 </dev/null\necho; echo '${mark}'\n`)
      }),
    close: async () => {
      child.stdin.end()
      await ended
    },
  }
}
