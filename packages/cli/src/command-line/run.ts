import { readFileSync } from 'node:fs'
import { Command } from 'commander'
import type { ExitCode } from '@guichet/desk'
import { exitCodes } from '@guichet/desk'
import { faults } from '../fault.ts'
import {
  agentsCommand,
  escalationsCommand,
  incidentsCommand,
  levelsCommand,
  queueCommand,
  shiftsCommand,
  slaCommand,
  statsCommand,
  ticketsCommand,
} from './commands/desk.ts'
import { activitiesCommand } from './commands/activities.ts'
import { auditCommand } from './commands/audit.ts'
import { copyCommand, importCommand, importsCommand, repairCommand, replayCommand } from './commands/history.ts'
import { chatsCommand } from './commands/chats.ts'
import { customersCommand } from './commands/customers.ts'
import { kbCommand } from './commands/kb.ts'
import {
  deliveriesCommand,
  pushCommand,
  filesCommand,
  projectionsCommand,
  reactionsCommand,
  tokenCommand,
} from './commands/operating.ts'
import { devCommand, serveCommand, simulateCommand, workerCommand } from './commands/running.ts'
import { calendarCommand, classifyCommand, configCommand, languagesCommand } from './commands/settings.ts'
import type { Context } from './context.ts'
import { uninterrupted } from './interruption.ts'
import { oneLine, processTerminal, reportFault, safeTerminal } from './terminal.ts'

const commands = [
  serveCommand,
  devCommand,
  workerCommand,
  importCommand,
  importsCommand,
  simulateCommand,
  ticketsCommand,
  customersCommand,
  chatsCommand,
  kbCommand,
  activitiesCommand,
  replayCommand,
  auditCommand,
  statsCommand,
  slaCommand,
  levelsCommand,
  escalationsCommand,
  agentsCommand,
  queueCommand,
  shiftsCommand,
  projectionsCommand,
  reactionsCommand,
  incidentsCommand,
  deliveriesCommand,
  pushCommand,
  filesCommand,
  configCommand,
  calendarCommand,
  languagesCommand,
  classifyCommand,
  copyCommand,
  repairCommand,
  tokenCommand,
]

/**
 * Runs a command line (without the program's name) and returns the exit code. Results go to standard output; progress
 * and errors, one line each, to standard error. What is not in `overrides` is of this process. A caller that passes an
 * `interruption` handles the signals of the process itself.
 */
export async function run(args: readonly string[], overrides: Partial<Context> = {}): Promise<ExitCode> {
  const { variables = process.env, interruption = uninterrupted } = overrides
  const context: Context = { terminal: safeTerminal(overrides.terminal ?? processTerminal()), variables, interruption }
  try {
    const program = build(context)
    refuseUnknown(program, args)
    await program.parseAsync([...args], { from: 'user' })
    return exitCodes.ok
  } catch (error) {
    return reportFault(error, context.terminal, Boolean(context.variables['GUICHET_DEBUG']))
  }
}

const helpFlags: ReadonlySet<string> = new Set(['-h', '--help'])
const versionFlags: ReadonlySet<string> = new Set(['-V', '--version'])

/**
 * Refuses a command, an option or an argument that there is not, also with --help, --version or `help`, which commander would
 * answer for the command around it.
 */
function refuseUnknown(command: Command, [name, ...rest]: readonly string[], answered = false): void {
  // What a command takes itself may be anything, such as the file of an import.
  const takesNames = command.commands.length > 0 && command.registeredArguments.length === 0
  if (name === undefined) return
  const isAnswered =
    helpFlags.has(name) || (takesNames && name === 'help') || (!command.parent && versionFlags.has(name))
  if (isAnswered) return refuseUnknown(command, rest, true)
  if (takesNames && !name.startsWith('-')) {
    const subcommand = command.commands.find((each) => each.name() === name)
    if (subcommand) return refuseUnknown(subcommand, rest, answered)
    // Commander refuses it and suggests names, unless the command does something itself: this one does nothing.
    const group = new Command(command.name()).copyInheritedSettings(command)
    for (const each of command.commands) group.addCommand(each)
    return void group.parse([name], { from: 'user' })
  }
  const args = [name, ...rest]
  // Everything else is refused by commander.
  if (!answered && !args.slice(0, args.indexOf('--') >>> 0).some((each) => helpFlags.has(each))) return
  const { operands, unknown } = command.parseOptions(args.filter((each) => !helpFlags.has(each)))
  const option = unknown.find((each) => each.startsWith('-'))
  if (option !== undefined) {
    // Commander refuses it here too, with what was perhaps meant.
    const plain = new Command(command.name()).copyInheritedSettings(command)
    for (const { flags } of command.options) plain.option(flags)
    return void plain.parse([option], { from: 'user' })
  }
  const { registeredArguments } = command
  if (operands.length > registeredArguments.length && registeredArguments.at(-1)?.variadic !== true)
    command.error(`error: too many arguments: ${operands.join(' ')}`, { code: 'commander.excessArguments' })
}

function build(context: Context): Command {
  const program = new Command('guichet')
  const { terminal } = context
  const settle = (command: Command): void => {
    command.exitOverride().configureOutput({
      writeOut: (text) => terminal.out(text.trimEnd()),
      writeErr: (text) => terminal.err(text.trimEnd()),
      outputError: (text, write) => {
        const [, problem = '', , suggestion] = /^error: (.*?)(\n\((Did you mean .*\?)\))?\n?$/s.exec(text) ?? []
        const path = command.parent ? `${program.name()} ${command.name()}` : command.name()
        const next = problem.startsWith('unknown command ') ? `${path} --help lists them` : faults.usage.next
        write(`error usage: ${oneLine(problem)} (${suggestion === undefined ? '' : `${suggestion} `}${next})`)
      },
    })
  }
  settle(program)
  program
    .enablePositionalOptions()
    .description('Guichet, an event-sourced customer-support engine.')
    .version(version())
    .addHelpText(
      'after',
      '\nExit codes: 0 done, 1 refused or not found, 2 wrong usage, configuration or file,\n3 something needed is unavailable, 130 interrupted.\n\nConfiguration is explained in docs/reference/configuration.md.',
    )
  program.hook('preAction', () => warnOfUnknownVariables(context))
  for (const add of commands) add(program, context)
  for (const command of program.commands) {
    settle(command)
    for (const nested of command.commands) settle(nested)
  }
  return program
}

async function warnOfUnknownVariables({ variables, terminal }: Context): Promise<void> {
  if (!Object.keys(variables).some((name) => name.startsWith('GUICHET_'))) return
  const { unknownVariables } = await import('../environment/environment.ts')
  for (const { name, nearest } of await unknownVariables(variables)) {
    terminal.err(`warning config_unknown: ${name} is no variable of Guichet (did you mean ${nearest}?)`)
  }
}

function version(): string {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    version: string
  }
  return version
}
