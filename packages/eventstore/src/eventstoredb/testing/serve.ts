import { startEventStoreServer } from './index.ts'

/** The server of the tests in a process of its own, until a signal: `node serve.js <port>`; it keeps nothing. */
const server = await startEventStoreServer({ port: Number(process.argv[2] ?? 2113) })
console.log(server.url)
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void server.stop())
