import { Args, Flags } from '@oclif/core'
import { parsePairs } from '../../cli/client-config.ts'
import { BaseCommand } from '../../cli/native/base-command.ts'
import { ProfileFile } from '../../cli/native/profile-file.ts'
import { firstLine } from '../../tools/console/first-line.ts'
import { InvalidRequest } from '../../tools/groups/reset.ts'

export default class ProfileSet extends BaseCommand<typeof ProfileSet> {
  static override summary = 'Make a profile, or change properties of one'
  static override description =
    'The file is readable by its owner only. What the command line shows to everybody on the machine is better given with --from-stdin.'
  static override examples = [
    '<%= config.bin %> profile set staging -b broker1:9092,broker2:9092',
    '<%= config.bin %> profile set staging client.id=me request.timeout.ms=5000',
    'echo secret | <%= config.bin %> profile set staging --from-stdin ssl.key.password',
    '<%= config.bin %> profile set staging --unset client.id',
  ]
  static override strict = false
  static override args = {
    name: Args.string({ ignoreStdin: true, required: true, description: 'Name of the profile' }),
    property: Args.string({ ignoreStdin: true, description: 'name=value, as often as needed' }),
  }
  static override flags = {
    unset: Flags.string({
      multiple: true,
      multipleNonGreedy: true,
      helpValue: 'name',
      description: 'Property to take away',
    }),
    'from-stdin': Flags.string({
      helpValue: 'name',
      description: 'Property whose value is the first line of standard input',
    }),
  }

  async run(): Promise<void> {
    const { unset = [], 'from-stdin': fromInput, 'bootstrap-server': servers } = this.flags
    const [name, ...pairs] = this.words as [string, ...string[]]
    if (!/^[a-zA-Z0-9][\w.-]*$/.test(name))
      throw new InvalidRequest('A name of a profile is letters, digits, dots, dashes and _, a letter or digit first.')
    const wrong = pairs.find((pair) => !/^[^=]+=/.test(pair))
    if (wrong !== undefined) throw new InvalidRequest(`${wrong} is not name=value.`)
    const file = new ProfileFile(this.context.runtime.disk, this.context.console.env)
    const settings: Record<string, string> = { ...(file.has(name) ? file.get(name) : {}), ...parsePairs(pairs) }
    if (servers !== undefined) settings['bootstrap.servers'] = servers
    if (fromInput !== undefined) settings[fromInput] = await firstLine(this.context.console.input())
    for (const property of unset) delete settings[property]
    file.set(name, settings)
    const properties = Object.keys(settings).sort()
    await this.output.report({
      value: { name, properties },
      rows: properties,
      columns: [{ title: 'PROPERTY', value: (property) => property }],
      text: () => this.output.done(`Profile ${name} has ${properties.join(', ') || 'no properties'}.`),
    })
  }
}
