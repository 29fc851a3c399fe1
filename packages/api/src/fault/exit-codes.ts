/** How a command of the command line ends; docs/reference/configuration.md explains each one. */
export const exitCodes = {
  ok: 0,
  /** What was asked for does not exist or was refused. */
  refused: 1,
  /** The command line, the configuration or an input file is wrong: nothing was started. */
  usage: 2,
  /** Something the engine needs cannot be had: a database, a port, a running owner of the data folder, a read model. */
  unavailable: 3,
  /** Broken off by a signal; what was acknowledged is kept. */
  interrupted: 130,
  /** A bug of Guichet's own. */
  internal: 70,
} as const

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes]
