import type { Plugin } from 'vitest/config'

/**
 * Keeps what set-ups import out of Vitest's cache of modules. Vitest 4.1.12 reads it from there as bytes, and then fails
 * to print any error of a set-up: `code.charCodeAt is not a function`.
 */
export const uncachedSetUps: Plugin = {
  name: 'guichet:uncached-set-ups',
  configureVitest: ({ experimental_defineCacheKeyGenerator: define }) =>
    define(({ environment }) => (environment.name === '__vitest__' ? false : undefined)),
}
