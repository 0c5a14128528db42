import { Args, Flags } from '@oclif/core'
import { Exit, exitCode, signalCode } from '../cli/exit.ts'
import { BaseCommand } from '../cli/native/base-command.ts'
import { readMoment } from '../cli/native/time.ts'
import { untilSignal } from '../cli/until-signal.ts'
import type { Mismatch } from '../tools/replicas/compare.ts'
import { type PartitionResult, verifyAll } from '../tools/replicas/verify-all.ts'

export default class ReplicaVerification extends BaseCommand<typeof ReplicaVerification> {
  static override summary = 'Compare what the replicas of partitions have, batch by batch'
  static override description = `Goes on to where the logs end when it begins. Without a name it takes all topics.
Exits 1 when replicas differ, or do not have everything.`
  static override examples = [
    '<%= config.bin %> replica-verification orders payments',
    '<%= config.bin %> replica-verification orders --from-time -1h --json',
  ]
  static override strict = false
  static override args = { topic: Args.string({ ignoreStdin: true, description: 'Names of topics' }) }
  static override flags = {
    'from-time': Flags.string({
      helpValue: 'time',
      description: 'Only records from a time on: 2026-01-31T12:00:00Z, 2026-01-31, milliseconds since 1970, -1h',
    }),
    'timeout-ms': Flags.integer({ min: 0, default: 10_000, description: 'End when nothing new came for so long' }),
  }

  async run(): Promise<void> {
    const { flags, context, output } = this
    const since = flags['from-time']
    const from =
      since === undefined ? 'earliest' : { timestamp: readMoment('from-time', since, context.runtime.clock.now()) }
    const options = { from, patienceMs: flags['timeout-ms'] } as const
    const { result: partitions, signal } = await untilSignal(context.console, (stop) =>
      this.withAdmin('Comparing replicas', async (admin) => {
        const all = (await admin.listTopics()).map(({ name }) => name)
        const missing = this.words.find((name) => !all.includes(name))
        if (missing !== undefined) throw new Error(`There is no topic ${missing}.`)
        return verifyAll(admin, context.runtime, this.words.length > 0 ? this.words : all, options, stop)
      }),
    )
    const rows = partitions.map((row) => ({ ...row, result: resultOf(row), mismatch: mismatchText(row.mismatch) }))
    await output.report({
      value: { partitions: rows },
      rows,
      columns: [
        { title: 'TOPIC', value: ({ topic }) => topic },
        { title: 'PARTITION', value: ({ partition }) => partition },
        { title: 'REPLICAS', value: ({ replicas }) => replicas.join(',') },
        { title: 'FROM', value: (row) => row.from },
        { title: 'VERIFIED', value: ({ verified }) => verified },
        { title: 'END', value: ({ end }) => end },
        { title: 'RESULT', value: ({ result }) => result, alarm: ({ result }) => result !== 'same' },
        { title: 'MISMATCH', value: ({ mismatch }) => mismatch, optional: true },
      ],
      none: 'There are no topics.',
    })
    if (signal !== undefined) throw new Exit(signalCode(signal))
    if (rows.some(({ result }) => result !== 'same')) throw new Exit(exitCode.failed)
  }
}

function resultOf({ verified, end, mismatch }: PartitionResult): 'same' | 'different' | 'behind' {
  if (mismatch) return 'different'
  return verified < end ? 'behind' : 'same'
}

function mismatchText(mismatch: Mismatch | undefined): string | null {
  if (!mismatch) return null
  const found = mismatch.found.map(({ replica, value }) => `${value} at replica ${replica}`).join(', ')
  return mismatch.kind === 'offset' ? `offset ${found}` : `offset ${mismatch.offset}: checksum ${found}`
}
