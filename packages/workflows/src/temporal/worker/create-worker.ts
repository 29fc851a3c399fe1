import type { WorkerOptions } from '@temporalio/worker'
import { Worker } from '@temporalio/worker'
import { AsyncLocalStorage } from 'node:async_hooks'
import type { Worker as Thread } from 'node:worker_threads'

const creating = new AsyncLocalStorage<Thread[]>()
const note = (thread: Thread): void => void creating.getStore()?.push(thread)

/**
 * Creates a worker. Where that fails, it ends the threads that were made for its workflows: the SDK leaves them running, and
 * each would keep the process from ending.
 */
export async function createWorker(options: WorkerOptions): Promise<Worker> {
  const threads: Thread[] = []
  process.on('worker', note)
  try {
    return await creating.run(threads, () => Worker.create(options))
  } catch (error) {
    await Promise.all(threads.map((thread) => thread.terminate()))
    throw error
  } finally {
    process.off('worker', note)
  }
}
