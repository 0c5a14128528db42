import { Args, Flags } from '@oclif/core'
import { BaseCommand } from '../cli/native/base-command.ts'
import { replicaKey } from '../client/index.ts'
import { statusOf } from '../tools/reassign/current.ts'
import { cancelMoves, moveStatuses, movesOf, startMoves } from '../tools/reassign/directory-moves.ts'
import { cancelReassignments, startReassignments } from '../tools/reassign/move.ts'
import { nameOf, parsePlan } from '../tools/reassign/plan.ts'

/** How long replicas may take to be there that come to a broker only now, milliseconds; as in Apache's tool. */
const START_MS = 10_000

export default class ReassignPartitions extends BaseCommand<typeof ReassignPartitions> {
  static override summary =
    'Move partitions to other brokers or log directories by a plan in a file, and see how far that is'
  static override examples = [
    '<%= config.bin %> reassign-partitions plan.json',
    '<%= config.bin %> reassign-partitions plan.json --execute',
    '<%= config.bin %> reassign-partitions plan.json --cancel',
  ]
  static override args = { plan: Args.file({ required: true, ignoreStdin: true, description: 'File with the plan' }) }
  static override flags = {
    execute: Flags.boolean({ exclusive: ['cancel'], description: 'Start to move' }),
    cancel: Flags.boolean({ description: 'Take back what is under way' }),
    additional: Flags.boolean({ dependsOn: ['execute'], description: 'Beside other moves under way' }),
    'keep-factor': Flags.boolean({
      dependsOn: ['execute'],
      description: 'Refuse to change how many replicas there are',
    }),
  }

  async run(): Promise<void> {
    const bytes = this.context.runtime.disk.readFile(this.args.plan)
    if (!bytes) throw new Error(`There is no file ${this.args.plan}.`)
    const plan = parsePlan(bytes.toString())
    const { execute, cancel, additional } = this.flags
    const waiting = { clock: this.context.runtime.clock, timeoutMs: START_MS }
    const { statuses, moves } = await this.withAdmin('Reassigning partitions', async (admin) => {
      if (execute) {
        await startReassignments(admin, plan, {
          additional,
          allowReplicationFactorChange: !this.flags['keep-factor'],
        })
        await startMoves(admin, movesOf(plan), waiting)
      }
      if (cancel) {
        await cancelReassignments(admin, plan)
        await cancelMoves(admin, movesOf(plan), waiting)
      }
      return { statuses: await statusOf(admin, plan), moves: await moveStatuses(admin, movesOf(plan)) }
    })
    await this.output.report({
      value: {
        partitions: statuses,
        moves: moves.map(({ current, next, ...move }) => ({ ...move, current: current ?? null, next: next ?? null })),
      },
      rows: [
        ...statuses.map((one) => ({
          ...one,
          name: nameOf(one),
          from: one.current.join(','),
          to: one.target.join(','),
        })),
        ...moves.map((one) => ({ ...one, name: replicaKey(one), from: one.current ?? '', to: one.path })),
      ],
      columns: [
        { title: 'PARTITION', value: ({ name }) => name },
        { title: 'STATE', value: ({ state }) => state },
        { title: 'REPLICAS', value: ({ from }) => from },
        { title: 'TARGET', value: ({ to }) => to },
      ],
    })
  }
}
