import type { Http, HttpReply } from '../../runtime/http.ts'
import type { NewSchema, Reference, SchemaFile, SchemaKind, SchemaText } from './schema.ts'

export interface RegistrySettings {
  readonly url: string
  /** `user:password`. */
  readonly user?: string | undefined
  /** A bearer token. */
  readonly token?: string | undefined
}

/** What the registry says of a schema. Avro is not named. */
interface Answer {
  readonly id?: number
  readonly version?: number
  readonly schema: string
  readonly schemaType?: SchemaKind
  readonly references?: readonly Reference[]
}

export interface RegisteredSchema extends SchemaText {
  readonly id: number
}

const TIMEOUT_MS = 10_000
const CONTENT_TYPE = 'application/vnd.schemaregistry.v1+json'

/** A schema registry by Confluent's REST interface. Every schema is asked for once. */
export class SchemaRegistry {
  private readonly byId = new Map<number, Promise<RegisteredSchema>>()
  private readonly base: string
  private readonly headers: Readonly<Record<string, string>>

  /** Throws for an address that is none. */
  constructor(
    private readonly http: Http,
    { url, user, token }: RegistrySettings,
  ) {
    if (!/^https?:\/\//.test(url) || !URL.canParse(url))
      throw new Error(`A schema registry has an address such as http://localhost:8081, not ${url}.`)
    const { username, password, origin, pathname } = new URL(url)
    this.base = origin + pathname.replace(/\/+$/, '')
    const named = user ?? (username && `${decodeURIComponent(username)}:${decodeURIComponent(password)}`)
    const basic = named ? `Basic ${Buffer.from(named).toString('base64')}` : undefined
    const authorization = token === undefined ? basic : `Bearer ${token}`
    this.headers = { Accept: CONTENT_TYPE, ...(authorization ? { Authorization: authorization } : {}) }
  }

  schema(id: number): Promise<RegisteredSchema> {
    const known = this.byId.get(id)
    if (known) return known
    const asked = this.get(`/schemas/ids/${id}`, `schema ${id}`).then((answer) => this.whole(id, answer))
    this.byId.set(id, asked)
    return asked
  }

  /** The newest schema of a subject. */
  async latest(subject: string): Promise<RegisteredSchema> {
    const answer = await this.version(subject, undefined)
    return this.whole(answer.id as number, answer)
  }

  /** The id of a schema under a subject, which registers it where it is not there yet. */
  async register(subject: string, { kind, text, references = [] }: NewSchema): Promise<number> {
    const known: Reference[] = []
    for (const reference of references) known.push(await this.withVersion(reference))
    const body = {
      schema: text,
      ...(kind === 'AVRO' ? {} : { schemaType: kind }),
      ...(known.length > 0 ? { references: known } : {}),
    }
    const path = `/subjects/${encodeURIComponent(subject)}/versions`
    const reply = await this.send('POST', path, JSON.stringify(body))
    if (reply.status === 409 || reply.status === 422)
      throw new Error(`Subject ${subject} does not take the schema: ${messageOf(reply)}`)
    return (this.parse(reply, `subject ${subject}`) as { id: number }).id
  }

  /** A registry wants to be told which version is meant. */
  private async withVersion({ name, subject, version }: Reference): Promise<Reference> {
    const answer = await this.version(subject, version)
    return { name, subject, version: answer.version ?? version }
  }

  private version(subject: string, version: number | undefined): Promise<Answer> {
    const path = `/subjects/${encodeURIComponent(subject)}/versions/${version ?? 'latest'}`
    return this.get(path, version === undefined ? `subject ${subject}` : `version ${version} of subject ${subject}`)
  }

  private async whole(id: number, answer: Answer): Promise<RegisteredSchema> {
    const imports = new Map<string, SchemaFile>()
    await this.collect(answer.references ?? [], imports)
    return { id, kind: answer.schemaType ?? 'AVRO', text: answer.schema, imports: [...imports.values()] }
  }

  /** Schemas that others refer to, each behind those that it refers to itself. */
  private async collect(references: readonly Reference[], into: Map<string, SchemaFile>): Promise<void> {
    for (const { name, subject, version } of references) {
      if (into.has(name)) continue
      const answer = await this.version(subject, version)
      await this.collect(answer.references ?? [], into)
      into.set(name, { name, text: answer.schema })
    }
  }

  private async get(path: string, what: string): Promise<Answer> {
    return this.parse(await this.send('GET', path), what) as Answer
  }

  private async send(method: 'GET' | 'POST', path: string, body?: string): Promise<HttpReply> {
    const headers = body === undefined ? this.headers : { ...this.headers, 'Content-Type': CONTENT_TYPE }
    try {
      const url = this.base + path
      return await this.http({ method, url, headers, timeoutMs: TIMEOUT_MS, ...(body === undefined ? {} : { body }) })
    } catch (error) {
      throw new Error(`The schema registry at ${this.base} cannot be reached: ${(error as Error).message}.`)
    }
  }

  private parse(reply: HttpReply, what: string): unknown {
    const { status } = reply
    if (status === 401 || status === 403)
      throw new Error(
        `The schema registry at ${this.base} refuses (${status}): --schema-registry-user or -token lets in.`,
      )
    const isItsOwn = isObject(parseJson(reply.body))
    if (status === 404 && isItsOwn) throw new Error(`The schema registry at ${this.base} knows no ${what}.`)
    if (status !== 200 || !isItsOwn)
      throw new Error(`What is at ${this.base} answers as no schema registry does: ${status} ${messageOf(reply)}`)
    return parseJson(reply.body)
  }
}

const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function messageOf({ body }: HttpReply): string {
  const { message } = (parseJson(body) ?? {}) as { message?: unknown }
  return String(message ?? body)
    .split('\n', 1)[0]!
    .slice(0, 200)
}
