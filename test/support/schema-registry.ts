import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

interface Stored {
  readonly id: number
  readonly schema: string
  readonly schemaType?: string
  readonly references?: readonly object[]
}

/** A registry that answers with the bodies that Confluent documents, as far as clients that read and write records ask. */
export class TestRegistry {
  readonly subjects = new Map<string, Stored[]>()
  /** `Authorization` of every request. */
  readonly authorizations: (string | undefined)[] = []
  /** What `Authorization` must be; anything when left out. */
  lock: string | undefined
  private readonly schemas: Stored[] = []

  private constructor(private readonly server: Server) {}

  static async start(): Promise<TestRegistry> {
    const server = createServer()
    const registry = new TestRegistry(server)
    server.on('request', async (request, response) => {
      const [status, body] = registry.answer(request, await bodyOf(request))
      response.writeHead(status, { 'content-type': 'application/vnd.schemaregistry.v1+json' })
      response.end(JSON.stringify(body))
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return registry
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`
  }

  close(): void {
    this.server.closeAllConnections()
    this.server.close()
  }

  /** The id of a schema under a subject, a new one where the schema is not there yet. */
  register(subject: string, body: Omit<Stored, 'id'>): number {
    const { schema, schemaType, references } = body
    const same = (stored: Stored): boolean => stored.schema === schema && stored.schemaType === schemaType
    const stored = this.schemas.find(same) ?? {
      id: this.schemas.length + 1,
      schema,
      ...(schemaType ? { schemaType } : {}),
      ...(references?.length ? { references } : {}),
    }
    if (!this.schemas.includes(stored)) this.schemas.push(stored)
    const versions = this.subjects.get(subject) ?? []
    if (!versions.includes(stored)) versions.push(stored)
    this.subjects.set(subject, versions)
    return stored.id
  }

  private answer({ method, url, headers }: IncomingMessage, body: string): [number, object] {
    this.authorizations.push(headers.authorization)
    if (this.lock !== undefined && headers.authorization !== this.lock)
      return [401, { error_code: 401, message: 'Unauthorized' }]
    const [path] = (url ?? '').split('?') as [string]
    const byId = /^\/schemas\/ids\/(\d+)$/.exec(path)
    if (byId) {
      const { id: _, ...schema } = this.schemas[Number(byId[1]) - 1] ?? {}
      return 'schema' in schema ? [200, schema] : [404, { error_code: 40403, message: 'Schema not found' }]
    }
    const [, name = '', version] = /^\/subjects\/([^/]+)(?:\/versions(?:\/(\w+))?)?$/.exec(path) ?? []
    const subject = decodeURIComponent(name)
    if (method === 'POST') return this.post(path, subject, body)
    const versions = this.subjects.get(subject)
    if (!versions) return [404, { error_code: 40401, message: `Subject '${subject}' not found.` }]
    const at = version === 'latest' ? versions.length : Number(version)
    const stored = versions[at - 1]
    if (!stored) return [404, { error_code: 40402, message: `Version ${version} not found.` }]
    return [200, { subject, version: at, ...stored }]
  }

  private post(path: string, subject: string, body: string): [number, object] {
    const schema = JSON.parse(body) as Omit<Stored, 'id'>
    if (schema.schema.includes('incompatible'))
      return [409, { error_code: 409, message: 'Schema being registered is incompatible with an earlier schema' }]
    const id = this.register(subject, schema)
    if (path.endsWith('/versions')) return [200, { id }]
    return [
      200,
      { subject, id, version: this.subjects.get(subject)!.findIndex((known) => known.id === id) + 1, ...schema },
    ]
  }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of request) text += chunk
  return text
}
