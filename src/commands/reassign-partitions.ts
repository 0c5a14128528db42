import { Args, Flags } from '@oclif/core'
import { BaseCommand } from '../cli/native/base-command.ts'
import { statusOf } from '../tools/reassign/current.ts'
import { cancelReassignments, startReassignments } from '../tools/reassign/move.ts'
import { nameOf, parsePlan } from '../tools/reassign/plan.ts'

export default class ReassignPartitions extends BaseCommand<typeof ReassignPartitions> {
  static override summary = 'Move partitions to other brokers by a plan in a file, and see how far that is'
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
    const statuses = await this.withAdmin('Reassigning partitions', async (admin) => {
      if (execute)
        await startReassignments(admin, plan, {
          additional,
          allowReplicationFactorChange: !this.flags['keep-factor'],
        })
      if (cancel) await cancelReassignments(admin, plan)
      return statusOf(admin, plan)
    })
    await this.output.report({
      value: { partitions: statuses },
      rows: statuses,
      columns: [
        { title: 'PARTITION', value: nameOf },
        { title: 'STATE', value: ({ state }) => state },
        { title: 'REPLICAS', value: ({ current }) => current.join(',') },
        { title: 'TARGET', value: ({ target }) => target.join(',') },
      ],
    })
  }
}
