import { Args, Flags } from '@oclif/core'
import { BaseCommand } from '../cli/native/base-command.ts'
import type { RequestTarget } from '../client/index.ts'
import * as apis from '../protocol/apis/index.ts'
import type { Api, Shape } from '../protocol/schema/index.ts'
import { closest } from '../std/closest.ts'
import { type DescribedField, describeShape } from '../tools/request/describe-shape.ts'
import { fieldsFromJson, UnfitJson } from '../tools/request/from-json.ts'
import { fieldsToJson } from '../tools/request/to-json.ts'

const all = (Object.values(apis) as Api[]).sort((a, b) => a.key - b.key)

export default class Request extends BaseCommand<typeof Request> {
  static override summary = "Send one request of Kafka's protocol as it is, and show the answer"
  static override description =
    "The fields are JSON with the names of Kafka's message definitions; those left out take their defaults. Bytes and records are base64. An answer is printed whatever errors it tells of."
  static override examples = [
    '<%= config.bin %> request Metadata \'{"topics": [{"name": "orders"}]}\'',
    '<%= config.bin %> request DescribeCluster --version 0',
    '<%= config.bin %> request OffsetFetch --fields',
    '<%= config.bin %> request --list',
  ]
  static override args = {
    api: Args.string({ ignoreStdin: true, description: 'Name or key of the API' }),
    json: Args.string({
      ignoreStdin: true,
      description: 'The fields, or - to read them from standard input [default: {}]',
    }),
  }
  static override flags = {
    version: Flags.integer({
      min: 0,
      description: 'Version of the request [default: the highest that both sides have]',
    }),
    node: Flags.integer({ description: 'Ask this node', exclusive: ['controller', 'group', 'transactional-id'] }),
    controller: Flags.boolean({ description: 'Ask the active controller', exclusive: ['group', 'transactional-id'] }),
    group: Flags.string({ description: 'Ask the coordinator of this group', exclusive: ['transactional-id'] }),
    'transactional-id': Flags.string({ description: 'Ask the coordinator of this transactional id' }),
    fields: Flags.boolean({ description: 'Show the fields of the request and of the answer instead' }),
    list: Flags.boolean({ description: 'Show the APIs instead', exclusive: ['fields'] }),
  }

  async run(): Promise<void> {
    if (this.flags.list) return this.list()
    const api = this.api()
    const { version } = this.flags
    const [oldest, newest] = api.versions
    if (version !== undefined && (version < oldest || version > newest))
      this.wrongUsage(`${api.name} has the versions ${oldest} to ${newest} here, not ${version}.`)
    if (this.flags.fields) return this.fields(api, version ?? newest)
    if (this.output.format === 'csv') this.wrongUsage('An answer is no table: it is not there as csv.')
    const request = this.request(api, version ?? newest, await this.json())
    const { response, version: agreed } = await this.withAdmin(`Sending ${api.name}`, (admin) =>
      admin.send(api, request, { to: this.target(), version }),
    )
    const value = { api: api.name, version: agreed, response: fieldsToJson(api.response, response, agreed) }
    await this.output.report({ value, rows: [], columns: [], text: () => this.lines(value.response) })
  }

  private lines(value: unknown): void {
    this.output.line(JSON.stringify(value, null, 2))
  }

  private api(): Api {
    const { api: text } = this.args
    if (text === undefined) this.wrongUsage('Name an API, or see all of them with --list.')
    const named = all.find(({ name, key }) => name.toLowerCase() === text.toLowerCase() || String(key) === text)
    if (named) return named
    const near = closest(
      text,
      all.map(({ name }) => name),
    )
    this.wrongUsage(`There is no API ${text}${near === undefined ? ': see --list' : `: did you mean ${near}?`}`)
  }

  private async json(): Promise<string> {
    const { json = '{}' } = this.args
    if (json !== '-') return json
    const input = this.context.console.input()
    const parts: Buffer[] = []
    for (let bytes = await input.next(); bytes !== undefined; bytes = await input.next()) parts.push(Buffer.from(bytes))
    input.close()
    return Buffer.concat(parts).toString()
  }

  private request(api: Api, version: number, text: string): Record<string, unknown> {
    try {
      return fieldsFromJson(api.request, JSON.parse(text), version)
    } catch (error) {
      if (error instanceof UnfitJson) this.wrongUsage(error.message)
      if (error instanceof SyntaxError) this.wrongUsage(`The fields are no JSON: ${error.message}.`)
      throw error
    }
  }

  private target(): RequestTarget | undefined {
    const { node, controller, group, 'transactional-id': transactionalId } = this.flags
    if (node !== undefined) return { node }
    if (group !== undefined) return { group }
    if (transactionalId !== undefined) return { transactionalId }
    return controller ? 'controller' : undefined
  }

  private async list(): Promise<void> {
    await this.output.report({
      value: {
        apis: all.map(({ key, name, versions: [min, max], to }) => ({ key, name, versions: { min, max }, to })),
      },
      rows: all,
      columns: [
        { title: 'KEY', value: ({ key }) => key },
        { title: 'NAME', value: ({ name }) => name },
        { title: 'VERSIONS', value: ({ versions: [min, max] }) => `${min}-${max}` },
        { title: 'ANSWERED-BY', value: ({ to }) => to },
      ],
    })
  }

  private async fields(api: Api, version: number): Promise<void> {
    const described = (shape: Shape) => describeShape(shape, version)
    const value = { api: api.name, version, request: described(api.request), response: described(api.response) }
    const rows = [
      ...flat(value.request).map((row) => ({ of: 'request', ...row })),
      ...flat(value.response).map((row) => ({ of: 'response', ...row })),
    ]
    await this.output.report({
      value,
      rows,
      columns: [
        { title: 'OF', value: ({ of }) => of },
        { title: 'FIELD', value: ({ name }) => name },
        { title: 'TYPE', value: ({ type }) => type },
        { title: 'DEFAULT', value: ({ shown }) => shown },
      ],
    })
  }
}

/** Fields with those inside behind them, two blanks deeper each. */
function flat(fields: readonly DescribedField[], depth = 0): { name: string; type: string; shown: string }[] {
  return fields.flatMap(({ name, type, default: fallback, fields: inner }) => [
    { name: '  '.repeat(depth) + name, type, shown: inner ? '' : JSON.stringify(fallback) },
    ...(inner ? flat(inner, depth + 1) : []),
  ])
}
