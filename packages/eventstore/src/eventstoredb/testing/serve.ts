import { startEventStoreServer } from './index.ts'

/** Runs the server of the tests in its own process, until a signal: `node serve.js <port>`; it persists nothing. */
const server = await startEventStoreServer({ port: Number(process.argv[2] ?? 2113) })
console.log(server.url)
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void server.stop())
