import type { Disk } from '../../runtime/index.ts'
import type { ClientSettings } from '../client-config.ts'

type Environment = Readonly<Record<string, string | undefined>>

interface Content {
  current?: string | undefined
  profiles: Record<string, ClientSettings>
}

/** Properties that are not shown. */
export const isSecret = (name: string): boolean =>
  /password|secret|jaas|token|keystore\.key|private|user\.info/i.test(name)

/** Where a user's settings lie. */
const configFolder = (env: Environment): string =>
  `${env.XDG_CONFIG_HOME || env.APPDATA || `${env.HOME ?? '.'}/.config`}/kafka-toolset`

/** The file of profiles: properties of clients by name. Only its owner can read it, for there may be secrets in it. */
export class ProfileFile {
  readonly path: string
  private readonly content: Content

  /** Throws for a file that is no file of profiles. */
  constructor(
    private readonly disk: Disk,
    env: Environment,
  ) {
    this.path = `${configFolder(env)}/profiles.json`
    this.content = parse(this.path, disk.readFile(this.path))
  }

  get names(): string[] {
    return Object.keys(this.content.profiles).sort()
  }

  get currentName(): string | undefined {
    return this.content.current
  }

  /** The profile in use, if there is one. */
  get current(): ClientSettings | undefined {
    const { current, profiles } = this.content
    return current === undefined ? undefined : profiles[current]
  }

  /** Throws when there is none of that name. */
  get(name: string): ClientSettings {
    const { profiles } = this.content
    if (!Object.hasOwn(profiles, name)) throw new Error(`There is no profile ${name}: ${this.known()}.`)
    return profiles[name] as ClientSettings
  }

  has(name: string): boolean {
    return Object.hasOwn(this.content.profiles, name)
  }

  set(name: string, settings: ClientSettings): void {
    this.content.profiles[name] = settings
    this.save()
  }

  /** Takes a profile into use, or none. */
  use(name: string | undefined): void {
    if (name !== undefined) this.get(name)
    this.content.current = name
    this.save()
  }

  remove(name: string): void {
    this.get(name)
    delete this.content.profiles[name]
    if (this.content.current === name) this.content.current = undefined
    this.save()
  }

  private known(): string {
    return this.names.length > 0 ? `known are ${this.names.join(', ')}` : '`kafka profile set` makes one'
  }

  private save(): void {
    this.disk.mkdir(this.path.slice(0, this.path.lastIndexOf('/')))
    this.disk.replaceFile(this.path, `${JSON.stringify(this.content, null, 2)}\n`, 0o600)
  }
}

function parse(path: string, bytes: Buffer | undefined): Content {
  if (!bytes) return { profiles: {} }
  try {
    const { current, profiles } = JSON.parse(bytes.toString())
    const isText = (value: unknown): boolean => typeof value === 'string'
    const isProfile = (value: unknown): boolean =>
      typeof value === 'object' && value !== null && Object.values(value).every(isText)
    const isGood = typeof profiles === 'object' && profiles !== null && Object.values(profiles).every(isProfile)
    if (isGood && (current === undefined || isText(current))) return { current, profiles }
  } catch {
    // Said below.
  }
  throw new Error(`${path} is no file of profiles: mend it, or move it away.`)
}
