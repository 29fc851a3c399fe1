import { Fault } from '../../fault/fault.ts'
import type { AddCommand, Context } from '../context.ts'

type Options = { readonly quick?: boolean; readonly json?: boolean }

/** `guichet bench`: Guichet beside its peer and the limit of the database. */
export const benchCommand: AddCommand = (program, context) => {
  program
    .command('bench')
    .summary('measure Guichet beside its peer and the limit of the database')
    .description('Measures Guichet, its peer and raw SQL in one run on one embedded Postgres of its own.')
    .argument('[name]', 'one measure; all of them without a name')
    .option('--quick', 'a fraction of the time, for orders of magnitude')
    .option('--json', 'print one line of JSON per figure')
    .addHelpText('after', '\nExamples:\n  guichet bench\n  guichet bench append --quick --json')
    .action((name: string | undefined, options: Options) => run(name, options, context))
}

async function run(name: string | undefined, options: Options, { terminal }: Context): Promise<void> {
  const { benchNames, runBench } = await import('../../bench/index.ts')
  if (name !== undefined && !benchNames.includes(name)) {
    throw new Fault('bench_unknown', `there is no measure ${name}`, { next: `there are ${benchNames.join(', ')}` })
  }
  await runBench({ name, ...options, print: terminal.out })
}
