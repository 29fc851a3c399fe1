// Runs command lines of the built Guichet, and is itself started once: each POST has the working folder, the number of
// arguments, the arguments and the variables of a shell, separated by NUL. Its answer is what the command prints, as it
// prints it: lines of standard output after a 1, of standard error after a 2, and the exit code after a =. A DELETE
// interrupts what is still running, as SIGTERM would.
import { createServer } from 'node:http'
import { text } from 'node:stream/consumers'
import { run } from '../../packages/cli/dist/command-line/run.js'

const running = new Set()

async function answer(request, response) {
  const [folder, count, ...rest] = (await text(request)).split('\0')
  const given = rest
    .slice(Number(count), -1)
    .map((entry) => [entry.split('=', 1)[0], entry.slice(entry.indexOf('=') + 1)])
  const print = (mark) => (printed) => void response.write(printed.replaceAll(/^/gm, mark) + '\n')
  const progress = () => ({ update: () => undefined, stop: () => undefined })
  const interrupted = new AbortController()
  running.add(interrupted)
  process.chdir(folder)
  const code = await run(rest.slice(0, Number(count)), {
    variables: Object.fromEntries(given),
    terminal: { out: print('1'), err: print('2'), progress },
    interruption: { during: (work) => work(interrupted.signal) },
  })
  running.delete(interrupted)
  response.end(`=${code}\n`)
}

const server = createServer((request, response) => {
  if (request.method === 'POST') return void answer(request, response)
  for (const interrupted of running) interrupted.abort()
  response.end()
})
server.listen(process.argv[2], () => console.log('listening'))
