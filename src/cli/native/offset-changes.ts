import { Flags } from '@oclif/core'
import type { PlannedOffset, ResetNotices } from '../../tools/groups/reset.ts'
import { InvalidRequest } from '../../tools/groups/reset.ts'
import type { Context } from '../context.ts'
import { Exit, exitCode } from '../exit.ts'
import { someTopics } from './flags.ts'
import type { Output } from './output.ts'

export const resetFlags = (allTopics: string) => ({
  topic: Flags.string(someTopics),
  'all-topics': Flags.boolean({ exclusive: ['topic'], description: allTopics }),
  to: Flags.string({
    required: true,
    description: 'earliest, latest, current, 42, +10, -10, a time, -PT1H or @plan.csv',
  }),
  execute: Flags.boolean({ description: 'Set the offsets' }),
})

/** `--to -PT1H` is an age. The parser would take it for `-P`, a profile, but for the blank in front. */
export const withAges = (argv: readonly string[]): string[] =>
  argv.map((word, i) =>
    argv[i - 1] === '--to' && /^-P/i.test(word) ? ` ${word}` : word.replace(/^--to=(?=-P)/i, '--to= '),
  )

/** Tells people on standard error what a reset had to decide. */
export function resetNotices(group: string, { console }: Context): ResetNotices {
  const say = (sentence: string) => console.error(`${sentence}\n`)
  return {
    empty: (at) => say(`No record of ${at.topic}-${at.partition} is that young: its end is taken.`),
    moved: say,
    noPlan: () => {
      throw new InvalidRequest(`The plan has no line for group ${group}.`)
    },
  }
}

/** Throws while a group has members: they would go on where they are. */
export function checkInactive(group: string, state: string | undefined): void {
  if (state !== undefined && state !== 'Empty' && state !== 'Dead')
    throw new Error(`Group ${group} is ${state}: stop its members first.`)
}

export interface ResetResult {
  readonly group: string
  readonly executed: boolean
  readonly offsets: readonly PlannedOffset[]
}

/** Shows the new offsets. */
export async function reportReset(output: Output, { console }: Context, result: ResetResult): Promise<void> {
  await output.report({
    value: result,
    rows: result.offsets,
    columns: [
      { title: 'TOPIC', value: ({ topic }) => topic },
      { title: 'PARTITION', value: ({ partition }) => partition },
      { title: 'NEW-OFFSET', value: ({ offset }) => offset },
    ],
    none: 'The group has no offsets to set.',
  })
  if (!result.executed && output.isText) console.error('Nothing was changed: --execute sets these offsets.\n')
}

export interface Forgotten {
  readonly topic: string
  /** Below 0 where it is the whole topic. */
  readonly partition: number
  readonly error: Error | undefined
}

/** Shows which offsets were forgotten, and ends with 1 when some were not. */
export async function reportForgotten(output: Output, group: string, results: readonly Forgotten[]): Promise<void> {
  const rows = results.map(({ topic, partition, error }) => ({ topic, partition, error: error?.message ?? null }))
  await output.report({
    value: { group, partitions: rows },
    rows,
    columns: [
      { title: 'TOPIC', value: ({ topic }) => topic },
      { title: 'PARTITION', value: ({ partition }) => (partition < 0 ? undefined : partition), optional: true },
      { title: 'RESULT', value: (row) => row.error ?? 'deleted', alarm: (row) => row.error !== null },
    ],
    none: 'There was nothing to forget.',
  })
  if (rows.some(({ error }) => error !== null)) throw new Exit(exitCode.failed)
}
