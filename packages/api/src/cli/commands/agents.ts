import type { AddCommand } from '../context.ts'
import type { AgentsOptions } from '../work/agents.ts'

/** `guichet agents`: who works at the desk, and what takes their places. */
export const agentsCommand: AddCommand = (program, context) => {
  program
    .command('agents')
    .summary('show who tickets are offered to')
    .description('Shows the agents with what they are doing, since when, and how many of their places are taken.')
    .option('--retired', 'those who have retired too')
    .option('--json', 'print the agents as one line of JSON')
    .addHelpText('after', '\nExamples:\n  guichet agents\n  guichet agents --json')
    .action(async (options: AgentsOptions) => (await import('../work/agents.ts')).agents(options, context))
}
