/**
 * Runs alone among the pages of this origin, so that two of them keep the order of what they share. An origin that may
 * have no lock, such as that of a sandboxed frame, shares nothing.
 */
export async function exclusively<T>(name: string, run: () => Promise<T>): Promise<T> {
  const { navigator } = globalThis as { readonly navigator?: Partial<Navigator> }
  if (!navigator?.locks) return run()
  let running: Promise<T> | undefined
  try {
    await navigator.locks.request(name, () => (running = run()))
  } catch (error) {
    if (running) throw error
  }
  return running ?? run()
}
